"""A product as the shop sells it."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from common.database import Base, Json


class Product(Base):
    """One product by SKU. `picture` is its path below the shop's pictures or a URL; `picture_phash` the perceptual
    hash of the raster picture in the catalogue (None for drawings), `wholesale_minor` is in `wholesale_currency`."""

    __tablename__ = "rd_product"

    sku: Mapped[str] = mapped_column(sa.String(128), primary_key=True)
    name_en: Mapped[str] = mapped_column(sa.String(300))
    name_fr: Mapped[str] = mapped_column(sa.String(300))
    category: Mapped[str | None] = mapped_column(sa.String(64))
    tags: Mapped[list[str]] = mapped_column(Json, default=list)
    supplier_id: Mapped[str | None] = mapped_column(sa.String(64))
    wholesale_minor: Mapped[int | None]
    wholesale_currency: Mapped[str | None] = mapped_column(sa.String(3))
    picture: Mapped[str | None] = mapped_column(sa.String(300))
    picture_phash: Mapped[str | None] = mapped_column(sa.String(16))

    def name(self, language: str) -> str:
        return self.name_fr if language == "fr" else self.name_en
