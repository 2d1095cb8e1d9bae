"""Every query about products."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from actions.catalogue.model import Product


def get(session: Session, sku: str) -> Product | None:
    return session.get(Product, sku)


def by_sku(session: Session, skus: Sequence[str]) -> dict[str, Product]:
    rows = session.scalars(sa.select(Product).where(Product.sku.in_(skus)))
    return {row.sku: row for row in rows}


def all_products(session: Session) -> dict[str, Product]:
    return {row.sku: row for row in session.scalars(sa.select(Product))}
