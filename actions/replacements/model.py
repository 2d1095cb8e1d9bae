"""The article that is sent instead of money."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from common.database import Base, UtcDateTime

ReplacementStatus = Literal["requested", "shipped", "delivered", "cancelled"]


class Replacement(Base):
    """One a case. `cost_minor` is what it costs the shop: nothing where the supplier answers for the fault."""

    __tablename__ = "rd_replacement"

    id: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    case_id: Mapped[str] = mapped_column(sa.ForeignKey("rd_case.id"), unique=True)
    supplier_id: Mapped[str | None] = mapped_column(sa.String(64))
    status: Mapped[ReplacementStatus] = mapped_column(sa.String(12), index=True)
    tracking: Mapped[str | None] = mapped_column(sa.String(128))
    cost_minor: Mapped[int] = mapped_column(sa.BigInteger)
    currency: Mapped[str] = mapped_column(sa.String(3))
    requested_at: Mapped[datetime] = mapped_column(UtcDateTime)
    shipped_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    delivered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
