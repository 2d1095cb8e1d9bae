"""All queries about users, sessions and forms."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from console.accounts.model import Seen, SignInAttempt, UsedForm, User, UserSession


def user_by_name(session: Session, name: str) -> User | None:
    return session.scalars(sa.select(User).where(User.name == name)).first()


def user_by_id(session: Session, user_id: str) -> User | None:
    return session.get(User, user_id)


def users(session: Session) -> list[User]:
    return list(session.scalars(sa.select(User).order_by(User.name)))


def active_owners(session: Session) -> int:
    query = sa.select(sa.func.count()).select_from(User).where(User.role == "owner", User.disabled_at.is_(None))
    return session.scalar(query) or 0


def add(session: Session, row: User | UserSession | SignInAttempt) -> None:
    session.add(row)
    session.flush()


def live_session(session: Session, token_sha256: str, now: datetime) -> tuple[UserSession, User] | None:
    """The session and its user, unless it has expired or the user is disabled."""
    row = session.execute(
        sa.select(UserSession, User)
        .join(User, User.id == UserSession.user_id)
        .where(UserSession.token_sha256 == token_sha256, UserSession.expires_at > now, User.disabled_at.is_(None))
    ).first()
    return (row[0], row[1]) if row is not None else None


def end_session(session: Session, token_sha256: str) -> None:
    session.execute(sa.delete(UserSession).where(UserSession.token_sha256 == token_sha256))


def end_sessions_of(session: Session, user_id: str, *, but: str = "") -> None:
    session.execute(sa.delete(UserSession).where(UserSession.user_id == user_id, UserSession.token_sha256 != but))


def drop_expired(session: Session, now: datetime, attempts_before: datetime, forms_before: datetime) -> None:
    """Forget what no longer matters, so that these tables stay small."""
    session.execute(sa.delete(UserSession).where(UserSession.expires_at <= now))
    session.execute(sa.delete(SignInAttempt).where(SignInAttempt.at < attempts_before))
    session.execute(sa.delete(UsedForm).where(UsedForm.at < forms_before))


def attempts(session: Session, *, since: datetime, name: str | None = None, address: str | None = None) -> int:
    query = sa.select(sa.func.count()).select_from(SignInAttempt).where(SignInAttempt.at >= since)
    if name is not None:
        query = query.where(SignInAttempt.name == name)
    if address is not None:
        query = query.where(SignInAttempt.address == address)
    return session.scalar(query) or 0


def forget_attempts(session: Session, name: str, address: str) -> None:
    session.execute(sa.delete(SignInAttempt).where(SignInAttempt.name == name, SignInAttempt.address == address))


def use_form(session: Session, nonce: str, user_id: str, path: str, now: datetime) -> bool:
    """Take a form's number; False when it was taken before. A second taker waits for the first one's commit."""
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    statement = (
        insert(UsedForm)
        .values(nonce=nonce, user_id=user_id, path=path[:200], at=now)
        .on_conflict_do_nothing()
        .returning(UsedForm.nonce)
    )
    return session.execute(statement).first() is not None


def seen(session: Session, user_id: str, conversation_ids: list[str]) -> dict[str, int]:
    """The last number read in each of these conversations."""
    query = sa.select(Seen).where(Seen.user_id == user_id, Seen.conversation_id.in_(conversation_ids))
    return {row.conversation_id: row.seq for row in session.scalars(query)}


def mark_seen(session: Session, user_id: str, conversation_id: str, seq: int) -> None:
    row = session.get(Seen, (user_id, conversation_id))
    if row is None:
        session.add(Seen(user_id=user_id, conversation_id=conversation_id, seq=seq))
    elif row.seq < seq:
        row.seq = seq
    session.flush()


def set_notice(session: Session, token_sha256: str, notice: dict[str, Any] | None) -> None:
    session.execute(sa.update(UserSession).where(UserSession.token_sha256 == token_sha256).values(notice=notice))


def take_notice(session: Session, token_sha256: str) -> dict[str, Any] | None:
    """What the next page was to tell; only once."""
    notice = session.scalar(sa.select(UserSession.notice).where(UserSession.token_sha256 == token_sha256))
    if notice is not None:
        set_notice(session, token_sha256, None)
    return notice


def search_of(session: Session, token_sha256: str) -> str:
    return session.scalar(sa.select(UserSession.search).where(UserSession.token_sha256 == token_sha256)) or ""


def set_search(session: Session, token_sha256: str, text: str) -> None:
    session.execute(sa.update(UserSession).where(UserSession.token_sha256 == token_sha256).values(search=text or None))
