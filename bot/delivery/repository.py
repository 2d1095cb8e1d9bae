"""All queries on lanes, pieces and the queued rows of the outbox."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from bot.delivery.model import WINDOW, ChannelNotice, Lane, Piece
from common.outbox import Conversation, OutboxRow

_DONE = ("sent", "delivered", "read")


def add_lane(session: Session, conversation_id: str) -> None:
    """The way out of a new conversation."""
    session.add(Lane(conversation_id=conversation_id, stopped=False))
    session.flush()


def take(session: Session, conversation_id: str, *, owner: str, now: datetime, until: datetime) -> Lane | None:
    """Become the only one that sends in a conversation; None while another one does, or a person has to act first."""
    return _changed(
        session,
        sa.update(Lane)
        .where(
            Lane.conversation_id == conversation_id,
            sa.or_(Lane.stopped.is_(False), Lane.trouble == WINDOW),
            sa.or_(Lane.owner.is_(None), Lane.until < now),
        )
        .values(owner=owner, until=until),
    )


def keep(session: Session, conversation_id: str, *, owner: str, until: datetime) -> Lane | None:
    """Go on sending; None when another process has taken over."""
    held = sa.update(Lane).where(Lane.conversation_id == conversation_id, Lane.owner == owner)
    return _changed(session, held.values(until=until))


def lock(session: Session, conversation_id: str) -> Lane | None:
    """Hold a lane until the transaction ends."""
    same = sa.update(Lane).where(Lane.conversation_id == conversation_id).values(stopped=Lane.stopped)
    return _changed(session, same)


def _changed(session: Session, statement: sa.Update) -> Lane | None:
    found = sa.select(Lane).from_statement(statement.returning(Lane))
    return session.scalars(found, execution_options={"populate_existing": True}).one_or_none()


def release_all(session: Session, owner: str) -> None:
    """Free what a process held in its former life."""
    session.execute(sa.update(Lane).where(Lane.owner == owner).values(owner=None, until=None))


def lane(session: Session, conversation_id: str) -> Lane | None:
    """The lane as it is in the database now; None for a conversation of the website."""
    return session.get(Lane, conversation_id, populate_existing=True)


def user_of(session: Session, conversation_id: str) -> tuple[str, str]:
    """(channel, the channel's name of the shopper)."""
    query = sa.select(Conversation.channel, Conversation.channel_user).where(Conversation.id == conversation_id)
    channel, user = session.execute(query).one()
    return str(channel), str(user)


def head(session: Session, conversation_id: str) -> OutboxRow | None:
    """The message whose turn it is: nothing later may overtake it."""
    return next(iter(queued(session, conversation_id, limit=1)), None)


def queued(session: Session, conversation_id: str, *, limit: int = 50) -> list[OutboxRow]:
    """What waits to be sent, in order."""
    query = sa.select(OutboxRow).where(OutboxRow.conversation_id == conversation_id, OutboxRow.status == "queued")
    found = query.order_by(OutboxRow.seq).limit(limit)
    return list(session.scalars(found, execution_options={"populate_existing": True}))


def row(session: Session, outbox_id: int) -> OutboxRow | None:
    """A message as it is in the database now."""
    return session.get(OutboxRow, outbox_id, populate_existing=True)


def pieces(session: Session, outbox_id: int) -> list[Piece]:
    """What is known of the parts of a message, in order."""
    query = sa.select(Piece).where(Piece.outbox_id == outbox_id).order_by(Piece.part)
    return list(session.scalars(query, execution_options={"populate_existing": True}))


def piece_named(session: Session, channel: str, external_id: str) -> Piece | None:
    """The piece a channel calls so."""
    query = (
        sa.select(Piece)
        .join(OutboxRow, OutboxRow.id == Piece.outbox_id)
        .where(OutboxRow.channel == channel, Piece.external_id == external_id)
    )
    return session.scalars(query.limit(1)).first()


def piece_at(session: Session, channel: str, outbox_id: int, part: int) -> Piece | None:
    """A piece by its place, if the message is of that channel."""
    query = (
        sa.select(Piece)
        .join(OutboxRow, OutboxRow.id == Piece.outbox_id)
        .where(OutboxRow.channel == channel, Piece.outbox_id == outbox_id, Piece.part == part)
    )
    return session.scalars(query).first()


def due(session: Session, channels: Iterable[str], *, now: datetime, limit: int = 500) -> list[tuple[str, str]]:
    """(conversation, channel) where something can be sent now that nobody is sending; the oldest first."""
    query = (
        sa.select(OutboxRow.conversation_id, OutboxRow.channel)
        .join(Lane, Lane.conversation_id == OutboxRow.conversation_id)
        .where(
            OutboxRow.status == "queued",
            OutboxRow.channel.in_(list(channels)),
            # Where the shopper has to write first, only what was posted since can change anything.
            sa.or_(Lane.stopped.is_(False), sa.and_(Lane.trouble == WINDOW, OutboxRow.created_at > Lane.trouble_at)),
            sa.or_(Lane.owner.is_(None), Lane.until < now),
        )
        .group_by(OutboxRow.conversation_id, OutboxRow.channel)
        # Only the first message of a lane has a time of its own; those behind it wait for it.
        .having(sa.or_(sa.func.max(OutboxRow.next_try_at).is_(None), sa.func.max(OutboxRow.next_try_at) <= now))
        .order_by(sa.func.min(OutboxRow.id))
        .limit(limit)
    )
    return [(str(found[0]), str(found[1])) for found in session.execute(query)]


def troubled(session: Session, channels: Iterable[str], *, late: datetime, limit: int) -> list[tuple[Lane, int]]:
    """Lanes a person should look at, and how many messages wait in each; the oldest trouble first.

    Besides those with a trouble: where a message that failed at least once has waited since before `late`.
    """
    overdue = sa.select(OutboxRow.conversation_id).where(
        OutboxRow.status == "queued",
        OutboxRow.channel.in_(list(channels)),
        OutboxRow.error.is_not(None),
        OutboxRow.created_at < late,
    )
    queued = sa.and_(OutboxRow.conversation_id == Lane.conversation_id, OutboxRow.status == "queued")
    query = (
        sa.select(Lane, sa.select(sa.func.count()).where(queued).scalar_subquery())
        .where(sa.or_(Lane.trouble_at.is_not(None), Lane.conversation_id.in_(overdue)))
        .order_by(Lane.trouble_at, Lane.conversation_id)
        .limit(limit)
    )
    return [(lane, int(count)) for lane, count in session.execute(query)]


def repeats(session: Session) -> int:
    """How many tries were made although an earlier one may have worked."""
    return int(session.scalar(sa.select(sa.func.coalesce(sa.func.sum(Piece.repeats), 0))) or 0)


def waiting(session: Session, channels: Sequence[str]) -> tuple[int, int]:
    """(messages that are still to be sent, conversations in which nothing may be)."""
    queued = sa.select(sa.func.count()).where(OutboxRow.status == "queued", OutboxRow.channel.in_(list(channels)))
    stopped = sa.select(sa.func.count()).select_from(Lane).where(Lane.stopped.is_(True))
    return int(session.scalar(queued) or 0), int(session.scalar(stopped) or 0)


def all_done(found: Sequence[Piece], count: int) -> bool:
    """Whether all parts of a message have gone out."""
    return sum(piece.status in _DONE for piece in found) >= count


def add_notice(session: Session, channel: str, external_id: str, kind: str, raw: str, *, at: datetime) -> bool:
    """Keep what belongs to no conversation; False when it is kept already."""
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    values = {"channel": channel, "external_id": external_id, "kind": kind, "raw": raw, "received_at": at}
    statement = dialect.insert(ChannelNotice).values(**values).on_conflict_do_nothing()
    return session.execute(statement.returning(ChannelNotice.id)).first() is not None
