"""The tables of what is sent: a lane for each conversation, a row for each piece of a message."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from common.database import Base, UtcDateTime

# The trouble of a lane that waits for its shopper.
WINDOW = "window"
_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


class Lane(Base):
    """The way out of one conversation, one message after the other.

    `owner` sends until `until`. `open_until` is when the channel stops taking free words, None where it never does.
    `trouble` is a code a person should see, with its sentence; `stopped` says that nothing goes out until somebody
    puts it right or the shopper writes.
    """

    __tablename__ = "rd_lane"

    conversation_id: Mapped[str] = mapped_column(sa.ForeignKey("rd_conversation.id"), primary_key=True)
    owner: Mapped[str | None] = mapped_column(sa.String(64))
    until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    open_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    stopped: Mapped[bool] = mapped_column(default=False)
    trouble: Mapped[str | None] = mapped_column(sa.String(64))
    trouble_text: Mapped[str | None] = mapped_column(sa.String(300))
    trouble_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)


class Piece(Base):
    """One part of one message. `status`: going, sent, delivered, read or failed.

    `unsure` is true from before a try until its outcome is known; a try that finds it true counts as one of the
    `repeats`, which the shopper may have seen twice. `failed_id` is the channel's name of a try that it took and then
    failed.
    """

    __tablename__ = "rd_piece"

    id: Mapped[int] = mapped_column(_ID, primary_key=True)
    outbox_id: Mapped[int] = mapped_column(sa.ForeignKey("rd_outbox.id"))
    part: Mapped[int]
    status: Mapped[str] = mapped_column(sa.String(10), default="going")
    external_id: Mapped[str | None] = mapped_column(sa.String(128), index=True)
    failed_id: Mapped[str | None] = mapped_column(sa.String(128))
    tries: Mapped[int] = mapped_column(default=0)
    repeats: Mapped[int] = mapped_column(default=0)
    unsure: Mapped[bool] = mapped_column(default=False)
    at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (sa.UniqueConstraint("outbox_id", "part"),)


class ChannelNotice(Base):
    """What a channel told that has no row of its own in the inbox, kept for whoever looks for it."""

    __tablename__ = "rd_channel_notice"

    id: Mapped[int] = mapped_column(_ID, primary_key=True)
    channel: Mapped[str] = mapped_column(sa.String(16))
    external_id: Mapped[str] = mapped_column(sa.String(160))
    kind: Mapped[str] = mapped_column(sa.String(64))
    raw: Mapped[str] = mapped_column(sa.Text)
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (sa.UniqueConstraint("channel", "external_id"),)
