"""Every query about evidence."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from actions.catalogue.model import Product
from actions.evidence.model import Evidence


def of_photos(session: Session, photo_ids: Sequence[str]) -> dict[str, Evidence]:
    """The rows there are, by photo id."""
    rows = session.scalars(sa.select(Evidence).where(Evidence.photo_id.in_(photo_ids)))
    return {row.photo_id: row for row in rows}


def of_case(session: Session, case_id: str) -> list[Evidence]:
    query = sa.select(Evidence).where(Evidence.case_id == case_id)
    return list(session.scalars(query.order_by(Evidence.created_at, Evidence.id)))


def of_other_cases(session: Session, case_id: str | None) -> list[tuple[str, str, str]]:
    """Photos that belong to another case: (case id, sha256, perceptual hash)."""
    query = sa.select(Evidence.case_id, Evidence.sha256, Evidence.phash).where(Evidence.case_id.is_not(None))
    if case_id is not None:
        query = query.where(Evidence.case_id != case_id)
    return [(str(case), sha256, phash) for case, sha256, phash in session.execute(query)]


def catalogue_hashes(session: Session, skus: Sequence[str]) -> dict[str, str]:
    """Perceptual hashes of the products' catalogue pictures, by SKU, where there is a raster picture."""
    query = sa.select(Product.sku, Product.picture_phash).where(
        Product.sku.in_(skus), Product.picture_phash.is_not(None)
    )
    return {sku: str(phash) for sku, phash in session.execute(query)}


def add(session: Session, row: Evidence) -> None:
    session.add(row)
    session.flush()
