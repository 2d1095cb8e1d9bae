"""All queries on conversations, the lease among them."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.messages import State
from common.outbox import Conversation
from common.photos.store import PhotoRow


def add(session: Session, conversation: Conversation) -> None:
    """Store a new conversation."""
    session.add(conversation)
    session.flush()


def get(session: Session, conversation_id: str) -> Conversation | None:
    """The conversation as it is in the database now."""
    return session.get(Conversation, conversation_id, populate_existing=True)


def by_token(session: Session, token_sha256: str) -> Conversation | None:
    """The conversation a secret belongs to."""
    return session.scalars(sa.select(Conversation).where(Conversation.token_sha256 == token_sha256)).first()


def lock(session: Session, conversation_id: str, *, heard_at: datetime | None = None) -> Conversation | None:
    """The conversation, its row held until the transaction ends. `heard_at` notes the shopper's latest message."""
    values = {"last_inbound_at": heard_at} if heard_at else {"seq": Conversation.seq}
    # An UPDATE and not SELECT FOR UPDATE: SQLite knows no row locks, but it does begin to write here.
    session.execute(sa.update(Conversation).where(Conversation.id == conversation_id).values(values))
    return get(session, conversation_id)


def lease(session: Session, conversation_id: str, *, owner: str, now: datetime, until: datetime) -> bool:
    """Become the only process that works on a conversation; False while another one does."""
    free = sa.or_(Conversation.lease_owner.is_(None), Conversation.lease_owner == owner, Conversation.lease_until < now)
    return _changed(session, conversation_id, free, lease_owner=owner, lease_until=until)


def keep_lease(session: Session, conversation_id: str, *, owner: str, until: datetime) -> bool:
    """Hold on to a lease; False when it went to somebody else meanwhile."""
    return _changed(session, conversation_id, Conversation.lease_owner == owner, lease_until=until)


def release(session: Session, conversation_id: str, *, owner: str) -> None:
    """Let any process work on the conversation again."""
    _changed(session, conversation_id, Conversation.lease_owner == owner, lease_owner=None, lease_until=None)


def _changed(session: Session, conversation_id: str, condition: sa.ColumnElement[bool], **values: object) -> bool:
    result = session.execute(
        sa.update(Conversation)
        .where(Conversation.id == conversation_id, condition)
        .values(values)
        .returning(Conversation.id)
        .execution_options(synchronize_session=False)
    )
    return result.first() is not None


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


def count_photos(session: Session, conversation_id: str) -> int:
    """How many photos were sent in this conversation."""
    query = sa.select(sa.func.count()).where(PhotoRow.conversation_id == conversation_id)
    return int(session.execute(query).scalar_one())
