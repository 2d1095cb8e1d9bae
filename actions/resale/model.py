"""What was found in a parcel that came to the shop, and what has gone out of it again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from common.database import Base, UtcDateTime

Condition = Literal["as_new", "used", "damaged", "incomplete", "other_item", "other"]
Disposition = Literal["resell", "donate", "scrap", "return_to_supplier"]
CONDITIONS: tuple[Condition, ...] = get_args(Condition)
DISPOSITIONS: tuple[Disposition, ...] = get_args(Disposition)

# What usually becomes of goods in that condition.
USUAL: dict[Condition, Disposition] = {
    "as_new": "resell",
    "used": "donate",
    "damaged": "scrap",
    "incomplete": "scrap",
    "other_item": "return_to_supplier",
    "other": "scrap",
}


class ReturnedItem(Base):
    """One line of a case as it came back. `left` counts the pieces that are on the shelf and can be sold."""

    __tablename__ = "rd_returned_item"

    id: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    case_id: Mapped[str] = mapped_column(sa.String(40), index=True)
    case_line_id: Mapped[str] = mapped_column(sa.String(40), unique=True)
    sku: Mapped[str] = mapped_column(sa.String(128))
    name: Mapped[str] = mapped_column(sa.String(300))
    quantity: Mapped[int]
    condition: Mapped[Condition] = mapped_column(sa.String(20))
    disposition: Mapped[Disposition] = mapped_column(sa.String(20))
    note: Mapped[str] = mapped_column(sa.String(300), default="")
    by: Mapped[str] = mapped_column(sa.String(64))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    left: Mapped[int]

    __table_args__ = (
        sa.Index("ix_rd_returned_item_shelf", "sku", "left"),
        sa.CheckConstraint('"left" >= 0 AND "left" <= quantity', name="left_is_there"),
    )


class ShelfUse(Base):
    """Pieces of a returned item that went out with another order."""

    __tablename__ = "rd_shelf_use"

    id: Mapped[int] = mapped_column(sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True)
    item_id: Mapped[str] = mapped_column(sa.ForeignKey("rd_returned_item.id"), index=True)
    order_line_id: Mapped[str] = mapped_column(sa.String(40), index=True)
    quantity: Mapped[int]
    by: Mapped[str] = mapped_column(sa.String(64))
    at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (sa.UniqueConstraint("item_id", "order_line_id"),)


@dataclass(frozen=True)
class Found:
    """What was found for one line of a case. No `disposition` means the usual one for the condition."""

    case_line_id: str
    condition: Condition
    disposition: Disposition | None = None
    note: str = ""


@dataclass(frozen=True)
class ShelfOffer:
    """An open order that could be served from the shelf instead of the supplier."""

    item_id: str
    order_line_id: str
    order_number: str
    sku: str
    name: str
    quantity: int
    saved_minor: int | None
    currency: str
