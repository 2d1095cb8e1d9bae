"""A refund is a row with its own life: committed before any gateway is called, settled afterwards."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from common.database import Base, UtcDateTime

RefundStatus = Literal["created", "sent", "succeeded", "failed"]
RefundMethod = Literal["original_payment", "store_credit"]


class Payment(Base):
    """One of several payments of an order, such as a gift card and a card. An order that was paid at once has none:
    its own `payment_reference` says it all."""

    __tablename__ = "rd_order_payment"

    id: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    order_id: Mapped[str] = mapped_column(sa.String(40), index=True)
    reference: Mapped[str] = mapped_column(sa.String(128), index=True)
    method: Mapped[str] = mapped_column(sa.String(64))
    amount_minor: Mapped[int] = mapped_column(sa.BigInteger)
    currency: Mapped[str] = mapped_column(sa.String(3))
    paid_at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (
        sa.UniqueConstraint("order_id", "reference"),
        sa.CheckConstraint("amount_minor > 0", name="payment_is_positive"),
    )


class Refund(Base):
    """Money on its way to one shopper for one case.

    `created`: decided, nothing asked yet. `sent`: asked, the answer is not known. `succeeded`/`failed`: final.
    `idempotency_key` is fixed before the first attempt and never changes.
    """

    __tablename__ = "rd_refund"

    id: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    case_id: Mapped[str] = mapped_column(sa.ForeignKey("rd_case.id"), index=True)
    order_id: Mapped[str] = mapped_column(sa.String(40), index=True)
    ordinal: Mapped[int]
    amount_minor: Mapped[int] = mapped_column(sa.BigInteger)
    currency: Mapped[str] = mapped_column(sa.String(3))
    method: Mapped[RefundMethod] = mapped_column(sa.String(20))
    status: Mapped[RefundStatus] = mapped_column(sa.String(12), index=True)
    idempotency_key: Mapped[str] = mapped_column(sa.String(80), unique=True)
    payment_reference: Mapped[str] = mapped_column(sa.String(128))
    gateway_id: Mapped[str | None] = mapped_column(sa.String(128))
    attempts: Mapped[int] = mapped_column(default=0)
    failure: Mapped[str | None] = mapped_column(sa.String(300))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    first_sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (
        sa.UniqueConstraint("case_id", "ordinal"),
        sa.CheckConstraint("amount_minor > 0", name="amount_is_positive"),
    )
