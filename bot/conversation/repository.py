"""All queries on conversations, the lease among them.

Those that every message needs are built once and run without the ORM: that halves what a message costs.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from bot.messages import State
from common.outbox import Conversation
from common.photos.store import PhotoRow

_TABLE = cast("sa.Table", Conversation.__table__)
_C = _TABLE.c
_THIS = _C.id == sa.bindparam("conversation_id")
_SEEN = (_C.seq, _C.state, _C.state_reason, _C.language, _C.agent, _C.lease_owner, _C.lease_until, _C.identity)
# An UPDATE and not SELECT FOR UPDATE: SQLite knows no row locks, but it does begin to write here.
_LOCK = sa.update(_TABLE).where(_THIS).values(seq=_C.seq).returning(*_SEEN)
_HEAR = (
    sa.update(_TABLE)
    .where(_THIS)
    .values(seq=_C.seq + 1, last_inbound_at=sa.bindparam("heard_at", type_=_C.last_inbound_at.type))
    .returning(*_SEEN)
)
_UNTIL = sa.bindparam("until", type_=_C.lease_until.type)
_OWNER = sa.bindparam("owner", type_=_C.lease_owner.type)
_NOW = sa.bindparam("now", type_=_C.lease_until.type)
_FREE = sa.or_(_C.lease_owner.is_(None), _C.lease_until < _NOW)
_TAKE = sa.update(_TABLE).where(_THIS, _FREE).values(lease_owner=_OWNER, lease_until=_UNTIL).returning(*_SEEN)
_TAKE_AGAIN = (
    sa.update(_TABLE)
    .where(_THIS, sa.or_(_FREE, _C.lease_owner == _OWNER))
    .values(lease_owner=_OWNER, lease_until=_UNTIL)
    .returning(*_SEEN)
)
_KEEP = sa.update(_TABLE).where(_THIS, _C.lease_owner == _OWNER).values(lease_until=_UNTIL).returning(*_SEEN)
_RELEASE = sa.update(_TABLE).where(_THIS, _C.lease_owner == _OWNER).values(lease_owner=None, lease_until=None)


@dataclass(frozen=True)
class Locked:
    """A conversation whose row is held until the transaction ends: nobody else adds to it or changes it."""

    seq: int
    state: State
    state_reason: str | None
    language: str
    agent: str | None
    lease_owner: str | None
    lease_until: datetime | None
    identity: dict[str, Any] | None


def _locked(session: Session, statement: sa.Update, **parameters: object) -> Locked | None:
    row = session.connection().execute(statement, parameters).first()
    return None if row is None else Locked(*row)


def lock(session: Session, conversation_id: str) -> Locked | None:
    """Hold a conversation."""
    return _locked(session, _LOCK, conversation_id=conversation_id)


def hear(session: Session, conversation_id: str, *, at: datetime) -> Locked | None:
    """Hold a conversation and take its next number for something the shopper said."""
    return _locked(session, _HEAR, conversation_id=conversation_id, heard_at=at)


def lease(
    session: Session, conversation_id: str, *, owner: str, again: bool, now: datetime, until: datetime
) -> Locked | None:
    """Become the only one that works on a conversation; None while another one does.

    `again` also takes a lease that `owner` has already and that has not run out.
    """
    statement = _TAKE_AGAIN if again else _TAKE
    return _locked(session, statement, conversation_id=conversation_id, owner=owner, now=now, until=until)


def keep_lease(session: Session, conversation_id: str, *, owner: str, until: datetime) -> Locked | None:
    """Hold on to a lease; None when it went to somebody else meanwhile."""
    return _locked(session, _KEEP, conversation_id=conversation_id, owner=owner, until=until)


def release(session: Session, conversation_id: str, *, owner: str) -> None:
    """Let any process work on the conversation again."""
    session.connection().execute(_RELEASE, {"conversation_id": conversation_id, "owner": owner})


def add(session: Session, conversation: Conversation) -> None:
    """Store a new conversation."""
    session.add(conversation)
    session.flush()


def add_if_new(session: Session, values: dict[str, Any]) -> bool:
    """Store a new conversation unless its channel has one with that shopper already; says whether it did."""
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    statement = dialect.insert(_TABLE).values(**values).on_conflict_do_nothing().returning(_C.id)
    return session.execute(statement).first() is not None


def get(session: Session, conversation_id: str) -> Conversation | None:
    """The conversation as it is in the database now."""
    return session.get(Conversation, conversation_id, populate_existing=True)


def by_user(session: Session, channel: str, user: str) -> tuple[str, dict[str, Any] | None] | None:
    """The conversation with a channel's shopper: its id, and what is proven about the shopper."""
    query = sa.select(_C.id, _C.identity).where(_C.channel == channel, _C.channel_user == user)
    row = session.connection().execute(query).first()
    return None if row is None else (row.id, row.identity)


def by_token(session: Session, token_sha256: str) -> Conversation | None:
    """The conversation a secret belongs to."""
    return session.scalars(sa.select(Conversation).where(Conversation.token_sha256 == token_sha256)).first()


def set_state(session: Session, conversation_id: str, state: State, *, reason: str | None, agent: str | None) -> None:
    """Who answers from now on; the rules for it are in bot/handoff."""
    session.execute(
        sa.update(Conversation)
        .where(Conversation.id == conversation_id)
        .values(state=state, state_reason=reason[:200] if reason else None, agent=agent)
    )


def set_language(session: Session, conversation_id: str, language: str) -> None:
    """The language of everything said from now on."""
    session.execute(sa.update(Conversation).where(Conversation.id == conversation_id).values(language=language))


def set_identity(session: Session, conversation_id: str, identity: dict[str, Any]) -> None:
    """What is proven about the shopper from now on."""
    session.execute(sa.update(Conversation).where(Conversation.id == conversation_id).values(identity=identity))


def in_states(session: Session, states: tuple[State, ...], limit: int = 200) -> list[Conversation]:
    """Conversations in these states, the longest silent first."""
    query = sa.select(Conversation).where(Conversation.state.in_(states)).order_by(Conversation.last_inbound_at)
    return list(session.scalars(query.limit(limit)))


def count_by_state(session: Session) -> dict[str, int]:
    """How many conversations are in each state."""
    query = sa.select(Conversation.state, sa.func.count()).group_by(Conversation.state)
    return {str(row[0]): int(row[1]) for row in session.execute(query)}


def owns_photos(session: Session, conversation_id: str, photo_ids: tuple[str, ...]) -> bool:
    """Whether all of these photos were sent in this conversation."""
    query = sa.select(sa.func.count()).where(PhotoRow.id.in_(photo_ids), PhotoRow.conversation_id == conversation_id)
    return int(session.execute(query).scalar_one()) == len(set(photo_ids))


def count_photos(session: Session, conversation_id: str, *, since: datetime) -> int:
    """How many photos were sent in this conversation since then."""
    query = sa.select(sa.func.count()).where(PhotoRow.conversation_id == conversation_id, PhotoRow.received_at >= since)
    return int(session.execute(query).scalar_one())
