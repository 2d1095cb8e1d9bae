"""The inbox table."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from common.database import Base, Json, UtcDateTime


class InboxRow(Base):
    """One event of a shopper, kept from before its acknowledgement. `done_at` ends it; `error` says how it failed.

    `attempts` counts how often it was handed to a turn, `failures` how often that failed for a reason that will not
    pass by itself. `body` has the parts of `bot.messages.Inbound`, as far as they apply.
    """

    __tablename__ = "rd_inbox"

    id: Mapped[int] = mapped_column(sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True)
    conversation_id: Mapped[str] = mapped_column(sa.ForeignKey("rd_conversation.id"))
    channel: Mapped[str] = mapped_column(sa.String(16))
    external_id: Mapped[str] = mapped_column(sa.String(160))
    seq: Mapped[int]
    kind: Mapped[str] = mapped_column(sa.String(12))
    body: Mapped[dict[str, Any]] = mapped_column(Json)
    raw: Mapped[str | None] = mapped_column(sa.Text)
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    attempts: Mapped[int] = mapped_column(default=0)
    failures: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    error: Mapped[str | None] = mapped_column(sa.String(300))

    __table_args__ = (
        sa.UniqueConstraint("channel", "external_id"),
        sa.UniqueConstraint("conversation_id", "seq"),
        # Only what is still to do: the sweep looks every two seconds, whatever the table has grown to.
        sa.Index(
            "ix_rd_inbox_undone",
            "conversation_id",
            "seq",
            sqlite_where=sa.text("done_at IS NULL"),
            postgresql_where=sa.text("done_at IS NULL"),
        ),
    )
