"""One rating a case: asked for once, given or not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from common.database import Base, UtcDateTime

SCORES = (1, 2, 3, 4, 5)


class Rating(Base):
    """`score` is 1 (bad) to 5 (good), None until the shopper gives one; `comment` their own words, if any."""

    __tablename__ = "rd_rating"

    case_id: Mapped[str] = mapped_column(sa.ForeignKey("rd_case.id"), primary_key=True)
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    score: Mapped[int | None]
    comment: Mapped[str | None] = mapped_column(sa.String(2000))
    rated_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)

    __table_args__ = (sa.CheckConstraint("score IS NULL OR (score >= 1 AND score <= 5)", name="score_is_one_to_five"),)


@dataclass(frozen=True)
class ProductLine:
    """How one product does: cases by reason, and how the shoppers of them rated."""

    sku: str
    name: str
    supplier_id: str
    cases: int
    reasons: tuple[tuple[str, int], ...]
    rating: float | None
    ratings: int


@dataclass(frozen=True)
class SupplierCard:
    """How one supplier does. Shares are of 1; None where there is nothing to tell yet.

    `accepted` of decided claims, `days` from request to first answer, `credited` of the money claimed in claims
    that were credited or refused, `refunded` of the money of its cases that shoppers were given back.
    """

    supplier_id: str
    cases: int
    claims: int
    decided: int
    accepted: float | None
    days: float | None
    credited: float | None
    expected_minor: int
    received_minor: int
    refunded: float | None
    currency: str
    rating: float | None
    ratings: int
    missed: int
    reasons: tuple[tuple[str, int], ...]
