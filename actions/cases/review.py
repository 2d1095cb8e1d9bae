"""What a named person may decide. Every step carries who and why, and the shopper is told."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from actions.cases import claims, costs, flow, notices, repository
from actions.cases.model import Case
from actions.cases.steps import announce_refund, to_person
from actions.cases.transitions import note, transition
from actions.orders.model import Order
from actions.policy.model import Outcome
from actions.refunds import repository as refunds
from actions.refunds.intents import case_ceiling
from actions.replacements import service as replacements
from actions.runtime import Runtime
from actions.suppliers.model import SupplierClaim
from common.errors import RefusedError

_PARCEL_IS_THERE = frozenset({"received", "inspected", "credited"})


def approve(
    session: Session,
    runtime: Runtime,
    case_id: str,
    *,
    by: str,
    why: str,
    now: datetime,
    outcome: Outcome | None = None,
    refund_minor: int | None = None,
) -> Case:
    """Accept the request, as the policy proposed unless `outcome` or `refund_minor` say otherwise.

    A refused case may be approved after all. Raises InvalidTransitionError when the case is past deciding,
    OverRefundError when more would go back than was paid, RefusedError `case.no_way` when it cannot be carried out.
    """
    _reason_given(why)
    held = claims.locked(session, case_id)
    case = repository.get_for_change(session, case_id)
    order = refunds.lock_order(session, case.order_id)
    if case.status == "refused":
        transition(session, case, "awaiting_review", at=now, by=by, why="Looked at again")
    if case.status == "awaiting_parcel":
        # Not to lose the way back to the parcel in the journal: a person changed the course while one was awaited.
        transition(session, case, "awaiting_review", at=now, by=by, why="Taken back from the return")
    chosen = outcome or _proposed(session, runtime, case, order, held, now=now)
    if chosen in ("refused", "needs_person"):
        raise RefusedError("case.outcome", f"{chosen} is not an approval; refuse the case or leave it waiting.")
    _agree_amount(session, case, order, refund_minor)
    there = [claim for claim in held if claim.status in _PARCEL_IS_THERE]
    if there and chosen == "return":
        chosen = "refund_without_return"
    _tell_approved(session, runtime, case, chosen, now=now)
    if held and chosen == "return":
        _take_parcel_ourselves(session, runtime, case, held, by=by, why=why, now=now)
        return case
    amount = flow.follow(session, runtime, case, order, chosen, by=by, why=why, now=now)
    if case.status == "awaiting_review":
        raise RefusedError(
            "case.no_way", f"{chosen} cannot be carried out for {case.reference}; {case.journal[-1].why}."
        )
    if any(not claim.returnless for claim in there):
        case.resolution = "return"
    for claim in held:
        if not claim.returnless and claim not in there:
            claims.give_up(session, claim, now=now, by=by, why="The shop decided without the supplier")
    # A credit note is told when it is there, with its code.
    if chosen != "store_credit":
        announce_refund(session, case, amount, now=now)
    return case


def _agree_amount(session: Session, case: Case, order: Order, refund_minor: int | None) -> None:
    if refund_minor is not None:
        most = case_ceiling(session, case, order).minor_units
        if not 0 < refund_minor <= most:
            raise RefusedError(
                "case.amount", f"{most} minor units may go back for {case.reference}; choose an amount up to it."
            )
        case.refund_minor = refund_minor
    elif case.refund_minor == 0:
        # A refusal by the policy left nothing to pay; a person's yes is about what was claimed.
        case.refund_minor = case.claim_minor


def _take_parcel_ourselves(
    session: Session, runtime: Runtime, case: Case, held: list[SupplierClaim], *, by: str, why: str, now: datetime
) -> None:
    """A return although a supplier's way has failed: its goods come here, and those of the suppliers that agreed still
    go to them. Raises RefusedError when the shop has no address for it."""
    if not runtime.policy.return_address:
        raise RefusedError("case.no_way", "The policy has no return_address; write one or refund without a return.")
    case.resolution = "return"
    failed = [claim for claim in held if claim.status != "approved"] or held
    for claim in failed:
        claims.give_up(session, claim, now=now, by=by, why="The shop takes the parcel itself")
    flow.to_own_address(session, runtime, case, by=by, why=why, now=now)


def change_outcome(
    session: Session,
    runtime: Runtime,
    case_id: str,
    *,
    by: str,
    why: str,
    now: datetime,
    outcome: Outcome,
    refund_minor: int | None = None,
) -> Case:
    """Decide otherwise than was decided: another outcome or amount, a refusal, or another look."""
    _reason_given(why)
    if outcome == "refused":
        return refuse(session, case_id, by=by, why=why, now=now)
    if outcome == "needs_person":
        claims.locked(session, case_id)
        case = repository.get_for_change(session, case_id)
        to_person(session, case, by=by, why=why, now=now)
        return case
    return approve(session, runtime, case_id, by=by, why=why, now=now, outcome=outcome, refund_minor=refund_minor)


def refuse(session: Session, case_id: str, *, by: str, why: str, now: datetime) -> Case:
    """Turn the request down; `why` is told to the shopper word for word. Raises InvalidTransitionError."""
    _reason_given(why)
    held = claims.locked(session, case_id)
    case = repository.get_for_change(session, case_id)
    if case.status in ("awaiting_supplier", "awaiting_parcel"):
        transition(session, case, "awaiting_review", at=now, by=by, why="Taken back before refusing")
    transition(session, case, "refused", at=now, by=by, why=why)
    case.resolution = "refused"
    replacements.cancel(session, case)
    for claim in held:
        claims.give_up(session, claim, now=now, by=by, why="The shop refused the request")
    event = f"refused_by_person:{case.version}"
    notices.tell(session, case, "utter_case_refused_by_person", event=event, now=now, parameters={"why": why})
    return case


def add_note(session: Session, case_id: str, *, by: str, text: str, now: datetime) -> Case:
    """Something to remember, for the merchant's eyes alone."""
    _reason_given(text)
    case = repository.get_for_change(session, case_id)
    note(session, case, at=now, by=by, why=text)
    return case


def _proposed(
    session: Session, runtime: Runtime, case: Case, order: Order, held: list[SupplierClaim], *, now: datetime
) -> Outcome:
    """What a plain yes means: what the shopper wants, else what costs least, and money back when the supplier's way has
    failed already."""
    if any(not claim.returnless for claim in held):
        return "refund_without_return"
    # Once something was decided and told, a plain yes means that very thing again.
    if case.resolution in (None, "refused"):
        cheapest = costs.of_case(session, runtime, case, order, now=now).proposed
        if cheapest is not None and cheapest != "partial_refund":
            return cheapest
    proposed: Outcome = (case.decision or {}).get("proposed_outcome", "refund_without_return")
    return proposed


def _tell_approved(session: Session, runtime: Runtime, case: Case, outcome: Outcome, *, now: datetime) -> None:
    words = runtime.phrases.render(f"utter_label_outcome_{outcome}", notices.language(session, case)).text
    event = f"approved:{case.version}"
    notices.tell(session, case, "utter_case_approved", event=event, now=now, parameters={"outcome": words})


def _reason_given(why: str) -> None:
    if not why.strip():
        raise RefusedError("case.why", "A decision by a person needs a reason; write one sentence.")
