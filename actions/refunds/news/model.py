"""What happened at the payment service without us asking for it."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from common.database import Base, Json, UtcDateTime

ChargebackStatus = Literal["open", "won", "lost"]
OutsideStatus = Literal["asked", "this_case", "another", "known", "void"]


class PaymentEvent(Base):
    """One event as the payment service sent it. `outcome` is applied, unchanged, contradiction, ignored or unknown."""

    __tablename__ = "rd_payment_event"

    id: Mapped[int] = mapped_column(sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True)
    event_id: Mapped[str] = mapped_column(sa.String(200), unique=True)
    type: Mapped[str] = mapped_column(sa.String(64))
    payload: Mapped[dict[str, Any]] = mapped_column(Json)
    outcome: Mapped[str] = mapped_column(sa.String(16))
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)


class OutsideRefund(Base):
    """A refund that somebody made at the payment service without Retour.

    `asked`: the merchant is asked what it was for, and until then it counts against the order. `this_case`: it paid a
    case, and the refund row with its `gateway_id` counts. `another`: it was for something else and counts. `known`: the
    shop system's own figure of the order holds it already. `void`: the payment service says that it failed.
    """

    __tablename__ = "rd_outside_refund"

    id: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    gateway_id: Mapped[str] = mapped_column(sa.String(128), unique=True)
    order_id: Mapped[str] = mapped_column(sa.String(40), index=True)
    payment_reference: Mapped[str] = mapped_column(sa.String(128))
    amount_minor: Mapped[int] = mapped_column(sa.BigInteger)
    currency: Mapped[str] = mapped_column(sa.String(3))
    status: Mapped[OutsideStatus] = mapped_column(sa.String(12), index=True)
    case_id: Mapped[str | None] = mapped_column(sa.ForeignKey("rd_case.id"))
    found_at: Mapped[datetime] = mapped_column(UtcDateTime)
    answered_by: Mapped[str | None] = mapped_column(sa.String(64))
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Chargeback(Base):
    """The shopper's bank takes a payment back. `open`: the bank decides; `won`: the merchant keeps the money; `lost`:
    the shopper has it. A status only moves in that order, so that late and repeated news change nothing."""

    __tablename__ = "rd_chargeback"

    id: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    external_id: Mapped[str] = mapped_column(sa.String(128), unique=True)
    order_id: Mapped[str] = mapped_column(sa.String(40), index=True)
    payment_reference: Mapped[str] = mapped_column(sa.String(128))
    amount_minor: Mapped[int] = mapped_column(sa.BigInteger)
    fee_minor: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    currency: Mapped[str] = mapped_column(sa.String(3))
    reason: Mapped[str] = mapped_column(sa.String(120))
    status: Mapped[ChargebackStatus] = mapped_column(sa.String(8), index=True)
    evidence_due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
