"""All queries on the inbox."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.inbox.model import InboxRow
from common.outbox import Conversation

_TABLE = cast("sa.Table", InboxRow.__table__)
_C = _TABLE.c
_EVENT = (
    _C.id,
    _C.conversation_id,
    _C.channel,
    _C.external_id,
    _C.kind,
    _C.body,
    _C.received_at,
    _C.attempts,
    _C.failures,
)
_SEQ_OF = sa.select(_C.seq).where(_C.channel == sa.bindparam("channel"), _C.external_id == sa.bindparam("external_id"))
_UNDONE = sa.select(_C.id).where(_C.conversation_id == sa.bindparam("conversation_id"), _C.done_at.is_(None))
_KNOWN_AND_BUSY = sa.select(_SEQ_OF.scalar_subquery(), sa.exists(_UNDONE))
_OLDEST_UNDONE = (
    sa.select(*_EVENT, _C.next_try_at)
    .where(_C.conversation_id == sa.bindparam("conversation_id"), _C.done_at.is_(None))
    .order_by(_C.seq)
    .limit(1)
)
_ADD = sa.insert(_TABLE).returning(_C.id)
_COUNT = sa.update(_TABLE).where(_C.id == sa.bindparam("inbox_id")).values(attempts=_C.attempts + 1)


@dataclass(frozen=True)
class Event:
    """A stored event, as a turn needs it."""

    id: int
    conversation_id: str
    channel: str
    external_id: str
    kind: str
    body: dict[str, Any]
    received_at: datetime
    attempts: int
    failures: int


def seq_of(session: Session, channel: str, external_id: str) -> int | None:
    """The number an event got when it was stored, or None when it is new."""
    found = session.connection().execute(_SEQ_OF, {"channel": channel, "external_id": external_id})
    return found.scalar_one_or_none()


def known_and_busy(session: Session, channel: str, external_id: str, conversation_id: str) -> tuple[int | None, bool]:
    """(`seq_of` the event, whether something of the conversation is still to do)."""
    parameters = {"channel": channel, "external_id": external_id, "conversation_id": conversation_id}
    seq, busy = session.connection().execute(_KNOWN_AND_BUSY, parameters).one()
    return seq, bool(busy)


def add(session: Session, values: dict[str, Any]) -> int:
    """Store an event; its id."""
    return int(session.connection().execute(_ADD, values).scalar_one())


def last(session: Session, conversation_id: str) -> InboxRow | None:
    """The newest event of a conversation."""
    query = sa.select(InboxRow).where(InboxRow.conversation_id == conversation_id)
    return session.scalars(query.order_by(InboxRow.seq.desc()).limit(1)).first()


def newest_of(session: Session, conversation_id: str, limit: int = 30) -> list[InboxRow]:
    """The newest events of a conversation, as they are in the database now."""
    query = sa.select(InboxRow).where(InboxRow.conversation_id == conversation_id)
    newest = query.order_by(InboxRow.seq.desc()).limit(limit)
    return list(session.scalars(newest, execution_options={"populate_existing": True}))


def extend(session: Session, inbox_id: int, body: dict[str, Any], *, until: datetime) -> None:
    """Add to an event that no turn has seen, and keep it from one a little longer."""
    session.execute(sa.update(InboxRow).where(InboxRow.id == inbox_id).values(body=body, next_try_at=until))


def oldest_undone(session: Session, conversation_id: str, *, due: datetime) -> Event | None:
    """The event whose turn it is: nothing later may overtake it, even while it waits to be tried again."""
    row = session.connection().execute(_OLDEST_UNDONE, {"conversation_id": conversation_id}).first()
    if row is None or (row.next_try_at is not None and row.next_try_at > due):
        return None
    return Event(*row[:-1])


def count_attempt(session: Session, inbox_id: int) -> None:
    """Note that the event is being handed to a turn."""
    session.connection().execute(_COUNT, {"inbox_id": inbox_id})


def set_body(session: Session, inbox_id: int, body: dict[str, Any]) -> None:
    """Complete what is known of an event, such as the photos that were fetched for it."""
    session.execute(sa.update(InboxRow).where(InboxRow.id == inbox_id).values(body=body))


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


def conversations_to_resume(session: Session, *, owner: str | None, now: datetime, limit: int = 500) -> list[str]:
    """Conversations with something to do that nobody holds, or that `owner` does; those that waited longest first."""
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
