"""Shopify's own order export (Admin > Orders > Export).

An order has one row a line item; only its first row carries the order's own cells. `Lineitem price` is the price of one
piece before discounts. `Total` is what was paid; whether taxes are inside the prices or on top is not said anywhere and
follows from the sums. https://help.shopify.com/en/manual/fulfillment/managing-orders/exporting-orders
"""

from __future__ import annotations

from collections.abc import Iterator

from actions.orders.imports import record
from actions.orders.imports.grouping import orders
from actions.orders.imports.record import Defaults, ImportedOrder, PricedLine, Problem, Row, RowError
from common.money import Money

REQUIRED = ("name", "created at", "currency", "total", "lineitem quantity", "lineitem name", "lineitem price")


def matches(names: list[str]) -> bool:
    """Whether this header is Shopify's, complete or not."""
    return "name" in names and any(name.startswith("lineitem ") for name in names)


def read(rows: Iterator[Row | Problem], defaults: Defaults) -> Iterator[ImportedOrder | Problem]:
    """The orders of the file, and what is wrong with it."""
    return orders(rows, lambda row: row.get("name"), lambda group: _order(group, defaults), blank_continues=False)


def _order(rows: list[Row], defaults: Defaults) -> ImportedOrder:
    first = rows[0]
    currency = record.read_currency(first, defaults.currency, "currency")
    placed_at = record.read_time(first, "created at", "paid at")
    if placed_at is None:
        raise RowError(first.line, "Created at is empty; the order's first row is missing")
    if not first.get("total"):
        raise RowError(first.line, "Total is empty; the order's first row is missing")
    total = record.read_money(first, currency, "total")
    lines = [_line(row) for row in rows]
    shipping = _shipping(first, currency, total)
    fulfilled_at = record.read_time(first, "fulfilled at")
    if fulfilled_at is None and first.get("fulfillment status").casefold() == "fulfilled":
        # Sent, but the export does not say when; not before it was ordered.
        fulfilled_at = placed_at
    return ImportedOrder(
        line=first.line,
        number=first.get("name")[:64],
        email=record.read_email(first, "email"),
        phone=record.clipped(first.get("phone", "shipping phone", "billing phone"), 32),
        currency=currency,
        country=record.read_country(first, defaults.country, "shipping country", "billing country"),
        placed_at=placed_at,
        fulfilled_at=fulfilled_at,
        cancelled_at=record.read_time(first, "cancelled at"),
        shipping_minor=shipping.minor_units,
        total_minor=total.minor_units,
        refunded_minor=record.read_money(first, currency, "refunded amount").minor_units,
        financial_status=record.clipped(first.get("financial status"), 32),
        payment_method=record.clipped(first.get("payment method"), 64),
        payment_reference=record.clipped(first.get("payment reference", "payment id"), 128),
        external_id=record.clipped(first.get("id"), 64),
        lines=record.share_out(first.line, total, shipping, lines),
    )


def _line(row: Row) -> PricedLine:
    name = row.get("lineitem name")
    if not name:
        raise RowError(row.line, "Lineitem name is empty")
    if not row.get("lineitem price"):
        raise RowError(row.line, "Lineitem price is empty")
    quantity = record.read_quantity(row, "lineitem quantity")
    weight = record.read_weight(row, "lineitem price") * quantity - record.read_weight(row, "lineitem discount")
    if weight < 0:
        raise RowError(row.line, "the line costs less than nothing")
    return PricedLine(row.get("lineitem sku")[:128], name[:300], quantity, weight, row.get("vendor"))


def _shipping(row: Row, currency: str, total: Money) -> Money:
    """What was paid for shipping, after a look at whether the sums can be right at all."""
    shipping = record.read_money(row, currency, "shipping")
    if total.minor_units < 0 or shipping.minor_units < 0:
        raise RowError(row.line, "an amount is below zero")
    if not row.get("subtotal"):
        return shipping
    subtotal = record.read_money(row, currency, "subtotal")
    extra = record.read_money(row, currency, "taxes") + record.read_money(row, currency, "duties")
    if total in (subtotal, subtotal + extra):
        # A code for free shipping: the export shows the price that nobody paid.
        return Money.zero(currency)
    if not subtotal + shipping <= total <= subtotal + shipping + extra:
        raise RowError(
            row.line,
            f"the sums do not add up: subtotal {subtotal.decimal()}, shipping {shipping.decimal()}, "
            f"taxes and duties {extra.decimal()}, total {total.decimal()}",
        )
    return shipping
