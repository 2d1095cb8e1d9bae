"""All queries on the inbox."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.inbox.model import InboxRow
from common.outbox import Conversation


def seq_of(session: Session, channel: str, external_id: str) -> int | None:
    """The number an event got when it was stored, or None when it is new."""
    query = sa.select(InboxRow.seq).where(InboxRow.channel == channel, InboxRow.external_id == external_id)
    return session.execute(query).scalar_one_or_none()


def add(session: Session, row: InboxRow) -> None:
    """Store an event; it has its id afterwards."""
    session.add(row)
    session.flush()


def last(session: Session, conversation_id: str) -> InboxRow | None:
    """The newest event of a conversation."""
    query = (
        sa.select(InboxRow).where(InboxRow.conversation_id == conversation_id).order_by(InboxRow.seq.desc()).limit(1)
    )
    return session.scalars(query).first()


def oldest_undone(session: Session, conversation_id: str) -> InboxRow | None:
    """The event whose turn it is: nothing later may overtake it."""
    query = (
        sa.select(InboxRow)
        .where(InboxRow.conversation_id == conversation_id, InboxRow.done_at.is_(None))
        .order_by(InboxRow.seq)
        .limit(1)
    )
    return session.scalars(query).first()


def count_attempt(session: Session, row: InboxRow) -> None:
    """Note that the event is being handed to a turn."""
    row.attempts += 1
    session.flush()


def situation(session: Session, conversation_id: str) -> tuple[str, str]:
    """(state, language) of a conversation now."""
    row = session.execute(
        sa.select(Conversation.state, Conversation.language).where(Conversation.id == conversation_id)
    ).one()
    return str(row[0]), str(row[1])


def finish(session: Session, inbox_id: int, *, at: datetime, error: str | None = None) -> bool:
    """End an event; False when it was ended before."""
    result = session.execute(
        sa.update(InboxRow)
        .where(InboxRow.id == inbox_id, InboxRow.done_at.is_(None))
        .values(done_at=at, error=error)
        .returning(InboxRow.id)
    )
    return result.first() is not None


def put_off(session: Session, inbox_id: int, *, until: datetime, failed: bool, error: str) -> None:
    """Have the event tried again later."""
    session.execute(
        sa.update(InboxRow)
        .where(InboxRow.id == inbox_id)
        .values(next_try_at=until, error=error[:300], failures=InboxRow.failures + (1 if failed else 0))
    )


def conversations_to_resume(session: Session, *, owner: str, now: datetime, limit: int = 500) -> list[str]:
    """Conversations with something to do that nobody holds; those that waited longest first."""
    query = (
        sa.select(InboxRow.conversation_id)
        .join(Conversation, Conversation.id == InboxRow.conversation_id)
        .where(
            InboxRow.done_at.is_(None),
            sa.or_(
                Conversation.lease_owner.is_(None),
                Conversation.lease_owner == owner,
                Conversation.lease_until < now,
            ),
        )
        .group_by(InboxRow.conversation_id)
        # The oldest event decides when a conversation is tried again; those behind it have no time of their own.
        .having(sa.or_(sa.func.max(InboxRow.next_try_at).is_(None), sa.func.max(InboxRow.next_try_at) <= now))
        .order_by(sa.func.min(InboxRow.received_at))
        .limit(limit)
    )
    return list(session.scalars(query))


def backlog(session: Session) -> tuple[int, datetime | None]:
    """How many events wait, and since when the oldest does."""
    query = sa.select(sa.func.count(), sa.func.min(InboxRow.received_at)).where(InboxRow.done_at.is_(None))
    count, oldest = session.execute(query).one()
    return int(count), oldest


def parked(session: Session, limit: int = 100) -> list[InboxRow]:
    """Events that were given up, newest first: a person answers these."""
    query = sa.select(InboxRow).where(InboxRow.error.is_not(None), InboxRow.done_at.is_not(None))
    return list(session.scalars(query.order_by(InboxRow.id.desc()).limit(limit)))


def newest(session: Session, after: int) -> list[tuple[int, str]]:
    """(id, conversation) of the events stored after an id."""
    query = sa.select(InboxRow.id, InboxRow.conversation_id).where(InboxRow.id > after).order_by(InboxRow.id)
    return [(int(row[0]), str(row[1])) for row in session.execute(query)]


def last_id(session: Session) -> int:
    """The highest id there is, 0 in an empty table."""
    return int(session.execute(sa.select(sa.func.max(InboxRow.id))).scalar_one() or 0)
