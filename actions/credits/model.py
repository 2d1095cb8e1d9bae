"""A credit note in a shopper's hands, and what was bought with it."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from common.database import Base, UtcDateTime


class StoreCredit(Base):
    """One code. `refund_id` is unique: a refund hands out one credit, however often it runs."""

    __tablename__ = "rd_store_credit"

    id: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    code: Mapped[str] = mapped_column(sa.String(40), unique=True)
    refund_id: Mapped[str] = mapped_column(sa.ForeignKey("rd_refund.id"), unique=True)
    case_id: Mapped[str] = mapped_column(sa.ForeignKey("rd_case.id"), index=True)
    currency: Mapped[str] = mapped_column(sa.String(3))
    amount_minor: Mapped[int] = mapped_column(sa.BigInteger)
    balance_minor: Mapped[int] = mapped_column(sa.BigInteger)
    issued_at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (
        sa.CheckConstraint("amount_minor > 0", name="credit_is_positive"),
        sa.CheckConstraint("balance_minor >= 0 AND balance_minor <= amount_minor", name="balance_within_credit"),
    )


class StoreCreditUse(Base):
    """One purchase paid with a code. `reference` names it (an order number) and makes recording it twice impossible."""

    __tablename__ = "rd_store_credit_use"

    id: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    credit_id: Mapped[str] = mapped_column(sa.ForeignKey("rd_store_credit.id"), index=True)
    reference: Mapped[str] = mapped_column(sa.String(64))
    amount_minor: Mapped[int] = mapped_column(sa.BigInteger)
    by: Mapped[str] = mapped_column(sa.String(64))
    at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (
        sa.UniqueConstraint("credit_id", "reference"),
        sa.CheckConstraint("amount_minor > 0", name="use_is_positive"),
    )
