"""The command line: what each command promises, without anything running."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result

from actions.credits.service import issue
from actions.refunds.intents import intend
from actions.resale.model import ReturnedItem
from common.clock import SystemClock
from common.database import make_engine, transaction
from common.errors import RetourError
from common.money import Money
from common.settings import ROOT, Settings
from retour.cli import cli
from retour.database import upgrade
from tests.factories import NOW, create_case

HEADER = (
    "Name,Email,Financial Status,Paid at,Fulfillment Status,Fulfilled at,Currency,Subtotal,Shipping,Taxes,Total,"
    "Created at,Lineitem quantity,Lineitem name,Lineitem price,Lineitem sku,Shipping Name,Shipping Country,Phone,"
    "Cancelled at,Payment Method,Payment Reference,Vendor,Id"
)


def row(number: int, price: str) -> str:
    at = "2026-11-01 10:00:00 +0100"
    return (
        f"#{number},ann{number}@example.com,paid,{at},fulfilled,{at},EUR,12.00,0.00,0.00,12.00,{at},1,Candle,{price},"
        f"CANDLE,Ann Example,FR,,,Card,pay-{number},northwind,{900000 + number}"
    )


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("RETOUR_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("RETOUR_DATABASE_URL", raising=False)
    return tmp_path / "home"


def run(*arguments: str, given: str | None = None) -> Result:
    return CliRunner().invoke(cli, list(arguments), input=given)


def orders(home: Path) -> list[str]:
    engine = make_engine(f"sqlite:///{home / 'retour.db'}")
    with transaction(engine) as session:
        numbers = [str(value) for value in session.scalars(sa.text("SELECT number FROM rd_order ORDER BY number"))]
    engine.dispose()
    return numbers


def test_an_export_is_imported_once_and_bad_rows_are_named(home: Path, tmp_path: Path) -> None:
    export = tmp_path / "orders.csv"
    export.write_text("\n".join([HEADER, row(1, "12.00"), row(2, "twelve"), row(3, "12.00")]) + "\n")
    first = run("import", "orders", str(export), "--shop", "Test shop")
    assert "line 3" in first.output
    assert "2 added, 0 changed, 0 unchanged, 1 problem" in first.output
    assert len(orders(home)) == 2
    second = run("import", "orders", str(export), "--shop", "Test shop")
    assert "0 added, 0 changed, 2 unchanged" in second.output
    assert len(orders(home)) == 2


def test_an_import_says_what_the_shelf_can_serve(home: Path, tmp_path: Path) -> None:
    open_order = row(4, "12.00").replace("fulfilled,2026-11-01 10:00:00 +0100", "unfulfilled,")
    export = tmp_path / "orders.csv"
    export.write_text("\n".join([HEADER, row(1, "12.00"), open_order]) + "\n")
    assert "shelf" not in run("import", "orders", str(export), "--shop", "Test shop").output
    engine = make_engine(f"sqlite:///{home / 'retour.db'}")
    with transaction(engine) as session:
        session.add(
            ReturnedItem(
                id="back_1", case_id="case_1", case_line_id="cline_1", sku="CANDLE", name="Candle", quantity=1, left=1,
                condition="as_new", disposition="resell", by="olive", at=NOW,
            )
        )  # fmt: skip
    engine.dispose()
    again = run("import", "orders", str(export), "--shop", "Test shop").output
    assert "Order #4: 1 × Candle (CANDLE) is on your own shelf." in again
    assert again.count("shelf") == 1


def test_an_account_is_added_with_a_password_from_standard_input(home: Path) -> None:
    added = run("user", "add", "ann", "--role", "owner", "--name", "Ann", given="a-long-enough-password\n")
    assert added.exit_code == 0, added.output
    again = run("user", "add", "ann", "--role", "agent", given="another-long-password\n")
    assert isinstance(again.exception, RetourError)
    assert again.exception.code == "user.exists"


@pytest.mark.parametrize("arguments", [("user", "add", "ann", "--role", "king"), ("user", "add", "ann")])
def test_a_wrong_role_is_refused(home: Path, arguments: tuple[str, ...]) -> None:
    assert run(*arguments, given="a-long-enough-password\n").exit_code == 2


def test_no_cases_are_no_lines_and_an_unknown_case_is_named(home: Path) -> None:
    upgrade(Settings.load())
    listed = run("cases", "list", "--json")
    assert (listed.exit_code, listed.output) == (0, "")
    shown = run("cases", "show", "RT-NOBODY", "--json")
    assert isinstance(shown.exception, RetourError)
    assert "RT-NOBODY" in shown.exception.message


def test_a_used_order_shows_as_a_case_in_the_shape_of_the_contract(home: Path) -> None:
    settings = Settings.load()
    upgrade(settings)
    engine = make_engine(settings.database_url)
    with transaction(engine) as session:
        case = create_case(session)
        reference = case.reference
    engine.dispose()
    line = json.loads(run("cases", "list", "--json").output)
    assert line["reference"] == reference
    assert {"id", "status", "lines", "decision", "supplier", "refunds", "handoff", "journal"} <= set(line)
    assert json.loads(run("cases", "show", reference, "--json").output)["id"] == line["id"]


def test_the_example_policy_is_in_order_and_a_broken_one_names_its_line(tmp_path: Path) -> None:
    assert run("policy", "check", str(ROOT / "policy.example.yml")).exit_code == 0
    broken = tmp_path / "policy.yml"
    text = (ROOT / "policy.example.yml").read_text(encoding="utf-8")
    broken.write_text(text.replace("refund_days:", "refund_dayz:"), encoding="utf-8")
    answer = run("policy", "check", str(broken))
    assert answer.exit_code == 1
    assert "refund_dayz" in answer.output


def test_doctor_says_what_is_missing(home: Path) -> None:
    before = run("doctor")
    assert before.exit_code == 1
    assert "retour migrate" in before.output
    upgrade(Settings.load())
    after = run("doctor")
    assert "broken  database" not in after.output
    assert "off     whatsapp" in after.output


def test_store_credits_and_leaks_are_listed_and_a_purchase_comes_off_once(home: Path) -> None:
    settings = Settings.load()
    upgrade(settings)
    engine = make_engine(settings.database_url)
    now = SystemClock().now()
    with transaction(engine) as session:
        case = create_case(session, status="refunding")
        (refund,) = intend(session, case, Money(900, "EUR"), now=now, method="store_credit")
        code = issue(session, refund_id=refund.id, case_id=case.id, amount=Money(900, "EUR"), now=now).code
    engine.dispose()
    for _ in range(2):
        assert "6.50 EUR are left" in run("credits", "redeem", code.lower(), "2.50", "--order", "1050").output
    assert json.loads(run("credits", "list", "--json").output)["balance_minor"] == 650
    assert run("ledger", "leaks", "--json").output == ""
