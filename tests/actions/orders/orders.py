"""Orders for the tests of orders."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from actions.orders.model import Order, OrderLine
from common.ids import new_id

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def order(number: str = "1042", **changes: Any) -> Order:
    """An order of two blue mugs and a bag, 42.80 with shipping."""
    values: dict[str, Any] = {
        "id": new_id("order"),
        "shop": "Shop",
        "number": number,
        "email": "camille@example.com",
        "phone": None,
        "currency": "EUR",
        "placed_at": NOW,
        "country": "FR",
        "shipping_minor": 490,
        "total_minor": 4370,
        "lines": [
            OrderLine(id=new_id("line"), sku="MUG", name="Blue mug", quantity=2, unit_paid_minor=990, paid_minor=1980),
            OrderLine(id=new_id("line"), position=1, sku="BAG", name="Bag", quantity=1, unit_paid_minor=1900),
        ],
    }
    return Order(**{**values, **changes})
