"""WooCommerce's orders as its three widespread export plug-ins write them; WooCommerce itself has no order export that
names lines and buyers.

* Customer / Order / Coupon Export, "one row per item" (`order_number`, `item_sku`, `item_quantity`, `item_total`, ...)
* Advanced Order Export (`Order Number`, `Item Name`, `Quantity`, `Item Cost`, `Order Total Amount`, ...)
* Order Export & Order Import, one row an order (`order_number`, `line_item_1` = `name:...|sku:...|quantity:...`, ...)

All amounts of items and shipping are before tax, the order's total is after it: what is on top is shared out. Fees are
counted with shipping. Times have no zone and are taken as UTC.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from actions.orders.imports import record
from actions.orders.imports.grouping import orders
from actions.orders.imports.record import Defaults, ImportedOrder, PricedLine, Problem, Row, RowError

_NUMBER = ("order_number_formatted", "order_number", "order number", "order_id", "order id")
_TOTAL = ("order_total", "order total amount")
_PLACED = ("date", "order_date", "order date")
_ITEM = ("item_name", "item name", "name", "product name")
_QUANTITY = ("item_quantity", "quantity", "quantity (- refund)")
_COMPLETED = ("completed_date", "date_completed", "completed date")
_PACKED = re.compile(r"line_item_(\d+)|product item (\d+) name")
_PACKED_KEYS = frozenset(
    {"id", "name", "product_id", "sku", "quantity", "total", "sub_total", "subtotal", "tax", "total_tax", "tax_data"}
)
_NOT_PAID = frozenset({"cancelled", "failed"})


def matches(names: list[str]) -> bool:
    """Whether this header is one of the three, complete or not."""
    packed = any(_PACKED.fullmatch(name) for name in names)
    return any(name in names for name in _NUMBER) and (packed or any(name in names for name in (*_TOTAL, *_ITEM)))


def missing(names: list[str]) -> list[str]:
    """The columns without which no order can be read."""
    needed = [_NUMBER, _PLACED, _TOTAL]
    if not any(_PACKED.fullmatch(name) for name in names):
        needed += [_ITEM, _QUANTITY]
    return [" or ".join(choices) for choices in needed if not any(name in names for name in choices)]


def read(rows: Iterator[Row | Problem], defaults: Defaults) -> Iterator[ImportedOrder | Problem]:
    """The orders of the file, and what is wrong with it."""
    return orders(rows, lambda row: row.get(*_NUMBER), lambda group: _order(group, defaults), blank_continues=True)


def _order(rows: list[Row], defaults: Defaults) -> ImportedOrder:
    first = rows[0]
    currency = record.read_currency(first, defaults.currency, "order_currency", "currency", "order currency")
    placed_at = record.read_time(first, *_PLACED)
    if placed_at is None:
        raise RowError(first.line, "the order's date is empty")
    if not first.get(*_TOTAL):
        raise RowError(first.line, "the order's total is empty")
    total = record.read_money(first, currency, *_TOTAL)
    shipping = record.read_money(first, currency, "shipping_total", "order shipping amount")
    for column in ("shipping_tax_total", "fee_total", "fee_tax_total", "order shipping tax amount"):
        shipping += record.read_money(first, currency, column)
    lines = _packed_lines(first) or [_line(row) for row in rows]
    status = first.get("status", "order_status", "order status").casefold().removeprefix("wc-")
    fulfilled_at = record.read_time(first, *_COMPLETED)
    if fulfilled_at is None and status == "completed":
        # Sent, but the export does not say when; not before it was ordered.
        fulfilled_at = placed_at
    refunded = record.read_money(first, currency, "refunded_total", "order refund amount")
    return ImportedOrder(
        line=first.line,
        number=first.get(*_NUMBER)[:64],
        email=record.read_email(first, "billing_email", "customer_email", "email (billing)"),
        phone=record.clipped(first.get("billing_phone", "phone (billing)", "shipping_phone"), 32),
        currency=currency,
        country=record.read_country(
            first, defaults.country,
            "shipping_country", "country code (shipping)", "billing_country", "country code (billing)",
        ),
        placed_at=placed_at,
        fulfilled_at=fulfilled_at,
        cancelled_at=placed_at if status in _NOT_PAID else None,
        shipping_minor=shipping.minor_units,
        total_minor=total.minor_units,
        refunded_minor=total.minor_units if status == "refunded" else abs(refunded.minor_units),
        financial_status=record.clipped(status, 32),
        payment_method=record.clipped(first.get("payment_method", "payment_method_title", "payment method title"), 64),
        payment_reference=record.clipped(first.get("transaction_id", "transaction id"), 128),
        external_id=record.clipped(first.get("order_id", "order id"), 64),
        lines=record.share_out(first.line, total, shipping, lines),
    )  # fmt: skip


def _line(row: Row) -> PricedLine:
    name = row.get(*_ITEM)
    if not name:
        raise RowError(row.line, "the item's name is empty")
    quantity = record.read_quantity(row, *_QUANTITY)
    if row.get("item_total", "order line total"):
        weight = record.read_weight(row, "item_total", "order line total") + record.read_weight(row, "item_total_tax")
    else:
        weight = record.read_weight(row, "item cost", "item_price", "item_cost") * quantity
    if weight < 0:
        raise RowError(row.line, "the line costs less than nothing")
    return PricedLine(row.get("item_sku", "sku")[:128], name[:300], quantity, weight)


def _packed_lines(row: Row) -> list[PricedLine]:
    """All lines of an order that is one row."""
    lines = []
    for column in row.cells:
        found = _PACKED.fullmatch(column)
        if found is None or not row.get(column):
            continue
        if found[1]:
            cells = _unpacked(row.get(column))
        elif f"line_item_{found[2]}" in row.cells:
            # The same line a second time, in cells of its own.
            continue
        else:
            base = f"product item {found[2]} "
            cells = {key: row.get(base + key) for key in ("name", "sku", "quantity", "total")}
        lines.append(_packed_line(Row(row.line, cells)))
    return lines


def _packed_line(row: Row) -> PricedLine:
    if not row.get("name"):
        raise RowError(row.line, "a line item has no name")
    quantity = record.read_quantity(row, "quantity")
    weight = record.read_weight(row, "total") + record.read_weight(row, "total_tax", "tax")
    if weight < 0:
        raise RowError(row.line, "a line item costs less than nothing")
    return PricedLine(row.get("sku")[:128], row.get("name")[:300], quantity, weight)


def _unpacked(text: str) -> dict[str, str]:
    """`name:Mug|sku:M-1|quantity:2` as cells; a bar inside a name belongs to the name."""
    cells: dict[str, str] = {}
    last = ""
    for part in text.split("|"):
        key, colon, value = part.partition(":")
        if colon and key.strip().casefold() in _PACKED_KEYS:
            last = key.strip().casefold()
            cells[last] = value
        elif last == "name":
            cells[last] += f"|{part}"
    return cells
