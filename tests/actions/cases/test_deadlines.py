"""The clock of a supplier's deadline: what starts it, what stops it, and who hears of it in between."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from actions.cases import deadlines as case_deadlines
from actions.cases.model import Case
from actions.cases.transitions import transition
from actions.runtime import Runtime
from actions.suppliers import deadlines
from actions.suppliers import service as suppliers
from actions.suppliers.model import SupplierDeadline
from actions.suppliers.port import RmaReport, RmaStatus
from common.clock import FixedClock
from common.database import transaction
from common.supplier_terms import ReasonTerms, SupplierTerms
from tests.actions.cases.conftest import reload
from tests.factories import NOW, claim_of, create_order, open_case, order_line

_TERMS = SupplierTerms(
    usual=ReasonTerms(deadline_days=15),
    by_reason={"not_received": ReasonTerms(deadline_days=60, counts_from="dispatch")},
    alarm_days=(7, 2),
)


@pytest.fixture
def timed(runtime: Runtime) -> Runtime:
    """A shop whose supplier has deadlines."""
    northwind = replace(runtime.shop.suppliers["northwind"], terms=_TERMS)
    return replace(runtime, shop=replace(runtime.shop, suppliers={"northwind": northwind}))


def opened(runtime: Runtime, **values: object) -> tuple[Case, SupplierDeadline | None]:
    """A chair so dear that a person decides, so that no claim is filed by itself."""
    with transaction(runtime.engine) as session:
        chair = order_line(sku="CHAIR", unit_paid_minor=64900, wholesale_minor=31000)
        order = create_order(session, lines=[chair], **values)  # type: ignore[arg-type]
        case = open_case(session, runtime, order=order)
        return case, deadlines.of_case(session, case.id).get("northwind")


def warn(runtime: Runtime, row: SupplierDeadline) -> SupplierDeadline:
    case_deadlines.handlers(runtime)[deadlines.ALARM]({"deadline_id": row.id})
    with transaction(runtime.engine) as session:
        return session.get_one(SupplierDeadline, row.id)


def scheduled(runtime: Runtime) -> list[str]:
    with transaction(runtime.engine) as session:
        query = sa.text("SELECT workflow_uuid FROM workflow_status WHERE workflow_uuid LIKE 'case.supplier_deadline%'")
        if session.get_bind().dialect.name == "postgresql":
            query = sa.text(
                "SELECT workflow_uuid FROM dbos.workflow_status WHERE workflow_uuid LIKE 'case.supplier_deadline%'"
            )
        return sorted(row[0].rpartition(":")[2] for row in session.execute(query))


def test_the_clock_starts_with_the_case_and_its_alarms_are_durable(timed: Runtime) -> None:
    case, row = opened(timed)
    assert case.status == "awaiting_review"
    assert row is not None
    # Delivered four days ago.
    assert row.deadline_at == NOW + timedelta(days=11)
    assert not row.estimated
    assert scheduled(timed) == ["0", "2", "7"]


def test_an_unreported_delivery_is_estimated_and_an_unsent_parcel_starts_no_clock(timed: Runtime) -> None:
    _, row = opened(timed, delivered_days_ago=None)
    assert row is not None
    assert row.estimated
    assert row.event_at == NOW - timedelta(days=25) + timedelta(days=timed.policy.window.transit_days)


def test_no_deadline_no_clock(runtime: Runtime) -> None:
    _, row = opened(runtime)
    assert row is None


def test_a_reason_that_is_not_covered_starts_no_clock(timed: Runtime) -> None:
    never = SupplierTerms(usual=ReasonTerms(covered=False, deadline_days=15))
    northwind = replace(timed.shop.suppliers["northwind"], terms=never)
    _, row = opened(replace(timed, shop=replace(timed.shop, suppliers={"northwind": northwind})))
    assert row is None


def test_an_alarm_warns_once_a_day_named_and_then_says_that_it_is_over(timed: Runtime, clock: FixedClock) -> None:
    case, row = opened(timed)
    assert row is not None
    clock.advance(timedelta(days=4))
    warned = warn(timed, row)
    assert (warned.warned_at, warned.missed_at) == (NOW + timedelta(days=4), None)
    assert reload(timed, case.id).journal[-1].why == "northwind takes claims until 2026-12-04; none has reached it yet"
    clock.advance(timedelta(days=7))
    late = warn(timed, row)
    assert (late.warned_at, late.missed_at) == (NOW + timedelta(days=4), NOW + timedelta(days=11))
    assert "none had reached it by then" in reload(timed, case.id).journal[-1].why


def test_a_claim_that_has_reached_the_supplier_stops_the_clock(timed: Runtime, clock: FixedClock) -> None:
    with transaction(timed.engine) as session:
        case = open_case(session, timed, reason="damaged")
        claim = claim_of(session, case.id)
        assert claim is not None
        row = deadlines.of_case(session, case.id)["northwind"]
        assert case_deadlines.open_alarm(session, case, row)
        suppliers.record_sent(session, claim, RmaReport("nw-1", RmaStatus.PENDING), now=NOW, by="supplier:Northwind")
    clock.advance(timedelta(days=11))
    quiet = warn(timed, row)
    assert (quiet.met_at, quiet.warned_at, quiet.missed_at) == (NOW, None, None)


def test_a_case_that_is_over_without_a_claim_disturbs_nobody(timed: Runtime, clock: FixedClock) -> None:
    case, row = opened(timed)
    assert row is not None
    with transaction(timed.engine) as session:
        found = session.get_one(Case, case.id)
        transition(session, found, "refused", at=NOW, by="olive", why="No fault")
    clock.advance(timedelta(days=11))
    assert warn(timed, row).warned_at is None


@pytest.mark.parametrize(
    ("passed", "alarms"),
    [(0, [7, 2, 0]), (9, [7, 2, 0]), (14, [2, 0]), (15, [0]), (40, [0])],
)
def test_of_the_alarms_whose_moment_has_passed_only_the_last_counts(passed: int, alarms: list[int]) -> None:
    until = NOW + timedelta(days=15)
    assert deadlines.due_alarms(until, (7, 2), NOW + timedelta(days=passed)) == alarms


def test_opening_again_starts_no_second_clock(timed: Runtime) -> None:
    case, row = opened(timed)
    assert row is not None
    with transaction(timed.engine) as session:
        again = deadlines.start(
            session,
            timed.shop.suppliers["northwind"],
            case_id=case.id,
            reason="damaged",
            events={"delivery": deadlines.Event(datetime(2026, 1, 1, tzinfo=NOW.tzinfo))},
            now=NOW,
        )
        assert again is not None
        assert again.deadline_at == row.deadline_at
