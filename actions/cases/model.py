"""A case: one request of one shopper about lines of one order, from first word to money back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, get_args

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from actions.policy.model import LegalBasis, Outcome, Reason
from common.database import Base, Json, UtcDateTime

Status = Literal[
    "collecting",
    "awaiting_review",
    "awaiting_supplier",
    "awaiting_parcel",
    "in_transit",
    "received",
    "inspected",
    "refunding",
    "refunded",
    "replaced",
    "refused",
    "cancelled",
    "expired",
]
STATUSES: tuple[Status, ...] = get_args(Status)


class Case(Base):
    """`key` makes opening idempotent. Only `transitions.transition` writes `status`.

    `decision` is what the policy said (outcome, proposed_outcome, rules, ...), kept as it was at the time; `resolution`
    is the outcome that is carried out, which a person may have changed. `version` refuses a write over a newer one.
    """

    __tablename__ = "rd_case"

    id: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    reference: Mapped[str] = mapped_column(sa.String(16), unique=True)
    key: Mapped[str] = mapped_column(sa.String(200), unique=True)
    shop: Mapped[str] = mapped_column(sa.String(64))
    order_id: Mapped[str] = mapped_column(sa.String(40), index=True)
    order_number: Mapped[str] = mapped_column(sa.String(64), index=True)
    customer_email: Mapped[str] = mapped_column(sa.String(254), index=True)
    channel: Mapped[str] = mapped_column(sa.String(16))
    conversation_id: Mapped[str] = mapped_column(sa.ForeignKey("rd_conversation.id"), index=True)
    language: Mapped[str] = mapped_column(sa.String(2))
    status: Mapped[Status] = mapped_column(sa.String(20))
    reason: Mapped[Reason] = mapped_column(sa.String(20))
    description: Mapped[str] = mapped_column(sa.Text)
    desired_outcome: Mapped[Outcome | None] = mapped_column(sa.String(24))
    legal_basis: Mapped[LegalBasis | None] = mapped_column(sa.String(40))
    resolution: Mapped[Outcome | None] = mapped_column(sa.String(24))
    opened: Mapped[bool | None] = mapped_column()
    currency: Mapped[str] = mapped_column(sa.String(3))
    claim_minor: Mapped[int] = mapped_column(sa.BigInteger)
    refund_minor: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    decision: Mapped[dict[str, Any] | None] = mapped_column(Json)
    parcel: Mapped[dict[str, Any] | None] = mapped_column(Json)
    return_by: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    version: Mapped[int] = mapped_column()

    lines: Mapped[list[CaseLine]] = relationship(order_by="CaseLine.position", lazy="selectin")
    journal: Mapped[list[JournalEntry]] = relationship(order_by="JournalEntry.id", lazy="select")

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy reads it
    __table_args__ = (
        sa.Index("ix_rd_case_status_created", "status", "created_at", "id"),
        sa.Index("ix_rd_case_created", "created_at", "id"),
    )


class CaseLine(Base):
    """Part of an order line that the case is about; name and price are copied so that the case stays readable."""

    __tablename__ = "rd_case_line"

    id: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    case_id: Mapped[str] = mapped_column(sa.ForeignKey("rd_case.id"), index=True)
    order_line_id: Mapped[str] = mapped_column(sa.String(40), index=True)
    position: Mapped[int]
    sku: Mapped[str] = mapped_column(sa.String(64))
    name: Mapped[str] = mapped_column(sa.String(300))
    quantity: Mapped[int]
    unit_price_minor: Mapped[int] = mapped_column(sa.BigInteger)
    paid_minor: Mapped[int] = mapped_column(sa.BigInteger)
    reason: Mapped[str] = mapped_column(sa.String(20))


class JournalEntry(Base):
    """One line of a case's history; written once and never changed. `from_status` = `to_status` for a note."""

    __tablename__ = "rd_case_journal"

    id: Mapped[int] = mapped_column(sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True)
    case_id: Mapped[str] = mapped_column(sa.ForeignKey("rd_case.id"), index=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    from_status: Mapped[str | None] = mapped_column(sa.String(20))
    to_status: Mapped[str] = mapped_column(sa.String(20))
    by: Mapped[str] = mapped_column(sa.String(64))
    why: Mapped[str] = mapped_column(sa.String(500))


@dataclass(frozen=True)
class DraftLine:
    """How many pieces of which order line."""

    order_line_id: str
    quantity: int


@dataclass(frozen=True)
class CaseDraft:
    """What the dialogue collected. `desired_outcome` is an Outcome the shopper wished for, or None; `opened` whether a
    seal was broken, where that was asked."""

    conversation_id: str
    channel: str
    language: str
    order_id: str
    lines: tuple[DraftLine, ...]
    reason: Reason
    description: str = ""
    photo_ids: tuple[str, ...] = ()
    desired_outcome: Outcome | None = None
    opened: bool | None = None


@dataclass(frozen=True)
class CaseFilter:
    """Which cases to list; None and empty mean any. `text` looks into reference, order number and e-mail."""

    status: str | None = None
    order_number: str | None = None
    conversation_id: str | None = None
    reason: str | None = None
    text: str = ""


@dataclass(frozen=True)
class CasePage:
    """One page, newest first. `next_cursor` is None on the last page."""

    cases: list[Case]
    next_cursor: str | None
