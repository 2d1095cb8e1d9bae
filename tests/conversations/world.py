"""Orders and photos for conversations: a fresh one each, so that no conversation depends on another."""

from __future__ import annotations

import io
import itertools
import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw, ImageFilter
from sqlalchemy.orm import Session

from actions.catalogue.model import Product
from actions.orders.model import Order, OrderLine
from common.ids import new_id
from common.outbox import Conversation
from common.photos import store
from common.photos.intake import intake
from tests.conversations.action_server import NOW

_NUMBERS: Iterator[int] = itertools.count(4200)
_SEEDS: Iterator[int] = itertools.count(1)
PRODUCTS = {
    # sku: English name, French name, price, wholesale, supplier, category
    "MUG": ("Blue ceramic mug", "Tasse en céramique bleue", 990, 280, "northwind", "kitchen"),
    "SWEATER": ("Wool sweater, size M", "Pull en laine, taille M", 4900, 1900, "northwind", "clothing"),
    "LAMP": ("Oak desk lamp", "Lampe de bureau en chêne", 3900, 1500, "atelier-nord", "lighting"),
    "HEADPHONES": ("Wireless headphones", "Casque sans fil", 2990, 1100, "northwind", "audio"),
    "COAT": ("Winter coat, size L", "Manteau d'hiver, taille L", 18900, 7900, "northwind", "clothing"),
    "BAG": ("Canvas bag", "Sac en toile", 1900, 600, "northwind", "accessories"),
    "EARRINGS": ("Silver earrings", "Boucles d'oreilles en argent", 1500, 400, "northwind", "hygiene"),
}
# What was bought, and how many days ago it was delivered (None: still on its way) and shipped (None: not yet).
SITUATIONS: dict[str, tuple[list[tuple[str, int]], int | None, int | None]] = {
    "mug": ([("MUG", 1)], 4, 9),
    "sweater": ([("SWEATER", 1)], 6, 12),
    "lamp": ([("LAMP", 1)], 3, 10),
    "coat": ([("COAT", 1)], 5, 11),
    "earrings": ([("EARRINGS", 1)], 2, 8),
    "old_lamp": ([("LAMP", 1)], 65, 75),
    "lost": ([("HEADPHONES", 1)], None, 30),
    "on_its_way": ([("HEADPHONES", 1)], None, 3),
    "not_sent": ([("HEADPHONES", 1)], None, None),
    "two_mugs": ([("MUG", 2)], 4, 9),
    "several": ([("MUG", 2), ("BAG", 1)], 4, 9),
}


def add_products(session: Session) -> None:
    for sku, (english, french, _, wholesale, supplier, category) in PRODUCTS.items():
        # The demo shop may have some of them already.
        session.merge(
            Product(sku=sku, name_en=english, name_fr=french, category=category, tags=[],
                    supplier_id=supplier, wholesale_minor=wholesale, wholesale_currency="EUR", picture=None)
        )  # fmt: skip


def add_conversation(session: Session, conversation_id: str, language: str) -> None:
    session.add(
        Conversation(id=conversation_id, channel="web", channel_user=conversation_id, language=language, created_at=NOW)
    )


def add_order(session: Session, situation: str, email: str, *, now: datetime = NOW) -> Order:
    """A fresh order of a situation, for one shopper."""
    bought, delivered, shipped = SITUATIONS[situation]
    shipped_at = _ago(shipped, now)
    order_id = new_id("order")
    lines = [
        OrderLine(id=new_id("line"), order_id=order_id, position=at, sku=sku, name=PRODUCTS[sku][0], quantity=quantity,
                  unit_paid_minor=PRODUCTS[sku][2], supplier_id=PRODUCTS[sku][4], wholesale_minor=PRODUCTS[sku][3],
                  category=PRODUCTS[sku][5], tags=[])
        for at, (sku, quantity) in enumerate(bought)
    ]  # fmt: skip
    tracking: dict[str, Any] | None = None
    if shipped_at is not None:
        status = "in_transit" if delivered is None else "delivered"
        last = shipped_at + timedelta(days=1)
        tracking = {"carrier": "La Poste", "number": "6A00001", "status": status, "last_event_at": last.isoformat()}
    order = Order(
        id=order_id,
        shop="Maison Lumen",
        number=str(next(_NUMBERS)),
        email=email,
        currency="EUR",
        placed_at=(shipped_at or now) - timedelta(days=2),
        fulfilled_at=shipped_at,
        delivered_at=_ago(delivered, now),
        country="FR",
        shipping_minor=490,
        total_minor=sum(PRODUCTS[sku][2] * quantity for sku, quantity in bought) + 490,
        payment_reference=new_id("pay"),
        tracking=tracking,
        lines=lines,
    )
    session.add(order)
    session.flush()
    return order


def _ago(days: int | None, now: datetime) -> datetime | None:
    return None if days is None else now - timedelta(days=days)


def add_photo(session: Session, home: Path, conversation_id: str, *, blurred: bool = False) -> str:
    """A photo as the edge stores it. No two look alike; a blurred one shows nothing to judge."""
    chance = random.Random(next(_SEEDS))
    picture = Image.new("RGB", (640, 480), "white")
    draw = ImageDraw.Draw(picture)
    for _ in range(60):
        left, top = chance.randrange(600), chance.randrange(440)
        box = (left, top, left + chance.randrange(10, 200), top + chance.randrange(10, 200))
        draw.rectangle(box, fill=tuple(chance.randrange(256) for _ in range(3)), outline="black")
    if blurred:
        picture = picture.filter(ImageFilter.GaussianBlur(25))
    data = io.BytesIO()
    picture.save(data, "JPEG", quality=90)
    row = store.keep(
        session, home, intake(data.getvalue()), conversation_id=conversation_id, client_id=new_id("client"), now=NOW
    )
    return row.id
