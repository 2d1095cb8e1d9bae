"""Refunds made by hand at the payment service: found, counted at once, and asked about. Never doubled."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from actions.cases.model import Case
from actions.cases.transitions import allowed, note, transition
from actions.refunds import freeze, intents, settlement
from actions.refunds import repository as refunds
from actions.refunds.model import Refund
from actions.refunds.news import repository
from actions.refunds.news.model import OutsideRefund, OutsideStatus
from actions.refunds.port import GatewayRefund
from actions.runtime import Runtime
from common.errors import RefusedError
from common.ids import new_id
from common.money import Money

_SYSTEM = "payment service"
# A case that has ended is not waiting for this money; nobody is asked about it.
_ENDED = frozenset({"refunded", "replaced", "refused", "cancelled", "expired"})


def found(session: Session, order_id: str, answer: GatewayRefund, *, now: datetime) -> bool:
    """Record a refund that is none of ours; says whether it is news. It counts against the order from now on.

    When a case of the order is under way, its own refund waits until the merchant has said what this one was for.
    """
    waiting = [case for case in freeze.lock_cases(session, order_id) if case.status not in _ENDED]
    order = refunds.lock_order(session, order_id)
    known = repository.outside_by_gateway_id(session, answer.id)
    if known is not None:
        return known.status != "void" and answer.status == "failed" and _void(session, known, now=now)
    if answer.status == "failed":
        return False
    row = OutsideRefund(
        id=new_id("out"),
        gateway_id=answer.id,
        order_id=order.id,
        payment_reference=answer.payment_reference,
        amount_minor=answer.amount.minor_units,
        currency=answer.amount.currency,
        status="asked" if waiting else "another",
        found_at=now,
    )
    session.add(row)
    session.flush()
    for case in waiting:
        why = f"{answer.amount.decimal()} {answer.amount.currency} were refunded by hand at the payment service"
        note(session, case, at=now, by=_SYSTEM, why=f"{why} ({answer.id}); say what it was for")
    return True


def _void(session: Session, row: OutsideRefund, *, now: datetime) -> bool:
    """The service says that it failed after all. One that was taken for a case is a refund of ours by then and does not
    come here."""
    row.status = "void"
    session.flush()
    for case in freeze.lock_cases(session, row.order_id):
        note(session, case, at=now, by=_SYSTEM, why=f"The refund by hand {row.gateway_id} failed after all")
    freeze.release(session, row.order_id, by=_SYSTEM, now=now)
    return True


def answer(
    session: Session,
    runtime: Runtime,
    outside_id: str,
    status: OutsideStatus,
    *,
    by: str,
    now: datetime,
    case_id: str = "",
) -> OutsideRefund:
    """The merchant says what it was for: `this_case` (with the case), `another` or `known`. The same again changes
    nothing. Raises RefusedError `outside.answered` for another answer, `outside.case` when the case cannot take it.
    """
    row = repository.outside_for_change(session, outside_id)
    if row.status != "asked":
        if row.status == status and (row.case_id or "") == case_id:
            return row
        raise RefusedError("outside.answered", f"Refund {row.gateway_id} is {row.status}; this was said before.")
    locked = freeze.lock_cases(session, row.order_id)
    row.status, row.answered_by, row.answered_at = status, by, now
    if status == "this_case":
        case = next((item for item in locked if item.id == case_id), None)
        if case is None or not (case.status == "refunding" or allowed(case, "refunding")):
            raise RefusedError("outside.case", f"Case {case_id} is not waiting for money; choose another answer.")
        row.case_id = case.id
        _pays(session, runtime, case, row, by=by, now=now)
    session.flush()
    freeze.release(session, row.order_id, by=by, now=now)
    return row


def _pays(session: Session, runtime: Runtime, case: Case, row: OutsideRefund, *, by: str, now: datetime) -> None:
    """It paid this case: it becomes a refund of the case, and the case's own intent shrinks to what is missing."""
    session.flush()
    order = refunds.lock_order(session, row.order_id)
    if any(refund.status == "sent" for refund in refunds.of_case(session, case.id)):
        raise RefusedError("outside.case", f"A refund of {case.reference} was asked for already; compare both first.")
    for refund in refunds.of_case(session, case.id):
        if refund.status == "created":
            refund.status, refund.failure, refund.settled_at = "failed", f"paid by hand: {row.gateway_id}", now
    session.flush()
    if case.status != "refunding":
        transition(session, case, "refunding", at=now, by=by, why=f"Paid by hand: {row.gateway_id}")
    amount = Money(row.amount_minor, row.currency)
    ordinal = refunds.next_ordinal(session, case.id)
    paid = Refund(
        id=new_id("ref"),
        case_id=case.id,
        order_id=order.id,
        ordinal=ordinal,
        amount_minor=amount.minor_units,
        currency=amount.currency,
        method="original_payment",
        status="sent",
        idempotency_key=f"refund:{case.id}:{ordinal}",
        payment_reference=row.payment_reference,
        attempts=0,
        created_at=row.found_at,
    )
    refunds.add(session, paid)
    rest = intents.quote(session, case, order)
    if rest.minor_units > 0:
        intents.intend(session, case, rest, now=now)
    settlement.settle(session, runtime, paid.id, GatewayRefund(row.gateway_id, "succeeded", amount))
