"""The row that the write probe writes."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from common.database import Base, UtcDateTime


class Probe(Base):
    """When a part of the system last proved that it can write."""

    __tablename__ = "rd_probe"

    name: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
