"""Queries of what the payment service told."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from actions.orders.model import Order
from actions.refunds.model import Payment, Refund
from actions.refunds.news.model import Chargeback, OutsideRefund, PaymentEvent
from common.database import lock
from common.errors import NotFoundError

# Money that is gone although no refund row of ours says so.
_OUTSIDE_COUNTS = ("asked", "another")


def keep_event(session: Session, values: dict[str, Any]) -> int | None:
    """Store an event; None when the same `event_id` came before."""
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    statement = insert(PaymentEvent).values(**values).on_conflict_do_nothing().returning(PaymentEvent.id)
    return session.execute(statement).scalar_one_or_none()


def event(session: Session, row_id: int) -> PaymentEvent:
    return session.get_one(PaymentEvent, row_id)


def order_of_payment(session: Session, payment_reference: str) -> str | None:
    """The id of the order that was paid with it."""
    if not payment_reference:
        return None
    part = sa.select(Payment.order_id).where(Payment.reference == payment_reference)
    query = sa.select(Order.id).where(sa.or_(Order.payment_reference == payment_reference, Order.id.in_(part)))
    return session.scalars(query.order_by(Order.placed_at.desc()).limit(1)).first()


def own_refund(session: Session, *, key: str, refund_id: str, gateway_id: str) -> Refund | None:
    """The refund of ours that the service means, by whatever it repeats of what we sent."""
    for found in (
        sa.select(Refund).where(Refund.idempotency_key == key) if key else None,
        sa.select(Refund).where(Refund.id == refund_id) if refund_id else None,
        sa.select(Refund).where(Refund.gateway_id == gateway_id) if gateway_id else None,
    ):
        row = None if found is None else session.scalars(found).first()
        if row is not None:
            return row
    return None


def outside_by_gateway_id(session: Session, gateway_id: str) -> OutsideRefund | None:
    return session.scalars(sa.select(OutsideRefund).where(OutsideRefund.gateway_id == gateway_id)).first()


def outside_for_change(session: Session, outside_id: str) -> OutsideRefund:
    """Locked and read afresh. Raises NotFoundError."""
    if not lock(session, OutsideRefund, outside_id):
        raise NotFoundError("outside.unknown", f"There is no refund {outside_id} made by hand.")
    return session.get_one(OutsideRefund, outside_id, populate_existing=True)


def outside_of_order(session: Session, order_id: str) -> list[OutsideRefund]:
    """Oldest first."""
    query = sa.select(OutsideRefund).where(OutsideRefund.order_id == order_id)
    return list(session.scalars(query.order_by(OutsideRefund.found_at, OutsideRefund.id)))


def outside_asked(session: Session, limit: int) -> list[OutsideRefund]:
    """What the merchant has not said yet, oldest first."""
    query = sa.select(OutsideRefund).where(OutsideRefund.status == "asked").order_by(OutsideRefund.found_at)
    return list(session.scalars(query.limit(limit)))


def chargeback_by_external_id(session: Session, external_id: str) -> Chargeback | None:
    return session.scalars(sa.select(Chargeback).where(Chargeback.external_id == external_id)).first()


def chargebacks_of_order(session: Session, order_id: str) -> list[Chargeback]:
    """Oldest first."""
    query = sa.select(Chargeback).where(Chargeback.order_id == order_id)
    return list(session.scalars(query.order_by(Chargeback.opened_at, Chargeback.id)))


def chargebacks_open(session: Session, limit: int) -> list[Chargeback]:
    """The ones whose evidence is due first come first; those without a date come last."""
    query = sa.select(Chargeback).where(Chargeback.status == "open")
    return list(session.scalars(query.order_by(Chargeback.evidence_due_at.nulls_last()).limit(limit)))


def gone_minor(session: Session, order_id: str) -> int:
    """What left the order without a refund of ours: by hand at the payment service, or by the shopper's bank.

    A chargeback that is still open may yet be won; while it is open, nothing is sent (see `freeze`).
    """
    outside = sa.select(sa.func.coalesce(sa.func.sum(OutsideRefund.amount_minor), 0)).where(
        OutsideRefund.order_id == order_id, OutsideRefund.status.in_(_OUTSIDE_COUNTS)
    )
    disputed = sa.select(sa.func.coalesce(sa.func.sum(Chargeback.amount_minor), 0)).where(
        Chargeback.order_id == order_id, Chargeback.status == "lost"
    )
    return int(session.execute(outside).scalar_one()) + int(session.execute(disputed).scalar_one())


def gone_by_reference(session: Session, order_id: str) -> dict[str, int]:
    """What `gone_minor` counts, by the payment it came from."""
    gone: dict[str, int] = {}
    for row in outside_of_order(session, order_id):
        if row.status in _OUTSIDE_COUNTS:
            gone[row.payment_reference] = gone.get(row.payment_reference, 0) + row.amount_minor
    for dispute in chargebacks_of_order(session, order_id):
        if dispute.status == "lost":
            gone[dispute.payment_reference] = gone.get(dispute.payment_reference, 0) + dispute.amount_minor
    return gone


def has_open_chargeback(session: Session, order_id: str) -> bool:
    query = sa.select(Chargeback.id).where(Chargeback.order_id == order_id, Chargeback.status == "open")
    return session.execute(query.limit(1)).first() is not None


def is_asked(session: Session, order_id: str) -> bool:
    """Whether the merchant still has to say what a refund made by hand was for."""
    query = sa.select(OutsideRefund.id).where(OutsideRefund.order_id == order_id, OutsideRefund.status == "asked")
    return session.execute(query.limit(1)).first() is not None
