"""An order and its lines, as sold and paid. Money is in minor units of the order's currency."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine.default import DefaultExecutionContext
from sqlalchemy.orm import Mapped, mapped_column, relationship

from common.database import Base, Json, UtcDateTime
from common.money import Money

# Words of Shopify (pending, authorized, voided, expired) and of WooCommerce (the rest).
_UNPAID = frozenset(
    {"pending", "authorized", "voided", "expired", "unpaid", "pending payment", "on-hold", "on hold", "failed"}
)
# Not "no": a shop may well number its orders NO-1042.
_DECORATION = re.compile(r"^(?:n[°º]|№|#)+|[\u200b\u200e\u200f\ufeff]", re.IGNORECASE)


def number_key(number: str) -> str:
    """The order number without what people add or leave out: `# 1042 `, `n°1042` and `1042` are one number."""
    bare = _DECORATION.sub("", "".join(number.split()))
    return unicodedata.normalize("NFKC", bare).casefold()


def _key_of_number(context: DefaultExecutionContext) -> str:
    return number_key(context.get_current_parameters()["number"])  # type: ignore[no-untyped-call]


def _full_price(context: DefaultExecutionContext) -> int:
    values = context.get_current_parameters()  # type: ignore[no-untyped-call]
    return int(values["unit_paid_minor"]) * int(values["quantity"])


class Order(Base):
    """One order of one shop. `tracking` is `{"carrier","number","status","last_event_at"}` or None.

    `shipping_minor` is what was paid for standard outbound shipping, tax included; the lines' `paid_minor` and it add
    up to `total_minor`. `content_digest` is that of the imported record, which tells whether a file changed the order.
    """

    __tablename__ = "rd_order"

    id: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    shop: Mapped[str] = mapped_column(sa.String(64))
    number: Mapped[str] = mapped_column(sa.String(64))
    number_key: Mapped[str] = mapped_column(sa.String(64), default=_key_of_number, index=True)
    email: Mapped[str | None] = mapped_column(sa.String(254))
    phone: Mapped[str | None] = mapped_column(sa.String(32))
    currency: Mapped[str] = mapped_column(sa.String(3))
    placed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    fulfilled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    delivered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    cancelled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    country: Mapped[str] = mapped_column(sa.String(2))
    language: Mapped[str | None] = mapped_column(sa.String(2))
    shipping_minor: Mapped[int] = mapped_column(default=0)
    total_minor: Mapped[int]
    refunded_minor: Mapped[int] = mapped_column(default=0)
    financial_status: Mapped[str | None] = mapped_column(sa.String(32))
    payment_method: Mapped[str | None] = mapped_column(sa.String(64))
    payment_reference: Mapped[str | None] = mapped_column(sa.String(128))
    tracking: Mapped[dict[str, Any] | None] = mapped_column(Json)
    external_id: Mapped[str | None] = mapped_column(sa.String(64))
    content_digest: Mapped[str | None] = mapped_column(sa.String(64))

    lines: Mapped[list[OrderLine]] = relationship(
        lazy="selectin", order_by="OrderLine.position", cascade="all, delete-orphan"
    )

    __table_args__ = (
        sa.UniqueConstraint("shop", "number_key"),
        sa.Index("ix_rd_order_email", sa.text("lower(email)")),
    )

    @property
    def unpaid(self) -> bool:
        """Whether the shop system says that no money has come in; silence is taken for paid."""
        return (self.financial_status or "").casefold() in _UNPAID


class OrderLine(Base):
    """One line of an order.

    `paid_minor` is what was paid for the whole line: discounts off, tax included; `unit_paid_minor` is that per piece,
    rounded down. A line that the shop took out of the order later stays with quantity 0. Use `paid_for` for refunds:
    its parts add up to `paid_minor` exactly.
    """

    __tablename__ = "rd_order_line"

    id: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    order_id: Mapped[str] = mapped_column(sa.ForeignKey("rd_order.id", ondelete="CASCADE"), index=True)
    position: Mapped[int] = mapped_column(default=0)
    sku: Mapped[str] = mapped_column(sa.String(128))
    name: Mapped[str] = mapped_column(sa.String(300))
    quantity: Mapped[int]
    unit_paid_minor: Mapped[int]
    paid_minor: Mapped[int] = mapped_column(default=_full_price)
    supplier_id: Mapped[str | None] = mapped_column(sa.String(64))
    wholesale_minor: Mapped[int | None]
    category: Mapped[str | None] = mapped_column(sa.String(64))
    tags: Mapped[list[str]] = mapped_column(Json, default=list)

    def paid_for(self, quantity: int, *, already: int = 0) -> int:
        """What was paid for `quantity` pieces after `already` others were claimed, to the cent and never too much."""
        if quantity < 0 or already < 0 or already + quantity > self.quantity:
            raise ValueError(f"line {self.id} has {self.quantity} pieces, not {already} + {quantity}")
        if quantity == 0:
            return 0
        return self.paid_minor * (already + quantity) // self.quantity - self.paid_minor * already // self.quantity

    def paid(self, currency: str) -> Money:
        """What was paid for the whole line."""
        return Money(self.paid_minor, currency)


class OrderReader(Base):
    """A conversation, on any channel, and the order proven in it last, whose cases can be followed there."""

    __tablename__ = "rd_order_reader"

    conversation_id: Mapped[str] = mapped_column(sa.ForeignKey("rd_conversation.id"), primary_key=True)
    order_id: Mapped[str] = mapped_column(sa.ForeignKey("rd_order.id"), index=True)
    since: Mapped[datetime] = mapped_column(UtcDateTime)


class LookupAttempt(Base):
    """A failed try to name an order, kept for as long as it counts against the next one."""

    __tablename__ = "rd_lookup_attempt"

    id: Mapped[int] = mapped_column(sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True)
    limiter_key: Mapped[str] = mapped_column(sa.String(128), index=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)


@dataclass(frozen=True)
class Proof:
    """What a shopper knows or has besides the number.

    `email` is typed in the conversation; the others come from a channel or a shop that has checked them (a signed
    session, a WhatsApp number). `verified_order` is the number of an order that was signed to be this shopper's.
    """

    email: str | None = None
    verified_email: str | None = None
    verified_phone: str | None = None
    verified_order: str | None = None


@dataclass(frozen=True)
class FoundOrder:
    """The order, shown only to who proved that it is theirs."""

    order: Order


@dataclass(frozen=True)
class NotFound:
    """No order has this number together with this proof; which of the two is wrong stays unsaid."""


@dataclass(frozen=True)
class ReturnableLine:
    """A line and how many of its pieces are not in a case yet."""

    line: OrderLine
    quantity: int
    claimed: int
