"""A parcel that came to the shop itself: somebody opens it, says what is in it, and the money goes back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from actions.cases import claims, legs, progress, repository
from actions.cases.model import Case, CaseLine
from actions.cases.steps import start_refund_clock
from actions.cases.transitions import note, transition
from actions.resale import service as resale
from actions.resale.model import Found
from actions.runtime import Runtime
from common.errors import RefusedError

_PARCEL_EXPECTED = frozenset({"awaiting_parcel", "in_transit", "expired", "received"})


def lines_here(session: Session, runtime: Runtime, case: Case) -> tuple[CaseLine, ...]:
    """What is in the parcel that is the shop's to open: expected, not looked at yet, and no supplier's to receive."""
    if case.status not in _PARCEL_EXPECTED:
        return ()
    parcels = legs.of_case(session, runtime, case)
    # What stays with the shopper while the rest goes to suppliers is in no parcel.
    ours = (leg for leg in parcels if leg.claim is None and leg.step == "expected" and not (leg.kept and parcels[1:]))
    return next((leg.lines for leg in ours), ())


def inspect(
    session: Session, runtime: Runtime, case_id: str, found: Sequence[Found], *, by: str, now: datetime
) -> Case:
    """Record what came back, line by line, and pay. Goods without a fault that come back worn go to a person first, who
    weighs what they are worth; with parcels to suppliers besides, the money waits for those.

    Raises RefusedError `inspection.not_here` when no parcel is expected here, `inspection.lines` for a missing line.
    """
    claims.locked(session, case_id)
    case = repository.get_for_change(session, case_id)
    here = lines_here(session, runtime, case)
    if not here:
        raise RefusedError("inspection.not_here", f"No parcel of case {case.reference} is expected here; look again.")
    by_line = {item.case_line_id: item for item in found}
    if by_line.keys() != {line.id for line in here}:
        raise RefusedError("inspection.lines", f"Say for every line of case {case.reference} what came back.")
    kept = [resale.record(session, line, by_line[line.id], by=by, now=now) for line in here]
    said = ", ".join(f"{item.name}: {item.condition} → {item.disposition}" for item in kept)
    parcels = legs.of_case(session, runtime, case)
    if case.status != "received" and all(leg.back for leg in parcels):
        transition(session, case, "received", at=now, by=by, why="The parcel is here")
        start_refund_clock(session, case, now=now)
    if not all(leg.seen for leg in parcels):
        note(session, case, at=now, by=by, why=f"Inspected: {said}")
        return case
    transition(session, case, "inspected", at=now, by=by, why=f"Inspected: {said}")
    progress.pay(session, case, parcels, by=by, why="Inspected and accepted", now=now)
    return case
