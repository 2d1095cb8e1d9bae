"""What a person may do with a case as it stands, and doing it. The rules of the work itself are in actions/cases."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sqlalchemy.orm import Session

from actions.cases import review
from actions.cases import service as cases
from actions.cases.model import Case
from actions.cases.transitions import allowed
from actions.policy.model import Outcome
from actions.refunds import repository as refunds
from actions.refunds import service as refund_service
from actions.refunds.model import Refund
from actions.suppliers import repository as claims
from actions.suppliers import service as suppliers
from common.errors import RefusedError
from common.money import Money
from console.visit import Visit

Act = Literal["approve", "change", "refuse", "cancel", "review", "paid", "note"]
ACTS: tuple[Act, ...] = ("approve", "change", "refuse", "cancel", "review", "paid", "note")
# What an approval may mean, in the order in which it is offered.
OUTCOMES: tuple[Outcome, ...] = ("refund_without_return", "return", "replacement", "store_credit")

_BY_STATUS: dict[str, tuple[Act, ...]] = {
    "awaiting_review": ("approve", "change", "refuse", "cancel"),
    "awaiting_supplier": ("change", "refuse", "cancel", "review"),
    "awaiting_parcel": ("change", "refuse", "cancel", "review"),
    "in_transit": ("change", "review"),
    "received": ("change", "review"),
    "inspected": ("change", "review"),
    "refused": ("change", "review"),
    "expired": ("review",),
    "collecting": ("cancel",),
}


@dataclass(frozen=True)
class Order:
    """What a form asks for. `refund_minor` None means as quoted; `reference` is that of a payment made by hand."""

    act: Act
    why: str = ""
    outcome: Outcome | None = None
    refund_minor: int | None = None
    refund_id: str = ""
    reference: str = ""


def acts(case: Case) -> tuple[Act, ...]:
    """What may be done now, the most likely first."""
    found = _BY_STATUS.get(case.status, ())
    return tuple(act for act in found if act != "cancel" or allowed(case, "cancelled"))


def due(visit: Visit, case: Case) -> Refund | None:
    """The refund that waits for a person to pay it."""
    if not visit.context.runtime.gateway.by_hand:
        return None
    for refund in refunds.of_case(visit.session, case.id):
        if refund.status in ("created", "sent") and refund.method == "original_payment":
            return refund
    return None


def read_order(visit: Visit, case: Case, act: Act, *, quoted: Money) -> Order:
    """The form as an order. Raises RefusedError naming what is missing, or what this user may not do."""
    why = visit.text("why", 500)
    if act in ("change", "refuse", "cancel", "review", "note") and not why:
        raise RefusedError("act.why", "A decision by a person needs a reason; write one sentence.")
    if act == "paid":
        reference = visit.text("reference", 100)
        if not reference:
            raise RefusedError("act.why", "A payment made by hand needs its reference.")
        return Order(act, refund_id=visit.text("refund", 64), reference=reference)
    if act != "change":
        return Order(act, why=why)
    outcome = visit.text("outcome", 32)
    if outcome not in OUTCOMES:
        raise RefusedError("act.outcome", f"{outcome!r} is not an outcome a person can choose.")
    written = visit.text("amount", 20)
    amount = Money.parse(written, case.currency) if written else None
    if amount is not None and amount.minor_units <= 0:
        raise RefusedError("act.amount", f"{written!r} is not an amount that can be refunded.")
    if amount is not None and amount > quoted and not visit.user.is_owner:
        raise RefusedError("act.above", "An agent may not refund more than was quoted.")
    return Order(act, why=why, outcome=outcome, refund_minor=amount.minor_units if amount else None)


def perform(visit: Visit, session: Session, case_id: str, order: Order) -> None:
    """Do it in the given transaction. Raises RefusedError and the caller rolls back."""
    runtime, by, now = visit.context.runtime, visit.user.name, visit.now
    if order.act == "approve":
        review.approve(session, runtime, case_id, by=by, why=order.why or "Approved", now=now)
    elif order.act == "change" and order.outcome is not None:
        review.change_outcome(
            session,
            runtime,
            case_id,
            by=by,
            why=order.why,
            now=now,
            outcome=order.outcome,
            refund_minor=order.refund_minor,
        )
    elif order.act == "review":
        review.change_outcome(session, runtime, case_id, by=by, why=order.why, now=now, outcome="needs_person")
    elif order.act == "refuse":
        review.refuse(session, case_id, by=by, why=order.why, now=now)
    elif order.act == "cancel":
        cases.cancel(session, case_id, by=by, why=order.why, now=now)
    elif order.act == "note":
        review.add_note(session, case_id, by=by, text=order.why, now=now)
    elif order.act == "paid":
        if refunds.get(session, order.refund_id).case_id != case_id:
            raise RefusedError("act.not_now", "This refund belongs to another case.")
        refund_service.record_by_hand(session, runtime, order.refund_id, by=by, gateway_id=order.reference)


def clear_attention(visit: Visit, case_id: str, claim_id: str) -> None:
    """A person has looked at what did not fit at that supplier."""
    for claim in claims.of_case(visit.session, case_id):
        if claim.id == claim_id:
            locked = claims.lock(visit.session, claim.id)
            suppliers.clear_attention(visit.session, locked, now=visit.now, by=visit.user.name)
