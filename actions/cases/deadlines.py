"""Suppliers' deadlines of a case: which clocks run, and what happens when one is about to run out."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from actions.cases import repository
from actions.cases.model import Case
from actions.cases.transitions import note
from actions.orders.model import Order
from actions.runtime import Runtime
from actions.suppliers import deadlines
from actions.suppliers import repository as claims
from actions.suppliers.deadlines import Event
from actions.suppliers.model import SupplierDeadline
from common.database import transaction
from common.engine import Handler

# Without a claim, a case in one of these will not ask a supplier for anything any more.
_NOTHING_TO_CLAIM = frozenset({"refunded", "replaced", "refused", "cancelled", "expired"})


def start(session: Session, runtime: Runtime, case: Case, order: Order) -> None:
    """Start the clock of every supplier the case is about, in the commit that opens it."""
    events = events_of(order, transit_days=runtime.policy.window.transit_days)
    wanted = {line.order_line_id for line in case.lines}
    for supplier_id in sorted({line.supplier_id for line in order.lines if line.id in wanted and line.supplier_id}):
        supplier = runtime.shop.suppliers.get(supplier_id)
        if supplier is not None:
            deadlines.start(session, supplier, case_id=case.id, reason=case.reason, events=events, now=case.created_at)


def events_of(order: Order, *, transit_days: int) -> dict[str, Event | None]:
    """What a supplier's days may count from. An unreported delivery is taken from dispatch plus transit."""
    delivery = Event(order.delivered_at) if order.delivered_at else None
    if delivery is None and order.fulfilled_at is not None:
        delivery = Event(order.fulfilled_at + timedelta(days=transit_days), estimated=True)
    return {
        "delivery": delivery,
        "dispatch": Event(order.fulfilled_at) if order.fulfilled_at else None,
        "order": Event(order.placed_at),
    }


def open_alarm(session: Session, case: Case, row: SupplierDeadline) -> bool:
    """Whether it still matters that the supplier has no claim."""
    if row.met_at is not None:
        return False
    claim = claims.to_supplier(session, case.id, row.supplier_id)
    if claim is not None:
        return claim.sent_at is None and claim.closed_at is None
    return case.status not in _NOTHING_TO_CLAIM


def handlers(runtime: Runtime) -> dict[str, Handler]:
    """The jobs by name, to be given to the worker."""

    def warn(payload: dict[str, Any]) -> None:
        """The time is running out, or has run out: said once a day that the terms name, and only while it matters."""
        now = runtime.clock.now()
        with transaction(runtime.engine) as session:
            row = deadlines.for_change(session, payload["deadline_id"])
            if row is None:
                return
            case = repository.get_for_change(session, row.case_id)
            if open_alarm(session, case, row):
                note(session, case, at=now, by="system", why=deadlines.alarm(row, now=now))

    return {deadlines.ALARM: warn}
