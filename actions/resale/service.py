"""The shelf: what came back fit to be sold, and the next orders that want it. All in the caller's transaction."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from actions.cases.model import CaseLine
from actions.orders.model import Order, OrderLine
from actions.resale.model import USUAL, Found, ReturnedItem, ShelfOffer, ShelfUse
from common.database import lock
from common.errors import NotFoundError, RefusedError
from common.ids import new_id


def record(session: Session, line: CaseLine, found: Found, *, by: str, now: datetime) -> ReturnedItem:
    """Keep what was found. The same line again gives what was kept first."""
    known = session.scalars(sa.select(ReturnedItem).where(ReturnedItem.case_line_id == line.id)).first()
    if known is not None:
        return known
    disposition = found.disposition or USUAL[found.condition]
    item = ReturnedItem(
        id=new_id("back"),
        case_id=line.case_id,
        case_line_id=line.id,
        sku=line.sku,
        name=line.name,
        quantity=line.quantity,
        condition=found.condition,
        disposition=disposition,
        note=found.note.strip()[:300],
        by=by,
        at=now,
        left=line.quantity if disposition == "resell" else 0,
    )
    session.add(item)
    session.flush()
    return item


def of_case(session: Session, case_id: str) -> list[ReturnedItem]:
    query = sa.select(ReturnedItem).where(ReturnedItem.case_id == case_id).order_by(ReturnedItem.at, ReturnedItem.id)
    return list(session.scalars(query))


def shelf(session: Session, *, limit: int) -> list[ReturnedItem]:
    """What can be sold again, the longest there first."""
    query = sa.select(ReturnedItem).where(ReturnedItem.left > 0).order_by(ReturnedItem.at, ReturnedItem.id)
    return list(session.scalars(query.limit(limit)))


def offers(session: Session, *, limit: int) -> list[ShelfOffer]:
    """Orders not sent yet that want something from the shelf, the oldest first; each piece is offered to one order."""
    query = (
        sa.select(Order, OrderLine)
        .join(OrderLine, OrderLine.order_id == Order.id)
        .where(
            Order.fulfilled_at.is_(None),
            Order.cancelled_at.is_(None),
            OrderLine.quantity > 0,
            OrderLine.sku.in_(sa.select(ReturnedItem.sku).where(ReturnedItem.left > 0)),
            OrderLine.id.not_in(sa.select(ShelfUse.order_line_id)),
        )
        .order_by(Order.placed_at, OrderLine.id)
        .limit(limit)
    )
    items = shelf(session, limit=1000)
    left = {item.id: item.left for item in items}
    found = []
    for order, line in session.execute(query):
        # Only a whole line: a parcel from the shop and one from the supplier would cost more than they save.
        item = next((item for item in items if item.sku == line.sku and left[item.id] >= line.quantity), None)
        if item is None:
            continue
        left[item.id] -= line.quantity
        saved = None if line.wholesale_minor is None else line.wholesale_minor * line.quantity
        found.append(
            ShelfOffer(item.id, line.id, order.number, line.sku, line.name, line.quantity, saved, order.currency)
        )
    return found


def use(session: Session, item_id: str, order_line_id: str, *, by: str, now: datetime) -> ReturnedItem:
    """Take the pieces of one order line from the shelf; the same line again takes nothing more.

    Raises NotFoundError, or RefusedError `resale.gone` when not enough is left.
    """
    if not lock(session, ReturnedItem, item_id):
        raise NotFoundError("resale.unknown", f"Nothing came back under {item_id}.")
    item = session.get_one(ReturnedItem, item_id, populate_existing=True)
    line = session.get(OrderLine, order_line_id)
    if line is None or line.sku != item.sku:
        raise NotFoundError("resale.line", f"There is no order line {order_line_id} of {item.sku}.")
    if session.scalars(sa.select(ShelfUse.id).where(ShelfUse.order_line_id == line.id)).first() is not None:
        return item
    if item.left < line.quantity:
        raise RefusedError("resale.gone", f"{item.left} of {item.sku} are left, the order wants {line.quantity}.")
    item.left -= line.quantity
    session.add(ShelfUse(item_id=item.id, order_line_id=line.id, quantity=line.quantity, by=by, at=now))
    session.flush()
    return item


def take_off(session: Session, item_id: str, *, by: str, now: datetime) -> ReturnedItem:
    """It is not for sale any more: broken meanwhile, lost, or given away. Raises NotFoundError."""
    if not lock(session, ReturnedItem, item_id):
        raise NotFoundError("resale.unknown", f"Nothing came back under {item_id}.")
    item = session.get_one(ReturnedItem, item_id, populate_existing=True)
    if item.left:
        item.left = 0
        item.note = f"{item.note} (taken off the shelf by {by}, {now.date().isoformat()})".strip()[:300]
        session.flush()
    return item
