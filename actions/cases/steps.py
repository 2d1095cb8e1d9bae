"""The two steps with outside effects that more than one event can lead to: money goes back, a parcel is awaited."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from actions.cases import legs, notices
from actions.cases.legs import Leg
from actions.cases.model import Case
from actions.cases.transitions import InvalidTransitionError, allowed, note, transition
from actions.documents.links import slip_url
from actions.feedback import service as feedback
from actions.orders import service as orders
from actions.orders.model import Order
from actions.policies import service as policies
from actions.policy.law import days_to_send, law_of
from actions.refunds import freeze
from actions.refunds import service as refunds
from actions.runtime import Runtime
from common.engine import enqueue
from common.money import Money

_REMIND_BEFORE = timedelta(days=4)
# Directive 2011/83/EU, art. 13(1): at the latest fourteen days after the trader heard of the withdrawal.
_LATEST_REFUND = timedelta(days=14)


def to_person(session: Session, case: Case, *, by: str, why: str, now: datetime) -> None:
    """A person has to look; one who is looking already reads why in the journal."""
    if case.status == "awaiting_review":
        note(session, case, at=now, by=by, why=why)
    else:
        transition(session, case, "awaiting_review", at=now, by=by, why=why)


def start_refund(
    session: Session, case: Case, order: Order, *, by: str, why: str, now: datetime, credit_note: bool = False
) -> Money | None:
    """Intend the refund that `quote` names; None when nothing is left, or the bank decides about the payment, and a
    person has to look instead. Raises InvalidTransitionError for a case that is past it."""
    if not allowed(case, "refunding"):
        raise InvalidTransitionError(case, "refunding")
    frozen = freeze.reason(session, order.id)
    if frozen is not None:
        to_person(session, case, by=by, why=f"{why}; {frozen}", now=now)
        return None
    amount = refunds.quote(session, case, order)
    if amount.minor_units <= 0:
        to_person(session, case, by=by, why=f"{why}; nothing of the order is left to refund", now=now)
        return None
    transition(session, case, "refunding", at=now, by=by, why=why)
    refunds.intend(session, case, amount, now=now, method="store_credit" if credit_note else "original_payment")
    feedback.plan(session, case)
    return amount


def announce_refund(session: Session, case: Case, amount: Money | None, *, now: datetime) -> None:
    """Tell the shopper that money is on its way, when something outside the conversation set it going."""
    if amount is not None:
        formatted = amount.format(notices.language(session, case))
        event = f"refund_started:{amount.minor_units}"
        notices.tell(session, case, "utter_case_refund_started", event=event, now=now, parameters={"amount": formatted})


def announce_return(
    session: Session,
    runtime: Runtime,
    case: Case,
    leg: Leg,
    *,
    now: datetime,
    event: str = "rma_ready",
) -> None:
    """Tell number, address and deadline with the return slip, and start the timers; another address, another event.

    Where the goods go to several places, each is told with what belongs there.
    """
    alone = len(leg.lines) == len(case.lines)
    order = orders.get(session, case.order_id)
    law = law_of(order.country, case.legal_basis or "goodwill", order.placed_at.date())
    policy = policies.in_force(session, runtime.policy, order.placed_at)
    return_by = now + timedelta(days=days_to_send(policy.return_deadline_days, law))
    case.return_by = return_by
    notices.tell(
        session,
        case,
        "utter_case_rma_ready" if alone else "utter_case_rma_ready_part",
        event=event if alone or ":" in event else f"{event}:{leg.key}",
        now=now,
        parameters={
            "rma_number": leg.number,
            "address": legs.shown_address(leg),
            "deadline": notices.short_date(return_by, notices.language(session, case)),
            "instructions": (leg.claim.instructions if leg.claim else None) or "",
        }
        | ({} if alone else {"items": legs.items(leg)}),
        attachments=[
            {
                "url": slip_url(runtime.settings, case.id, now=now, leg=leg.key),
                "title": runtime.phrases.render("utter_slip_title", notices.language(session, case)).text,
                "mime": "application/pdf",
            }
        ],
    )
    payload = {"case_id": case.id}
    remind_in = return_by - _REMIND_BEFORE - now
    if remind_in > timedelta():
        enqueue(session, "case.remind", payload, key=f"case.remind:{case.id}", delay=remind_in)
    enqueue(session, "case.expire", payload, key=f"case.expire:{case.id}", delay=return_by - now)


def start_refund_clock(session: Session, case: Case, *, now: datetime) -> None:
    """The goods are back, so the law's clock for the refund runs, whatever the supplier does next."""
    delay = max(case.created_at + _LATEST_REFUND - now, timedelta())
    enqueue(session, "case.refund_due", {"case_id": case.id}, key=f"case.refund_due:{case.id}", delay=delay)
