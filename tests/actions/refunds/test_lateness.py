"""What a late refund costs on top, told before it bites. Ladders: Code de la consommation, art. L242-4 and L241-4."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy.orm import Session

from actions.cases.transitions import transition
from actions.refunds.lateness import Lateness, lateness
from tests.factories import NOW, create_case, create_order, order_line

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def _late(session: Session, days: float, basis: str = "withdrawal", country: str = "FR", **parcel: str) -> Lateness:
    """A refund of 100.00 whose case was opened at NOW, so many days later."""
    order = create_order(session, lines=[order_line(unit_paid_minor=10_000)], country=country)
    case = create_case(session, order=order, status="in_transit", legal_basis=basis, refund_minor=10_000)
    case.parcel = parcel or None
    found = lateness(session, case, order, now=NOW + timedelta(days=days))
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("days", "late", "owed", "next_on", "then"),
    [
        pytest.param(0, 0, 0, date(2026, 12, 18), 500, id="the day it is declared"),
        pytest.param(14, 0, 0, date(2026, 12, 18), 500, id="the last day"),
        pytest.param(15, 1, 2, date(2026, 12, 18), 500, id="the first day late costs legal interest"),
        pytest.param(24, 10, 18, date(2026, 12, 18), 500, id="ten days of it"),
        pytest.param(25, 11, 500, date(2026, 12, 28), 1000, id="the eleventh costs five percent"),
        pytest.param(35, 21, 1000, date(2027, 1, 7), 2000, id="twenty-one"),
        pytest.param(75, 61, 5000, date(2027, 3, 8), 5500, id="sixty-one"),
    ],
)
def test_the_ladder_after_a_withdrawal(
    session: Session, days: int, late: int, owed: int, next_on: date, then: int
) -> None:
    sent = NOW.isoformat()
    found = _late(session, days, reported_at=sent)
    assert found.due_by == date(2026, 12, 7)
    assert (found.days_late, found.surcharge.minor_units) == (late, owed)
    assert (found.next_on, found.next_surcharge.minor_units) == (next_on, then)
    assert "L242" in found.source or "L221" in found.source or "2011/83" in found.source


def test_without_a_ladder_only_the_day_is_told(session: Session) -> None:
    found = _late(session, 60, country="DE", reported_at=NOW.isoformat())
    assert (found.surcharge.minor_units, found.next_on) == (0, None)
    assert found.days_late > 0


def test_nothing_is_late_before_its_clock_has_started_or_after_the_money_is_out(session: Session) -> None:
    order = create_order(session)
    case = create_case(session, order=order, status="in_transit", legal_basis="withdrawal")
    assert case.parcel is None
    waiting = lateness(session, case, order, now=NOW + timedelta(days=60))
    transition(session, case, "received", at=NOW + timedelta(days=3), by="supplier", why="There")
    running = lateness(session, case, order, now=NOW + timedelta(days=60))
    case.status = "refunded"
    assert lateness(session, case, order, now=NOW + timedelta(days=60)) is None
    # The clock of a withdrawal runs from the declaration, or from the goods: as the row of law has it.
    assert running is not None
    assert waiting is None or waiting.due_by <= running.due_by


def test_goods_that_never_came_cost_more_from_the_first_day(session: Session) -> None:
    found = _late(session, 0, basis="transport_risk")
    late = _late(session, (found.due_by - NOW.date()).days + 1, basis="transport_risk")
    assert (late.days_late, late.surcharge.minor_units) == (1, 1000)
