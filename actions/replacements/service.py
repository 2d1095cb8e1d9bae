"""A replacement's life: requested with the case, shipped, delivered; cancelled when the case takes another course."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from actions.cases.model import Case
from actions.cases.transitions import note
from actions.feedback import service as feedback
from actions.ledger import service as ledger
from actions.replacements import repository
from actions.replacements.model import Replacement
from common.errors import RefusedError
from common.ids import new_id
from common.money import Money


def request(session: Session, case: Case, *, supplier_id: str | None, cost_minor: int, now: datetime) -> Replacement:
    """The case's replacement; one that was cancelled is requested again. `case` is locked."""
    known = repository.for_change(session, case.id)
    if known is not None:
        if known.status == "cancelled":
            known.status, known.supplier_id, known.cost_minor, known.requested_at = (
                "requested", supplier_id, cost_minor, now,
            )  # fmt: skip
            session.flush()
        return known
    made = Replacement(
        id=new_id("repl"),
        case_id=case.id,
        supplier_id=supplier_id,
        status="requested",
        cost_minor=cost_minor,
        currency=case.currency,
        requested_at=now,
    )
    session.add(made)
    session.flush()
    return made


def ship(session: Session, case: Case, *, tracking: str, by: str, now: datetime) -> Replacement:
    """It is on its way, and its cost is booked. Saying it again corrects the tracking number.

    Raises RefusedError `replacement.none` or `replacement.cancelled`. `case` is locked.
    """
    row = _of(session, case)
    if row.status == "cancelled":
        raise RefusedError("replacement.cancelled", f"The replacement of {case.reference} is not wanted any more.")
    row.tracking = tracking.strip()[:128] or row.tracking
    if row.status == "requested":
        row.status, row.shipped_at = "shipped", now
        cost = Money(row.cost_minor, row.currency)
        ledger.replacement_sent(session, case_id=case.id, replacement_id=row.id, cost=cost, at=now)
        note(session, case, at=now, by=by, why=f"Replacement sent {row.tracking or ''}".strip())
    session.flush()
    return row


def deliver(session: Session, case: Case, *, by: str, now: datetime) -> Replacement:
    """It has arrived; it was sent, then, too. The same again changes nothing. Raises what `ship` raises."""
    row = ship(session, case, tracking="", by=by, now=now)
    if row.status == "shipped":
        row.status, row.delivered_at = "delivered", now
        note(session, case, at=now, by=by, why="Replacement delivered")
        feedback.plan(session, case)
        session.flush()
    return row


def cancel(session: Session, case: Case) -> None:
    """The case takes another course; what was sent stays sent."""
    row = repository.for_change(session, case.id)
    if row is not None and row.status == "requested":
        row.status = "cancelled"
        session.flush()


def _of(session: Session, case: Case) -> Replacement:
    row = repository.for_change(session, case.id)
    if row is None:
        raise RefusedError("replacement.none", f"Case {case.reference} has no replacement.")
    return row
