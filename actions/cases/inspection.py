"""A parcel that came to the shop itself: somebody opens it, says what is in it, and the money goes back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from actions.cases import claims, notices, repository
from actions.cases.model import Case
from actions.cases.steps import announce_refund, start_refund, start_refund_clock, to_person
from actions.cases.transitions import transition
from actions.orders import service as orders
from actions.resale import service as resale
from actions.resale.model import Found
from actions.suppliers import repository as claim_rows
from actions.suppliers.model import SupplierClaim
from actions.suppliers.port import RmaStatus
from common.errors import RefusedError

_PARCEL_EXPECTED = frozenset({"awaiting_parcel", "in_transit", "expired", "received"})


def comes_here(session: Session, case: Case) -> bool:
    """Whether the parcel of this case is the shop's to open: expected, and no supplier is to receive it."""
    return case.status in _PARCEL_EXPECTED and not _supplier_receives(claim_rows.of_case(session, case.id))


def _supplier_receives(claim: SupplierClaim | None) -> bool:
    if claim is None or claim.returnless or claim.closed_at is not None:
        return False
    return claim.state is not RmaStatus.REJECTED


def inspect(session: Session, case_id: str, found: Sequence[Found], *, by: str, now: datetime) -> Case:
    """Record what came back, line by line, and pay. Goods without a fault that come back worn go to a person first, who
    weighs what they are worth.

    Raises RefusedError `inspection.not_here` when no parcel is expected here, `inspection.lines` for a missing line.
    """
    claims.locked(session, case_id)
    case = repository.get_for_change(session, case_id)
    if not comes_here(session, case):
        raise RefusedError("inspection.not_here", f"No parcel of case {case.reference} is expected here; look again.")
    by_line = {item.case_line_id: item for item in found}
    if by_line.keys() != {line.id for line in case.lines}:
        raise RefusedError("inspection.lines", f"Say for every line of case {case.reference} what came back.")
    kept = [resale.record(session, line, by_line[line.id], by=by, now=now) for line in case.lines]
    if case.status != "received":
        transition(session, case, "received", at=now, by=by, why="The parcel is here")
        start_refund_clock(session, case, now=now)
    said = ", ".join(f"{item.name}: {item.condition} → {item.disposition}" for item in kept)
    transition(session, case, "inspected", at=now, by=by, why=f"Inspected: {said}")
    if case.reason not in claims.SUPPLIER_ANSWERS and any(item.condition != "as_new" for item in kept):
        worst = next(item for item in kept if item.condition != "as_new")
        to_person(session, case, by=by, why=f"{worst.name} came back {worst.condition}", now=now)
        notices.tell(session, case, "utter_case_in_review", event="in_review:inspection", now=now)
        return case
    order = orders.get(session, case.order_id)
    amount = start_refund(session, case, order, by=by, why="Inspected and accepted", now=now)
    announce_refund(session, case, amount, now=now)
    return case
