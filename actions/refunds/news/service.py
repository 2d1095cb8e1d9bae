"""One event of the payment service, stored and applied in the caller's one commit."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from actions.refunds import settlement
from actions.refunds.model import Refund
from actions.refunds.news import chargebacks, outside, repository
from actions.refunds.news.parse import PaymentMessage
from actions.refunds.port import GatewayRefund, RefundContradictionError
from actions.runtime import Runtime


def receive(session: Session, runtime: Runtime, message: PaymentMessage, *, now: datetime) -> str:
    """Store and apply an event. Answers repeated, ignored, unknown (no order has this payment), contradiction (a person
    is asked to look), unchanged or applied. Events may come late, twice, in any order and before our own answer.
    """
    values = {
        "event_id": message.event_id,
        "type": message.type,
        "payload": message.payload,
        "outcome": "ignored",
        "received_at": now,
    }
    row_id = repository.keep_event(session, values)
    if row_id is None:
        return "repeated"
    outcome = _apply(session, runtime, message, now=now)
    repository.event(session, row_id).outcome = outcome
    session.flush()
    return outcome


def _apply(session: Session, runtime: Runtime, message: PaymentMessage, *, now: datetime) -> str:
    if message.chargeback is not None:
        order_id = repository.order_of_payment(session, message.chargeback.payment_reference)
        if order_id is None:
            return "unknown"
        return _said(chargebacks.reported(session, order_id, message.chargeback, now=now))
    if message.refund is None:
        return "ignored"
    return told(session, runtime, message.refund, now=now)


def told(session: Session, runtime: Runtime, answer: GatewayRefund, *, now: datetime) -> str:
    """The payment service speaks of one refund, by event or in a list: ours is settled, any other is asked about."""
    own = repository.own_refund(session, key=answer.idempotency_key, refund_id=answer.refund_id, gateway_id=answer.id)
    if own is not None:
        return _own(session, runtime, own, answer)
    order_id = repository.order_of_payment(session, answer.payment_reference)
    return "unknown" if order_id is None else _said(outside.found(session, order_id, answer, now=now))


def _own(session: Session, runtime: Runtime, refund: Refund, answer: GatewayRefund) -> str:
    try:
        settled = settlement.settle(session, runtime, refund.id, answer)
    except RefundContradictionError as error:
        settlement.hold(session, refund.id, error.message, runtime.clock.now())
        return "contradiction"
    return _said(settled in ("succeeded", "failed"))


def _said(changed: bool) -> str:
    return "applied" if changed else "unchanged"
