"""Shopify's export: rows into orders, and money that adds up whatever the discount."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actions.orders.imports import shopify
from actions.orders.imports.record import Defaults, ImportedOrder, Problem, Row

FIRST = {
    "name": "#1001",
    "email": "camille@example.com",
    "financial status": "paid",
    "fulfillment status": "fulfilled",
    "fulfilled at": "2026-05-16 08:00:00 +0200",
    "currency": "EUR",
    "subtotal": "29.80",
    "shipping": "4.90",
    "taxes": "5.78",
    "total": "34.70",
    "created at": "2026-05-14 11:23:45 +0200",
    "lineitem quantity": "2",
    "lineitem name": "Blue mug",
    "lineitem price": "9.90",
    "lineitem sku": "MUG",
    "shipping country": "FR",
    "phone": "'+33612345678",
    "payment method": "Stripe",
    "payment reference": "c12.1",
    "vendor": "Atelier Nord",
    "id": "450789469",
}
SECOND = {
    "name": "#1001",
    "email": "camille@example.com",
    "lineitem quantity": "1",
    "lineitem name": "Bag",
    "lineitem price": "10.00",
    "lineitem sku": "BAG",
    "vendor": "Atelier Nord",
}


def read(*rows: dict[str, str], defaults: Defaults | None = None) -> list[ImportedOrder | Problem]:
    numbered = iter([Row(line, cells) for line, cells in enumerate(rows, start=2)])
    return list(shopify.read(numbered, defaults or Defaults()))


def one(*rows: dict[str, str], **changes: str) -> ImportedOrder:
    (order,) = read({**rows[0], **changes}, *rows[1:]) if rows else read({**FIRST, **changes}, SECOND)
    assert isinstance(order, ImportedOrder), order
    return order


def problem(*rows: dict[str, str], **changes: str) -> str:
    (found,) = read({**(rows[0] if rows else FIRST), **changes}, *(rows[1:] or (SECOND,)))
    assert isinstance(found, Problem), found
    return str(found)


def test_rows_of_one_number_are_one_order() -> None:
    order = one()
    assert (order.number, order.email, order.country) == ("#1001", "camille@example.com", "FR")
    assert [(line.sku, line.quantity, line.paid_minor) for line in order.lines] == [("MUG", 2, 1980), ("BAG", 1, 1000)]
    assert (order.shipping_minor, order.total_minor) == (490, 3470)
    assert order.placed_at == datetime(2026, 5, 14, 9, 23, 45, tzinfo=UTC)
    assert order.fulfilled_at == datetime(2026, 5, 16, 6, 0, tzinfo=UTC)
    assert (order.phone, order.payment_reference, order.external_id) == ("'+33612345678", "c12.1", "450789469")


@pytest.mark.parametrize(
    ("changes", "paid", "shipping"),
    [
        pytest.param({}, [1980, 1000], 490, id="prices include tax"),
        pytest.param({"subtotal": "26.82", "total": "31.72"}, [1782, 900], 490, id="ten percent off the order"),
        pytest.param({"total": "40.48"}, [2364, 1194], 490, id="tax on top"),
        pytest.param({"total": "29.80"}, [1980, 1000], 0, id="shipping was free after all"),
        pytest.param({"subtotal": "0.00", "shipping": "0.00", "total": "0.00"}, [0, 0], 0, id="nothing paid"),
        pytest.param({"subtotal": "0.01", "total": "4.91"}, [1, 0], 490, id="one cent for two lines"),
    ],
)
def test_what_was_paid_is_shared_out(changes: dict[str, str], paid: list[int], shipping: int) -> None:
    order = one(**changes)
    assert [line.paid_minor for line in order.lines] == paid
    assert order.shipping_minor == shipping
    assert sum(paid) + shipping == order.total_minor


def test_a_discount_on_one_line_stays_on_that_line() -> None:
    order = one({**FIRST, "lineitem discount": "9.80", "subtotal": "20.00", "total": "24.90"}, SECOND)
    assert [line.paid_minor for line in order.lines] == [1000, 1000]


PRICED = st.lists(st.tuples(st.integers(1, 9), st.integers(1, 99999)), min_size=1, max_size=6)


@given(PRICED, st.integers(0, 100), st.integers(0, 5000), st.integers(0, 30), st.booleans())
def test_lines_and_shipping_add_up_to_the_total_whatever_the_discount(
    items: list[tuple[int, int]], percent_off: int, shipping: int, tax_percent: int, tax_on_top: bool
) -> None:
    subtotal = sum(quantity * price for quantity, price in items)
    subtotal -= subtotal * percent_off // 100
    taxes = subtotal * tax_percent // 100
    total = subtotal + shipping + (taxes if tax_on_top else 0)
    rows: list[dict[str, str]] = []
    for quantity, price in items:
        cells = {"lineitem quantity": str(quantity), "lineitem price": written(price), "lineitem name": "Thing"}
        rows.append({**SECOND, **cells})
    money = {"subtotal": subtotal, "shipping": shipping, "taxes": taxes, "total": total}
    rows[0] = {**FIRST, **rows[0], **{name: written(value) for name, value in money.items()}}
    (order,) = read(*rows)
    assert isinstance(order, ImportedOrder)
    assert sum(line.paid_minor for line in order.lines) + order.shipping_minor == order.total_minor == total
    assert all(line.paid_minor >= 0 for line in order.lines)


def written(minor: int) -> str:
    return f"{minor // 100}.{minor % 100:02d}"


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"created at": "yesterday"}, "line 2: order #1001: created at 'yesterday' is not a date and time"),
        ({"created at": ""}, "Created at is empty"),
        ({"total": ""}, "Total is empty"),
        ({"total": "free"}, "total 'free' is not an amount"),
        ({"total": "1e9"}, "total '1e9' is not an amount"),
        (
            {"total": "99.00"},
            "the sums do not add up: subtotal 29.80, shipping 4.90, taxes and duties 5.78, total 99.00",
        ),
        ({"total": "-1"}, "below zero"),
        ({"currency": "euro"}, "the currency is 'EURO'"),
        ({"lineitem quantity": "0"}, "a line has at least one piece"),
        ({"lineitem quantity": "two"}, "not a whole number of pieces"),
        ({"lineitem quantity": "1.5"}, "not a whole number of pieces"),
        ({"lineitem name": ""}, "Lineitem name is empty"),
        ({"lineitem price": ""}, "Lineitem price is empty"),
        ({"email": "not an e-mail"}, "is not an e-mail address"),
        ({"shipping country": "France"}, "the country is 'FRANCE', not two letters"),
        ({"shipping country": ""}, "the country is ''"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(changes: dict[str, str], says: str) -> None:
    assert says in problem(**changes)


def test_a_mistake_in_a_later_row_names_that_row() -> None:
    assert problem(FIRST, {**SECOND, "lineitem quantity": "x"}).startswith("line 3: order #1001: lineitem quantity")


def test_other_orders_are_kept() -> None:
    bad = {**FIRST, "name": "#1002", "total": "x"}
    good = {**FIRST, "name": "#1003"}
    found = read(FIRST, SECOND, bad, {**SECOND, "name": "#1002"}, good, {**SECOND, "name": "#1003"})
    assert [type(item).__name__ for item in found] == ["ImportedOrder", "Problem", "ImportedOrder"]


def test_a_number_that_comes_back_later_is_reported_and_the_first_kept() -> None:
    found = read({**FIRST, **cheap()}, {**FIRST, "name": "#1002", **cheap()}, {**SECOND, "name": "1001"})
    assert [type(item).__name__ for item in found] == ["ImportedOrder", "ImportedOrder", "Problem"]
    assert str(found[2]) == "line 4: order 1001 stands in the file a second time, apart from the first"


def cheap() -> dict[str, str]:
    return {"subtotal": "19.80", "total": "24.70"}


def test_a_row_without_a_number_takes_its_order_out() -> None:
    found = [str(item) for item in read(FIRST, {**SECOND, "name": ""}, {**FIRST, "name": "#1002", **cheap()})]
    assert found[0] == "line 3: the row has no order number"
    assert found[1] == "line 2: order #1001 is left out, because one of its rows is broken"
    assert len(found) == 3


@pytest.mark.parametrize(
    ("changes", "field", "value"),
    [
        ({"fulfilled at": ""}, "fulfilled_at", datetime(2026, 5, 14, 9, 23, 45, tzinfo=UTC)),
        ({"fulfilled at": "", "fulfillment status": "unfulfilled"}, "fulfilled_at", None),
        ({"cancelled at": "2026-05-15T00:00:00Z"}, "cancelled_at", datetime(2026, 5, 15, tzinfo=UTC)),
        ({"refunded amount": "9.90"}, "refunded_minor", 990),
        ({"shipping country": "", "billing country": "be"}, "country", "BE"),
        ({"shipping country": "UK"}, "country", "GB"),
        ({"phone": "", "shipping phone": "+32 470 00 00 00"}, "phone", "+32 470 00 00 00"),
        ({"email": ""}, "email", None),
    ],
)
def test_cells_that_may_be_missing(changes: dict[str, str], field: str, value: Any) -> None:
    assert getattr(one(**changes), field) == value


def test_defaults_fill_what_a_file_leaves_out() -> None:
    (order,) = read({**FIRST, "shipping country": "", "currency": "", **cheap()}, defaults=Defaults("FR", "EUR"))
    assert isinstance(order, ImportedOrder)
    assert (order.country, order.currency) == ("FR", "EUR")


@pytest.mark.parametrize(
    ("header", "expected"),
    [(["name", "lineitem name"], True), (["name", "email"], False), (["order_number", "item_name"], False)],
)
def test_the_header_tells(header: list[str], expected: bool) -> None:
    assert shopify.matches(header) is expected
