"""Queries of refunds."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from actions.orders.model import Order
from actions.refunds.model import Payment, Refund, RefundMethod
from common.database import lock
from common.errors import NotFoundError

# Money that left or may have left; only a refund that failed gives its room back.
_COUNTED = ("created", "sent", "succeeded")


def get(session: Session, refund_id: str) -> Refund:
    """Raises NotFoundError."""
    refund = session.get(Refund, refund_id)
    if refund is None:
        raise NotFoundError("refund.unknown", f"There is no refund {refund_id}.")
    return refund


def get_for_change(session: Session, refund_id: str) -> Refund:
    """The refund, locked and read afresh. Raises NotFoundError."""
    if not lock(session, Refund, refund_id):
        raise NotFoundError("refund.unknown", f"There is no refund {refund_id}.")
    return session.get_one(Refund, refund_id, populate_existing=True)


def lock_order(session: Session, order_id: str) -> Order:
    """The order, locked: nobody else can intend a refund of it before we commit. Raises NotFoundError."""
    if not lock(session, Order, order_id):
        raise NotFoundError("order.unknown", f"There is no order {order_id}.")
    return session.get_one(Order, order_id, populate_existing=True)


def of_case(session: Session, case_id: str) -> list[Refund]:
    return list(session.scalars(sa.select(Refund).where(Refund.case_id == case_id).order_by(Refund.ordinal)))


def committed_minor(session: Session, order_id: str) -> int:
    """What of this order was paid back or is on its way, over all cases."""
    query = sa.select(sa.func.coalesce(sa.func.sum(Refund.amount_minor), 0)).where(
        Refund.order_id == order_id, Refund.status.in_(_COUNTED)
    )
    return int(session.execute(query).scalar_one())


def committed_of_case(session: Session, case_id: str) -> int:
    """What of this case was paid back or is on its way."""
    query = sa.select(sa.func.coalesce(sa.func.sum(Refund.amount_minor), 0)).where(
        Refund.case_id == case_id, Refund.status.in_(_COUNTED)
    )
    return int(session.execute(query).scalar_one())


def payments(session: Session, order_id: str) -> list[Payment]:
    """The payments of an order that was paid in several, newest first."""
    query = sa.select(Payment).where(Payment.order_id == order_id)
    return list(session.scalars(query.order_by(Payment.paid_at.desc(), Payment.id.desc())))


def taken_by_reference(session: Session, order_id: str) -> dict[str, int]:
    """What was paid back, or is on its way, by the payment it came from."""
    query = (
        sa.select(Refund.payment_reference, sa.func.sum(Refund.amount_minor))
        .where(Refund.order_id == order_id, Refund.status.in_(_COUNTED))
        .group_by(Refund.payment_reference)
    )
    return {reference: int(minor) for reference, minor in session.execute(query)}


def held(session: Session, order_id: str, reasons: tuple[str, ...]) -> list[Refund]:
    """Refunds of an order that wait for one of these reasons to end, oldest first."""
    query = sa.select(Refund).where(
        Refund.order_id == order_id, Refund.status.in_(("created", "sent")), Refund.failure.in_(reasons)
    )
    return list(session.scalars(query.order_by(Refund.created_at, Refund.id)))


def next_ordinal(session: Session, case_id: str) -> int:
    query = sa.select(sa.func.coalesce(sa.func.max(Refund.ordinal), 0)).where(Refund.case_id == case_id)
    return int(session.execute(query).scalar_one()) + 1


def add(session: Session, refund: Refund) -> None:
    session.add(refund)
    session.flush()


def unanswered(
    session: Session,
    *,
    created_before: datetime,
    sent_before: datetime,
    methods: tuple[RefundMethod, ...],
    limit: int,
) -> list[str]:
    """Ids of refunds that nobody seems to work on, oldest first. Those a person has to look at are left out."""
    query = (
        sa.select(Refund.id)
        .where(
            Refund.failure.is_(None),
            Refund.method.in_(methods),
            sa.or_(
                sa.and_(Refund.status == "created", Refund.created_at < created_before),
                sa.and_(Refund.status == "sent", Refund.last_sent_at < sent_before),
            ),
        )
        .order_by(Refund.created_at)
        .limit(limit)
    )
    return list(session.scalars(query))
