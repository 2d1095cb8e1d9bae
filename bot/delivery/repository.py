"""All queries on lanes, pieces and the queued rows of the outbox.

Those that every message needs are built once and run without the ORM: that halves what a message costs.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import cast

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from bot.delivery.model import WINDOW, ChannelNotice, Lane, Piece
from common.outbox import Conversation, OutboxRow

_DONE = ("sent", "delivered", "read")
_LANE = cast("sa.Table", Lane.__table__)
_PIECE = cast("sa.Table", Piece.__table__)
_OUTBOX = cast("sa.Table", OutboxRow.__table__)
_THIS_LANE = _LANE.c.conversation_id == sa.bindparam("lane")
_OPEN = sa.bindparam("open", type_=_LANE.c.open_until.type)
_LATER = sa.or_(_LANE.c.open_until.is_(None), _LANE.c.open_until < _OPEN)
_HEAR = (
    sa.update(_LANE)
    .where(_THIS_LANE)
    .values(open_until=sa.case((_LATER, sa.func.coalesce(_OPEN, _LANE.c.open_until)), else_=_LANE.c.open_until))
    .returning(_LANE.c.stopped)
)
_RELEASE = sa.update(_LANE).where(_THIS_LANE).values(owner=None, until=None)
_NAME = sa.bindparam("name", type_=_PIECE.c.external_id.type)
_AT = sa.bindparam("now", type_=_PIECE.c.at.type)
_NOT_FAILED = sa.or_(_PIECE.c.failed_id.is_(None), _PIECE.c.failed_id != _NAME)
_THIS_PIECE = sa.and_(_PIECE.c.outbox_id == sa.bindparam("message"), _PIECE.c.part == sa.bindparam("place"))
_TAKEN = (
    sa.update(_PIECE)
    .where(_THIS_PIECE, _NOT_FAILED)
    .values(
        # A report may have been faster than the answer to the call.
        status=sa.case((_PIECE.c.status.in_(_DONE), _PIECE.c.status), else_="sent"),
        external_id=_NAME,
        unsure=False,
        at=_AT,
    )
    .returning(_PIECE.c.status)
)
_MOVE = (
    sa.update(_PIECE)
    .where(_NOT_FAILED, _PIECE.c.status.in_(sa.bindparam("before", expanding=True)))
    .where(sa.exists().where(_OUTBOX.c.id == _PIECE.c.outbox_id, _OUTBOX.c.channel == sa.bindparam("channel")))
    .values(status=sa.bindparam("becomes"), external_id=_NAME, unsure=False, at=_AT)
    .returning(_PIECE.c.outbox_id)
)
_MOVE_PLACED, _MOVE_NAMED = _MOVE.where(_THIS_PIECE), _MOVE.where(_PIECE.c.external_id == _NAME)
_FINISH = (
    sa.update(_OUTBOX)
    .where(_OUTBOX.c.id == sa.bindparam("message"))
    .values(
        status=sa.bindparam("becomes"),
        external_id=_NAME,
        next_try_at=None,
        error=None,
        sent_at=sa.func.coalesce(_OUTBOX.c.sent_at, _AT),
    )
)


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


def hear(session: Session, conversation_id: str, *, open_until: datetime | None) -> bool:
    """Note until when the channel takes free words, if that is later than before; whether the lane is stopped."""
    found = session.connection().execute(_HEAR, {"lane": conversation_id, "open": open_until})
    return bool(found.scalar_one_or_none())


def release(session: Session, conversation_id: str) -> None:
    """Let any process send in the conversation again."""
    session.connection().execute(_RELEASE, {"lane": conversation_id})


def taken(session: Session, outbox_id: int, part: int, external_id: str, *, now: datetime) -> str | None:
    """The channel took a piece; its status, None when that very try has failed meanwhile."""
    values = {"message": outbox_id, "place": part, "name": external_id, "now": now}
    return session.connection().execute(_TAKEN, values).scalar_one_or_none()


def move(
    session: Session,
    channel: str,
    place: tuple[int, int] | None,
    external_id: str,
    becomes: str,
    before: Sequence[str],
    *,
    now: datetime,
) -> int | None:
    """Take a piece on from any of the statuses `before`, found by its place or its name; the message's id."""
    values = {"channel": channel, "name": external_id, "becomes": becomes, "before": list(before), "now": now}
    if place is None:
        return session.connection().execute(_MOVE_NAMED, values).scalar()
    return session.connection().execute(_MOVE_PLACED, {**values, "message": place[0], "place": place[1]}).scalar()


def finish(session: Session, outbox_id: int, status: str, external_id: str, *, now: datetime) -> None:
    """A message of one piece is as far as that."""
    values = {"message": outbox_id, "becomes": status, "name": external_id, "now": now}
    session.connection().execute(_FINISH, values)


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


def is_noticed(session: Session, channel: str, external_id: str) -> bool:
    """Whether `add_notice` keeps it."""
    query = sa.select(ChannelNotice.id).where(
        ChannelNotice.channel == channel, ChannelNotice.external_id == external_id
    )
    return session.scalar(query) is not None
