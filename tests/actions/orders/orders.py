"""Orders and a database for the tests of orders."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from actions.catalogue.model import Product
from actions.orders.model import LookupAttempt, Order, OrderLine
from common.database import Base, make_engine, transaction
from common.ids import new_id

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def database(folder: Path) -> sa.Engine:
    engine = make_engine(f"sqlite:///{folder / 'test.db'}")
    tables = [model.__table__ for model in (Order, OrderLine, LookupAttempt, Product)]
    Base.metadata.create_all(engine, tables=tables)  # type: ignore[arg-type]
    return engine


@contextmanager
def session_of(folder: Path) -> Iterator[Session]:
    with transaction(database(folder)) as session:
        yield session


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
