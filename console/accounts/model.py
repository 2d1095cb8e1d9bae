"""Tables of the console: users, their sessions, failed sign-ins, and the marks that make a form act once."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from common.database import Base, Json, UtcDateTime

Role = Literal["owner", "agent"]
ROLES: tuple[Role, ...] = ("owner", "agent")


class User(Base):
    """A person of the shop. `name` is for signing in, in lower case, and no shopper sees it; `display_name` is what
    they read instead, None for a neutral wording. `password_hash` is argon2id; `language` None follows the browser."""

    __tablename__ = "rd_user"

    id: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(64), unique=True)
    display_name: Mapped[str | None] = mapped_column(sa.String(64))
    password_hash: Mapped[str] = mapped_column(sa.String(200))
    role: Mapped[str] = mapped_column(sa.String(8))
    language: Mapped[str | None] = mapped_column(sa.String(2))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    disabled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class UserSession(Base):
    """One signed-in browser. Only the SHA-256 of the cookie is kept; `csrf` goes into every form.

    `search` is the last search, kept here because an e-mail address has no business in a URL;
    `notice` is what the next page tells once (`{"key", "parameters"}` of the console's words).
    """

    __tablename__ = "rd_session"

    token_sha256: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    user_id: Mapped[str] = mapped_column(sa.ForeignKey("rd_user.id"), index=True)
    csrf: Mapped[str] = mapped_column(sa.String(64))
    search: Mapped[str | None] = mapped_column(sa.String(200))
    notice: Mapped[dict[str, Any] | None] = mapped_column(Json)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class SignInAttempt(Base):
    """One try to sign in that has not succeeded; too many of them close the door for a while."""

    __tablename__ = "rd_sign_in_attempt"

    id: Mapped[int] = mapped_column(sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(64), index=True)
    address: Mapped[str] = mapped_column(sa.String(64), index=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class UsedForm(Base):
    """A form that has been acted on. Its number is taken in the transaction of the act, so a double click acts once."""

    __tablename__ = "rd_used_form"

    nonce: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    user_id: Mapped[str] = mapped_column(sa.ForeignKey("rd_user.id"))
    path: Mapped[str] = mapped_column(sa.String(200))
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class Seen(Base):
    """How far a user has read a conversation."""

    __tablename__ = "rd_conversation_seen"

    user_id: Mapped[str] = mapped_column(sa.ForeignKey("rd_user.id"), primary_key=True)
    conversation_id: Mapped[str] = mapped_column(sa.ForeignKey("rd_conversation.id"), primary_key=True)
    seq: Mapped[int]
