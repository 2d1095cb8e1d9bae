"""All queries on messages to shoppers, and the transcript, which needs both directions in one look."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.inbox.model import InboxRow
from common.outbox import OutboxRow


@dataclass(frozen=True)
class Line:
    """One row of a conversation: `author` is `shopper` for what came in; `id` is the outbox row's."""

    seq: int
    author: str
    id: int
    kind: str
    body: dict[str, Any]
    at: datetime
    status: str


def lines(session: Session, conversation_id: str, *, after: int, limit: int) -> list[Line]:
    """What was said after a number, both directions, in order.

    One statement: with two, a message stored between them would be skipped for ever by a reader that goes on after
    the last number it saw.
    """
    inbound = sa.select(
        InboxRow.seq,
        sa.literal("shopper").label("author"),
        InboxRow.id,
        InboxRow.kind,
        InboxRow.body,
        InboxRow.received_at.label("at"),
        sa.literal("").label("status"),
    ).where(InboxRow.conversation_id == conversation_id, InboxRow.seq > after)
    outbound = sa.select(
        OutboxRow.seq,
        OutboxRow.author,
        OutboxRow.id,
        sa.literal("text").label("kind"),
        OutboxRow.body,
        OutboxRow.created_at.label("at"),
        OutboxRow.status,
    ).where(OutboxRow.conversation_id == conversation_id, OutboxRow.seq > after)
    both = sa.union_all(inbound, outbound).order_by("seq").limit(limit)
    return [Line(*row) for row in session.execute(both)]


def find(session: Session, conversation_id: str, seq: int) -> OutboxRow | None:
    """The message with that number in that conversation."""
    query = sa.select(OutboxRow).where(OutboxRow.conversation_id == conversation_id, OutboxRow.seq == seq)
    return session.scalars(query).first()


def newest_of(session: Session, conversation_id: str, key_ending: str) -> tuple[datetime, bool] | None:
    """When the newest message with such a key was written, and whether nothing was said to the shopper since."""
    query = (
        sa.select(OutboxRow.seq, OutboxRow.created_at)
        .where(OutboxRow.conversation_id == conversation_id, OutboxRow.key.endswith(key_ending, autoescape=True))
        .order_by(OutboxRow.seq.desc())
        .limit(1)
    )
    row = session.execute(query).first()
    if row is None:
        return None
    later = sa.select(OutboxRow.id).where(OutboxRow.conversation_id == conversation_id, OutboxRow.seq > row.seq)
    return row.created_at, session.execute(later.limit(1)).first() is None


def newest(session: Session, after: int) -> list[tuple[int, str]]:
    """(id, conversation) of the messages written after an id."""
    query = sa.select(OutboxRow.id, OutboxRow.conversation_id).where(OutboxRow.id > after).order_by(OutboxRow.id)
    return [(int(row[0]), str(row[1])) for row in session.execute(query)]


def last_id(session: Session) -> int:
    """The highest id there is, 0 in an empty table."""
    return int(session.execute(sa.select(sa.func.max(OutboxRow.id))).scalar_one() or 0)


def mark_sent(session: Session, outbox_ids: list[int], *, at: datetime) -> None:
    """Note that a client was given these messages; the first time counts."""
    session.execute(
        sa.update(OutboxRow)
        .where(OutboxRow.id.in_(outbox_ids), OutboxRow.status == "queued")
        .values(status="sent", sent_at=at)
    )


def count_by_status(session: Session) -> dict[str, int]:
    """How many messages are in each status."""
    query = sa.select(OutboxRow.status, sa.func.count()).group_by(OutboxRow.status)
    return {str(row[0]): int(row[1]) for row in session.execute(query)}
