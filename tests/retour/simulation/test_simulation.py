"""Past requests decided again under two policies: what is drawn, what is counted, what is shown."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from sqlalchemy.orm import Session

from actions.orders.imports.record import ImportedLine, ImportedOrder
from actions.policy.engine import decide
from actions.runtime import Runtime
from retour.simulation import requests
from retour.simulation.replay import compare
from retour.simulation.report import report
from retour.simulation.requests import PastRequest
from retour.simulation.table import table
from tests.actions.policy.cases import NOW, example, facts, with_window
from tests.factories import open_case
from tests.retour.test_cli import HEADER, home, row, run

__all__ = ["home"]


def order(number: int, paid: int = 2490) -> ImportedOrder:
    placed = NOW - timedelta(days=300)
    return ImportedOrder(
        line=2, number=f"#{number}", email=f"ann{number}@example.com", phone=None, currency="EUR", country="FR",
        placed_at=placed, fulfilled_at=placed + timedelta(days=2), cancelled_at=None, shipping_minor=490,
        total_minor=paid + 490, refunded_minor=0, financial_status="paid", payment_method="Card",
        payment_reference="pay", external_id=None, lines=(ImportedLine("MUG", "Mug", 1, paid),),
    )  # fmt: skip


def request(number: int = 1, email: str = "ann@example.com", **changes: object) -> PastRequest:
    return PastRequest(f"#{number}", email, replace(facts(), **changes), "case")  # type: ignore[arg-type]


def test_the_same_orders_give_the_same_requests() -> None:
    orders = [order(number) for number in range(400)]
    first = list(requests.of_orders(orders, {}, percent_asking=25, now=NOW))
    assert first == list(requests.of_orders(list(reversed(orders)), {}, percent_asking=25, now=NOW))[::-1]
    assert 70 <= len(first) <= 130
    assert {item.facts.reason for item in first} >= {"changed_mind", "wrong_size", "damaged", "not_received"}


def test_nobody_asks_in_the_future_and_everybody_when_all_do() -> None:
    orders = [order(number) for number in range(50)]
    assert list(requests.of_orders(orders, {}, percent_asking=100, now=NOW - timedelta(days=299))) == []
    early = list(requests.of_orders(orders, {}, percent_asking=100, now=NOW))
    assert all(item.facts.requested_at <= NOW for item in early)
    assert len(early) >= 45


def test_two_equal_policies_change_nothing() -> None:
    past = list(requests.of_orders(map(order, range(200)), {}, percent_asking=100, now=NOW))
    result = compare(past, example(), example())
    assert result.changed == Counter()
    assert result.base == result.other
    assert result.base.requests == len(past) == sum(result.base.outcomes.values())


def test_a_shorter_window_refuses_what_the_longer_took_and_names_the_rule() -> None:
    late = request(reason="changed_mind", delivered_at=NOW - timedelta(days=20))
    result = compare([late, request(2)], example(), with_window(14))
    assert result.changed == {("return", "refused"): 1}
    assert result.changes[0].rules == ("window",)
    assert result.base.parcels - result.other.parcels == 1
    assert result.other.rules["window", "refuse"] == 1


def test_no_policy_simulates_the_law_away() -> None:
    past = list(requests.of_orders(map(order, range(500)), {}, percent_asking=100, now=NOW))
    result = compare(past, example(), with_window(0))
    for change in result.changes:
        assert "window" in change.rules
    assert result.other.bases["withdrawal"] == result.base.bases["withdrawal"] > 0


def test_a_shopper_who_was_given_twice_sends_the_third_back() -> None:
    past = [request(number, requested_at=NOW + timedelta(hours=number)) for number in range(3)]
    result = compare(past, example(), example())
    assert result.base.outcomes == {"refund_without_return": 2, "return": 1}
    strangers = compare([replace(item, email=item.order_number) for item in past], example(), example())
    assert strangers.base.outcomes == {"refund_without_return": 3}


def test_cost_is_refunds_parcels_and_persons() -> None:
    kept = request()
    sent = request(2, reason="wrong_size", claim_minor=4900, total_minor=5390, whole_order=False)
    person = request(3, claim_minor=20000, total_minor=20490)
    tally = compare([kept, sent, person], example(), example()).base
    assert tally.refunds_minor == {"EUR": 990 + 4900 + 20000}
    # Two parcels at the shop's cost (wrong size, and the one a person would approve) and one look.
    assert (tally.parcels, tally.parcels_paid_by_shop) == (2, 2)
    assert tally.cost_minor["EUR"] - tally.refunds_minor["EUR"] == 2 * 600 + 400


def test_real_cases_are_decided_again_from_their_own_facts(session: Session, runtime: Runtime) -> None:
    case = open_case(session, runtime)
    (past,) = requests.of_cases(session)
    assert (past.origin, past.order_number) == ("case", case.order_number)
    assert case.decision is not None
    assert decide(past.facts, runtime.policy).outcome == case.decision["outcome"]


def test_the_table_and_the_page_show_the_difference() -> None:
    late = request(reason="changed_mind", delivered_at=NOW - timedelta(days=20))
    nasty = replace(late, order_number="<script>alert(1)</script>")
    result = compare([nasty, request(2)], example(), with_window(14))
    text = table(result, ("present", "tight"))
    assert "return -> refused" in text
    assert "1 of 2 decisions change" in text
    page = report(result, ("present", "tight & new"), made_at=NOW)
    assert "<script" not in page
    tree = ET.fromstring(re.sub(r"<(!doctype|meta)[^>]*>", "", page))
    charts = tree.findall(".//{http://www.w3.org/2000/svg}svg")
    assert len(charts) == 2
    assert all(chart.get("aria-label") for chart in charts)


def test_nothing_to_replay_is_shown_as_nothing() -> None:
    result = compare([], example(), example())
    assert "0 of 0 decisions change" in table(result, ("a", "b"))
    assert "None: both policies" in report(result, ("a", "b"), made_at=NOW)


def test_the_command_writes_table_and_report(home: Path, tmp_path: Path) -> None:
    export = tmp_path / "orders.csv"
    export.write_text("\n".join([HEADER, *(row(number, "12.00") for number in range(30)), row(99, "dear")]) + "\n")
    tight = tmp_path / "tight.yml"
    text = (Path(__file__).parents[3] / "policy.example.yml").read_text(encoding="utf-8")
    tight.write_text(text.replace("  days: 30", "  days: 14"), encoding="utf-8")
    done = run("policy", "simulate", "--orders", str(export), "--policy", str(tight), "--asking", "100")
    assert done.exit_code == 0, done.output
    assert "tight.yml" in done.output
    assert "line 32" in done.output
    assert (home / "policy-simulation.html").read_text(encoding="utf-8").startswith("<!doctype html>")


@pytest.mark.parametrize("arguments", [("--policy", "no-such.yml"), ("--asking", "0"), ("--orders", "no-such.csv")])
def test_what_cannot_be_simulated_is_said(home: Path, arguments: tuple[str, str]) -> None:
    assert run("policy", "simulate", *arguments).exit_code != 0
