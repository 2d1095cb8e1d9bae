"""The payments of an order that was paid in several, out of a file."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from actions.refunds import repository
from actions.refunds.payments import PaymentReport, import_payments
from actions.runtime import Runtime
from common.database import transaction
from common.errors import RefusedError
from tests.factories import create_order, order_line

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def order_id(runtime: Runtime) -> str:
    with transaction(runtime.engine) as session:
        lines = [order_line(unit_paid_minor=1500)]
        return create_order(session, number="1077", lines=lines, shipping_minor=0).id


def _import(runtime: Runtime, tmp_path: Path, text: str) -> PaymentReport:
    path = tmp_path / "payments.csv"
    path.write_text(text, encoding="utf-8")
    return import_payments(path, lambda: transaction(runtime.engine), shop="Maison Lumen", currency="EUR")


def _kept(session: Session, order_id: str) -> list[tuple[str, int]]:
    return [(row.reference, row.amount_minor) for row in repository.payments(session, order_id)]


def test_the_same_file_twice_changes_nothing(runtime: Runtime, tmp_path: Path, order_id: str) -> None:
    text = (
        "Order,Reference,Amount,Method,Paid at\n"
        "#1077,gift_1,4.00,gift card,2026-11-01T10:00:00Z\n1077,pay_1,11.00,card,2026-11-01T10:00:05Z\n"
    )
    first, again = _import(runtime, tmp_path, text), _import(runtime, tmp_path, text)
    assert (first.added, first.problems) == (2, [])
    assert (again.added, again.unchanged, again.problems) == (0, 2, [])
    with transaction(runtime.engine) as session:
        assert _kept(session, order_id) == [("pay_1", 1100), ("gift_1", 400)]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        pytest.param("9999,pay_2,1.00,EUR", "no order 9999", id="unknown order"),
        pytest.param("1077,,1.00,EUR", "empty", id="no reference"),
        pytest.param(f"1077,{'x' * 129},1.00,EUR", "longer", id="long reference"),
        pytest.param("1077,pay_2,0,EUR", "amount is 0.00", id="nothing"),
        pytest.param("1077,pay_2,-1,EUR", "amount is -1.00", id="less than nothing"),
        pytest.param("1077,pay_2,1.00,USD", "the order is in EUR", id="another currency"),
        pytest.param("1077,pay_1,9.00,EUR", "another amount", id="changed"),
        pytest.param("1077,pay_2,5.01,EUR", "more than its total", id="more than was paid"),
    ],
)
def test_a_bad_row_is_named_and_the_good_ones_are_kept(
    runtime: Runtime, tmp_path: Path, order_id: str, row: str, reason: str
) -> None:
    report = _import(runtime, tmp_path, f"order,reference,amount,currency\n1077,pay_1,10.00,EUR\n{row}\n")
    assert [problem.line for problem in report.problems] == [3]
    assert reason in report.problems[0].reason
    with transaction(runtime.engine) as session:
        assert _kept(session, order_id) == [("pay_1", 1000)]


def test_a_file_without_the_columns_is_refused(runtime: Runtime, tmp_path: Path) -> None:
    with pytest.raises(RefusedError) as refused:
        _import(runtime, tmp_path, "order,amount\n1,2\n")
    assert refused.value.code == "import.columns"
