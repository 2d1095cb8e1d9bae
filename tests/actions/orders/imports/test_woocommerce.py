"""WooCommerce's three widespread exports."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from actions.orders.imports import woocommerce
from actions.orders.imports.record import Defaults, ImportedOrder, Problem, Row

PER_ITEM = {
    "order_id": "77", "order_number": "1077", "order_number_formatted": "W-1077", "date": "2026-05-14 11:23:45",
    "status": "completed", "shipping_total": "4.08", "shipping_tax_total": "0.82", "tax_total": "4.14",
    "order_total": "29.70", "order_currency": "EUR", "payment_method": "stripe", "billing_email": "lou@example.com",
    "billing_phone": "0612345678", "billing_country": "FR", "item_name": "Blue mug", "item_sku": "MUG",
    "item_quantity": "2", "item_total": "16.5289", "item_total_tax": "3.4711",
}  # fmt: skip
PER_ITEM_2 = {
    **PER_ITEM,
    "item_name": "Bag",
    "item_sku": "BAG",
    "item_quantity": "1",
    "item_total": "4",
    "item_total_tax": "0.8",
}
LABELLED = {
    "order number": "1078", "order status": "Completed", "order date": "2026-05-14 11:23",
    "email (billing)": "lou@example.com", "phone (billing)": "", "country code (billing)": "FR",
    "country code (shipping)": "BE", "payment method title": "Card", "order shipping amount": "4.90",
    "order refund amount": "0.00", "order total amount": "24.70", "order total tax amount": "3.30",
    "sku": "MUG", "item #": "1", "item name": "Blue mug", "quantity": "2", "item cost": "9.90",
}  # fmt: skip
PACKED = {
    "order_id": "79", "order_number": "1079", "order_date": "09/06/2026 6:29:00", "paid_date": "",
    "status": "wc-processing",
    "shipping_total": "4.90", "shipping_tax_total": "0", "fee_total": "1.00", "fee_tax_total": "0",
    "order_total": "35.70", "order_currency": "EUR", "customer_email": "lou@example.com", "shipping_country": "FR",
    "line_item_1": "name:Mug | blue|product_id:1|sku:MUG|quantity:2|total:19.80|sub_total:19.80",
    "line_item_2": "name:Bag: canvas|product_id:2|sku:BAG|quantity:1|total:10.00|sub_total:10.00",
    "line_item_3": "", "product item 1 name": "Mug", "product item 1 quantity": "2", "product item 1 total": "19.80",
}  # fmt: skip


def read(*rows: dict[str, str], defaults: Defaults | None = None) -> list[ImportedOrder | Problem]:
    numbered = iter([Row(line, cells) for line, cells in enumerate(rows, start=2)])
    return list(woocommerce.read(numbered, defaults or Defaults()))


def one(*rows: dict[str, str], defaults: Defaults | None = None) -> ImportedOrder:
    (order,) = read(*rows, defaults=defaults)
    assert isinstance(order, ImportedOrder), order
    return order


def test_one_row_per_item() -> None:
    order = one(PER_ITEM, PER_ITEM_2)
    assert (order.number, order.external_id, order.email) == ("W-1077", "77", "lou@example.com")
    assert [(line.sku, line.quantity, line.paid_minor) for line in order.lines] == [("MUG", 2, 2000), ("BAG", 1, 480)]
    assert (order.shipping_minor, order.total_minor) == (490, 2970)
    assert order.fulfilled_at == order.placed_at == datetime(2026, 5, 14, 11, 23, 45, tzinfo=UTC)


def test_labelled_columns_without_a_currency_take_the_shops() -> None:
    order = one(LABELLED, defaults=Defaults(currency="EUR"))
    assert (order.country, order.currency, order.total_minor) == ("BE", "EUR", 2470)
    assert [(line.sku, line.paid_minor) for line in order.lines] == [("MUG", 1980)]
    assert str(read(LABELLED)[0]) == "line 2: order 1078: the currency is '', not three letters such as EUR"


def test_a_row_without_a_number_continues_the_order_above() -> None:
    second = {**dict.fromkeys(LABELLED, ""), "item name": "Bag", "sku": "BAG", "quantity": "1", "item cost": "10"}
    order = one({**LABELLED, "order total amount": "34.70"}, second, defaults=Defaults(currency="EUR"))
    assert [(line.sku, line.paid_minor) for line in order.lines] == [("MUG", 1980), ("BAG", 1000)]


def test_lines_packed_into_one_row() -> None:
    order = one(PACKED)
    assert [(line.name, line.sku, line.quantity, line.paid_minor) for line in order.lines] == [
        ("Mug | blue", "MUG", 2, 1980),
        ("Bag: canvas", "BAG", 1, 1000),
    ]
    assert order.shipping_minor == 590  # the fee is counted with shipping
    assert order.placed_at == datetime(2026, 9, 6, 6, 29, tzinfo=UTC)
    assert order.fulfilled_at is None


def test_lines_in_numbered_columns() -> None:
    cells = {name: value for name, value in PACKED.items() if not name.startswith("line_item")}
    order = one({**cells, "order_total": "25.70"})
    assert [(line.name, line.paid_minor) for line in order.lines] == [("Mug", 1980)]


@pytest.mark.parametrize(
    ("status", "cancelled", "refunded"),
    [("wc-cancelled", True, 0), ("failed", True, 0), ("refunded", False, 3570), ("processing", False, 0)],
)
def test_what_the_status_tells(status: str, cancelled: bool, refunded: int) -> None:
    order = one({**PACKED, "status": status})
    assert (order.cancelled_at is not None, order.refunded_minor) == (cancelled, refunded)


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ({**PACKED, "order_date": "31/12/2026 10:00:00"}, "is not a date and time"),
        ({**PACKED, "order_total": ""}, "the order's total is empty"),
        ({**PACKED, "order_total": "2.00"}, "shipping 5.90 is more than the total 2.00"),
        ({**PACKED, "line_item_1": "sku:MUG|quantity:2|total:1"}, "a line item has no name"),
        ({**PER_ITEM, "item_quantity": ""}, "not a whole number of pieces"),
        ({**PER_ITEM, "item_name": ""}, "the item's name is empty"),
        ({**PER_ITEM, "item_total": "0", "item_total_tax": "0"}, "every line costs nothing"),
    ],
)
def test_what_is_wrong_is_said(row: dict[str, str], says: str) -> None:
    (found,) = read(row)
    assert isinstance(found, Problem)
    assert says in str(found)


def test_headers() -> None:
    for row in (PER_ITEM, LABELLED, PACKED):
        assert woocommerce.matches(list(row))
        assert woocommerce.missing(list(row)) == []
    assert not woocommerce.matches(["date", "order #", "status"])
    assert woocommerce.missing(["order_number", "order_total", "date", "item_name"]) == [
        "item_quantity or quantity or quantity (- refund)"
    ]
