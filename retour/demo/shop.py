"""The demo shop's products and orders: one order a situation, and a fresh one whenever a visitor has used it up.

This is data, loaded into the same tables a real shop fills with `retour import orders`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from actions.cases.model import Case
from actions.catalogue.model import Product
from actions.catalogue.service import learn_picture
from actions.orders.model import Order, OrderLine
from common.clock import SystemClock
from common.database import make_engine, transaction
from common.errors import RefusedError
from common.ids import new_id
from common.money import Money
from common.settings import ROOT, Settings
from console.accounts.service import add_user

SHOP = "Maison Lumen"
_FIRST_NUMBER = 1042
_PICTURES = ROOT / "bot" / "web" / "static" / "shop" / "products"
_SHIPPING_MINOR = 490
_HTTP_SUPPLIER = "northwind"
_PORTAL_SUPPLIER = "atelier-nord"


@dataclass(frozen=True)
class DemoProduct:
    """A product of the shop; money in euro cents."""

    sku: str
    name_en: str
    name_fr: str
    price_minor: int
    wholesale_minor: int
    supplier_id: str
    category: str
    tags: tuple[str, ...] = ()


@dataclass(frozen=True)
class Situation:
    """An order to try: what was bought, how many days ago it arrived, and what trying it shows."""

    key: str
    email: str
    items: tuple[tuple[str, int], ...]
    delivered_days_ago: int | None
    shipped_days_ago: int
    title_en: str
    title_fr: str
    status_en: str
    status_fr: str


_TABLE: tuple[tuple[str, str, str, int, int, str, str], ...] = (
    # sku, English, French, price, wholesale, supplier, category
    ("MUG-BLUE", "Blue ceramic mug", "Tasse en céramique bleue", 990, 280, _HTTP_SUPPLIER, "kitchen"),
    ("SWEATER-M", "Wool sweater, size M", "Pull en laine, taille M", 4900, 1900, _HTTP_SUPPLIER, "clothing"),
    ("LAMP-OAK", "Oak desk lamp", "Lampe de bureau en chêne", 3900, 1500, _PORTAL_SUPPLIER, "lighting"),
    ("HEADPHONES", "Wireless headphones", "Casque sans fil", 2990, 1100, _HTTP_SUPPLIER, "audio"),
    ("COAT-L", "Winter coat, size L", "Manteau d'hiver, taille L", 18900, 7900, _HTTP_SUPPLIER, "clothing"),
    ("VASE-GLASS", "Glass vase", "Vase en verre", 2400, 800, _PORTAL_SUPPLIER, "decoration"),
    ("BAG-CANVAS", "Canvas bag", "Sac en toile", 1900, 600, _HTTP_SUPPLIER, "accessories"),
    ("EARRINGS", "Silver earrings", "Boucles d'oreilles en argent", 1500, 400, _HTTP_SUPPLIER, "jewellery"),
)
_TAGS = {"EARRINGS": ("hygiene",)}
PRODUCTS = {row[0]: DemoProduct(*row, tags=_TAGS.get(row[0], ())) for row in _TABLE}

SITUATIONS = (
    Situation("damaged_low_value", "camille@example.com", (("MUG-BLUE", 1),), 4, 9,
              "The mug arrived broken", "La tasse est arrivée cassée",
              "Two photos, and the money goes back at once. Nothing to send.",
              "Deux photos et le remboursement part aussitôt. Rien à renvoyer."),
    Situation("wrong_size", "robin@example.com", (("SWEATER-M", 1),), 6, 12,
              "The sweater is too small", "Le pull est trop petit",
              "The supplier gives a return number; the slip appears in the chat.",
              "Le fournisseur donne un numéro de retour ; le bon s'affiche dans la conversation."),
    Situation("not_as_described", "alex@example.com", (("LAMP-OAK", 1),), 3, 10,
              "The lamp is not the one in the picture", "La lampe n'est pas celle de la photo",
              "This supplier has no system of its own and answers on a web page.",
              "Ce fournisseur n'a pas de système et répond sur une page web."),
    Situation("not_received", "sacha@example.com", (("HEADPHONES", 1),), None, 27,
              "The headphones never came", "Le casque n'est jamais arrivé",
              "Too long on the way: no photo, no parcel, no waiting for the supplier.",
              "Trop longtemps en route : ni photo, ni colis, ni attente du fournisseur."),
    Situation("above_limit", "morgan@example.com", (("COAT-L", 1),), 5, 11,
              "The coat has a torn seam", "Le manteau a une couture déchirée",
              "Worth more than the shop refunds by itself: the owner decides in the console.",
              "Au-delà du montant automatique : la propriétaire décide dans la console."),
    Situation("outside_window", "jules@example.com", (("VASE-GLASS", 1),), 65, 75,
              "I changed my mind about the vase", "J'ai changé d'avis pour le vase",
              "Delivered long ago: refused with the reason, and a person is one tap away.",
              "Livré il y a longtemps : refusé avec la raison, une personne reste joignable."),
    Situation("several_items", "lou@example.com", (("MUG-BLUE", 2), ("BAG-CANVAS", 1)), 7, 13,
              "Two mugs and a bag", "Deux tasses et un sac",
              "Several items: choose which ones, and how many.",
              "Plusieurs articles : choisissez lesquels, et combien."),
    Situation("excluded", "noa@example.com", (("EARRINGS", 1),), 2, 8,
              "Earrings, worn once", "Boucles d'oreilles, portées une fois",
              "A hygiene product: the chat asks whether its seal is still intact.",
              "Un article d'hygiène : on vous demande si l'emballage est encore scellé."),
)  # fmt: skip


def load(settings: Settings) -> str:
    """Put products and orders in place; a second time changes nothing but what was used up."""
    engine = make_engine(settings.database_url)
    try:
        with transaction(engine) as session:
            now = SystemClock().now()
            _products(session)
            _owner(session, now)
            numbers = [order.number for order in _fresh(session, now)]
    finally:
        engine.dispose()
    return f"orders {', '.join(numbers)}"


def cards(session: Session, now: datetime) -> list[dict[str, Any]]:
    """What the shop page shows of each situation, with the number of an order nobody has used yet."""
    rows = []
    for order, situation in zip(_fresh(session, now), SITUATIONS, strict=True):
        first = PRODUCTS[situation.items[0][0]]
        rows.append(
            {
                "number": order.number,
                "email": order.email,
                "situation_key": situation.key,
                "sku": first.sku,
                "product": first.name_en,
                "product_fr": first.name_fr,
                "price": Money(first.price_minor, "EUR").format("en"),
                "price_fr": Money(first.price_minor, "EUR").format("fr"),
                "title_en": situation.title_en,
                "title_fr": situation.title_fr,
                "status_en": situation.status_en,
                "status_fr": situation.status_fr,
            }
        )
    return rows


def _products(session: Session) -> None:
    for product in PRODUCTS.values():
        session.merge(
            Product(
                sku=product.sku,
                name_en=product.name_en,
                name_fr=product.name_fr,
                category=product.category,
                tags=list(product.tags),
                supplier_id=product.supplier_id,
                wholesale_minor=product.wholesale_minor,
                wholesale_currency="EUR",
                picture=f"{product.sku}.jpg",
            )
        )
        session.flush()
        learn_picture(session, product.sku, (_PICTURES / f"{product.sku}.jpg").read_bytes())


def _fresh(session: Session, now: datetime) -> list[Order]:
    """For each situation the newest order without a case, made when there is none."""
    numbers = [int(n) for n in session.scalars(sa.select(Order.number).where(Order.shop == SHOP)) if n.isdigit()]
    following = max([_FIRST_NUMBER - 1, *numbers]) + 1
    found = []
    for situation in SITUATIONS:
        unused = (
            sa.select(Order)
            .where(Order.shop == SHOP, Order.external_id.like(f"{situation.key}:%"))
            .where(~sa.exists().where(Case.order_id == Order.id))
            .order_by(Order.placed_at.desc(), Order.number.desc())
        )
        order = session.scalars(unused).first()
        if order is None:
            order = _order(situation, str(following), now)
            session.add(order)
            session.flush()
            following += 1
        found.append(order)
    return found


def _order(situation: Situation, number: str, now: datetime) -> Order:
    shipped = now - timedelta(days=situation.shipped_days_ago)
    delivered = None
    if situation.delivered_days_ago is not None:
        delivered = now - timedelta(days=situation.delivered_days_ago)
    lines = [_line(PRODUCTS[sku], quantity, at) for at, (sku, quantity) in enumerate(situation.items)]
    return Order(
        id=new_id("order"),
        shop=SHOP,
        number=number,
        email=_email(situation, number),
        currency="EUR",
        placed_at=shipped - timedelta(days=2),
        fulfilled_at=shipped,
        delivered_at=delivered,
        country="FR",
        shipping_minor=_SHIPPING_MINOR,
        total_minor=sum(line.paid_minor for line in lines) + _SHIPPING_MINOR,
        payment_method="card",
        payment_reference=f"demo-payment-{number}",
        tracking={
            "carrier": "Colis Demo",
            "number": f"CD{int(number):09d}FR",
            "status": "delivered" if delivered else "in_transit",
            "last_event_at": (delivered or shipped + timedelta(days=3)).isoformat(),
        },
        external_id=f"{situation.key}:{number}",
        lines=lines,
    )


def _email(situation: Situation, number: str) -> str:
    # Each later visitor is a shopper of their own, or the policy's limits per shopper would soon show instead.
    if int(number) < _FIRST_NUMBER + len(SITUATIONS):
        return situation.email
    name, _, host = situation.email.partition("@")
    return f"{name}.{number}@{host}"


def _line(product: DemoProduct, quantity: int, position: int) -> OrderLine:
    return OrderLine(
        id=new_id("line"),
        position=position,
        sku=product.sku,
        name=product.name_en,
        quantity=quantity,
        unit_paid_minor=product.price_minor,
        paid_minor=product.price_minor * quantity,
        supplier_id=product.supplier_id,
        wholesale_minor=product.wholesale_minor,
        category=product.category,
        tags=list(product.tags),
    )


def _owner(session: Session, now: datetime) -> None:
    try:
        with session.begin_nested():
            add_user(session, "demo", "demo-shop-owner", "owner", now=now, display_name="Maëlle")
    except RefusedError as error:
        if error.code != "user.exists":
            raise
