"""Writing imported orders, many at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from actions.orders.model import Order, OrderLine, number_key
from common.ids import new_id


def digests(session: Session, shop: str, keys: Sequence[str]) -> dict[str, tuple[str, str | None]]:
    """The orders there are: (id, digest of what was imported) by number key."""
    query = sa.select(Order.number_key, Order.id, Order.content_digest)
    rows = session.execute(query.where(Order.shop == shop, Order.number_key.in_(keys)))
    return {key: (order_id, digest) for key, order_id, digest in rows}


def insert(session: Session, shop: str, orders: Sequence[tuple[dict[str, Any], list[dict[str, Any]]]]) -> None:
    """New orders with their lines, in two statements."""
    order_rows, line_rows = [], []
    for values, lines in orders:
        order_id = new_id("order")
        order_rows.append({**values, "id": order_id, "shop": shop, "number_key": number_key(values["number"])})
        line_rows += [
            {**line, "id": new_id("line"), "order_id": order_id, "position": position}
            for position, line in enumerate(lines)
        ]
    if order_rows:
        session.execute(sa.insert(Order), order_rows)
        session.execute(sa.insert(OrderLine), line_rows)


def update(session: Session, order_id: str, values: Mapping[str, Any], lines: Sequence[Mapping[str, Any]]) -> None:
    """A known order as the file has it now. Its lines keep their ids, which cases point to; a line that is gone stays
    with quantity 0. What only Retour or a carrier knows (delivery, tracking) is left alone."""
    order = session.get_one(Order, order_id)
    for name, value in values.items():
        setattr(order, name, value)
    left = list(order.lines)
    for position, line in enumerate(lines):
        same = [item for item in left if item.sku == line["sku"] and (item.sku or item.name == line["name"])]
        row = same[0] if same else OrderLine(id=new_id("line"))
        if same:
            left.remove(row)
        else:
            order.lines.append(row)
        row.position = position
        for name, value in line.items():
            setattr(row, name, value)
    for position, row in enumerate(left, start=len(lines)):
        row.position, row.quantity, row.paid_minor = position, 0, 0
    session.flush()
