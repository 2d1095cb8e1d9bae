"""Products: their names for an order's lines, and what their catalogue picture looks like."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from actions.catalogue import repository
from actions.catalogue.matching import NamedLine
from actions.orders.model import OrderLine
from common.errors import NotFoundError
from common.photos.intake import intake


def learn_picture(session: Session, sku: str, data: bytes) -> str:
    """Remember what a product's catalogue picture looks like, so that the picture itself is recognised when somebody
    sends it as a photo of what arrived. Gives its perceptual hash.

    Takes raster pictures only: raises RefusedError `photo.not_a_picture` for a drawing (SVG), NotFoundError
    `product.unknown` for an SKU the catalogue does not have.
    """
    product = repository.get(session, sku)
    if product is None:
        raise NotFoundError("product.unknown", f"The catalogue has no product {sku}.")
    product.picture_phash = intake(data).phash
    session.flush()
    return product.picture_phash


def named_lines(session: Session, lines: Sequence[OrderLine]) -> list[NamedLine]:
    """The lines with every name a shopper may use: the order's own and the catalogue's in both languages."""
    products = repository.by_sku(session, [line.sku for line in lines])
    named = []
    for line in lines:
        product = products.get(line.sku)
        names = [line.name, *((product.name_en, product.name_fr) if product else ())]
        named.append(NamedLine(line.id, line.sku, tuple(dict.fromkeys(names)), line.quantity))
    return named


def line_name(session: Session, line: OrderLine, language: str) -> str:
    """The line's name in the shopper's language; the order's own where the catalogue has none."""
    product = repository.get(session, line.sku)
    return product.name(language) if product else line.name
