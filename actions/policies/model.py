"""A policy file as it once was."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from common.database import Base, UtcDateTime


class PolicyVersion(Base):
    """The text of a policy file and since when it holds; a shop that goes back to an old text gets a new row.

    `valid_from` is what the file itself says, else `recorded_at`. Of two with the same day the later record holds.
    """

    __tablename__ = "rd_policy_version"

    id: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    sha256: Mapped[str] = mapped_column(sa.String(64), index=True)
    content: Mapped[str] = mapped_column(sa.Text)
    valid_from: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
