"""Conversations' sequence numbers and the messages waiting to go out, shared by bot/ and actions/.

A message for a shopper is a row written in the same transaction as the fact it tells, so it exists
if and only if the fact does. `seq` orders everything said in a conversation, in both directions.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from common.database import Base, Json, UtcDateTime
from common.errors import NotFoundError


class Conversation(Base):
    """One shopper on one channel. `state`: bot answers, `waiting` for a person, or `human` (bot is silent).

    `identity` is what has been proven about the shopper without a question: `{"email","phone","order"}`, any of them;
    and under `"asked"` the `{"email","order"}` of the order that was proven by answering one.
    """

    __tablename__ = "rd_conversation"

    id: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    channel: Mapped[str] = mapped_column(sa.String(16))
    channel_user: Mapped[str] = mapped_column(sa.String(128))
    token_sha256: Mapped[str | None] = mapped_column(sa.String(64), unique=True)
    language: Mapped[str] = mapped_column(sa.String(2), default="en")
    state: Mapped[str] = mapped_column(sa.String(8), default="bot", index=True)
    state_reason: Mapped[str | None] = mapped_column(sa.String(200))
    agent: Mapped[str | None] = mapped_column(sa.String(64))
    identity: Mapped[dict[str, Any] | None] = mapped_column(Json)
    seq: Mapped[int] = mapped_column(default=0)
    lease_owner: Mapped[str | None] = mapped_column(sa.String(64))
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_inbound_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (sa.UniqueConstraint("channel", "channel_user"),)


class OutboxRow(Base):
    """One message to a shopper. `key` makes posting it idempotent.

    `status` follows its delivery: queued, sent, delivered, read; or failed, with its `error`. `channel` is the
    conversation's.
    """

    __tablename__ = "rd_outbox"

    id: Mapped[int] = mapped_column(sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True)
    conversation_id: Mapped[str] = mapped_column(sa.ForeignKey("rd_conversation.id"))
    channel: Mapped[str] = mapped_column(sa.String(16), default="", server_default="")
    seq: Mapped[int]
    author: Mapped[str] = mapped_column(sa.String(8))
    key: Mapped[str] = mapped_column(sa.String(200), unique=True)
    body: Mapped[dict[str, Any]] = mapped_column(Json)
    status: Mapped[str] = mapped_column(sa.String(10), default="queued", index=True)
    attempts: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    external_id: Mapped[str | None] = mapped_column(sa.String(128), index=True)
    error: Mapped[str | None] = mapped_column(sa.String(300))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (
        sa.UniqueConstraint("conversation_id", "seq"),
        # Only what is still to be sent: the sweep looks several times a second, whatever the table has grown to.
        sa.Index(
            "ix_rd_outbox_queued",
            "channel",
            "conversation_id",
            sqlite_where=sa.text("status = 'queued'"),
            postgresql_where=sa.text("status = 'queued'"),
        ),
    )


@dataclass(frozen=True)
class OutMessage:
    """What to say. Either `response` names a phrase of domain.yml with `parameters`, or `text` is given as it is.

    `attachments` are `{"url","title","mime"}`; `ask` is what the shopper is asked for besides words,
    such as `{"photos": {"minimum": 1, "maximum": 4}}`; `buttons` are `{"title","payload"}`.
    """

    response: str | None = None
    parameters: dict[str, Any] = field(default_factory=dict)
    text: str = ""
    buttons: list[dict[str, str]] = field(default_factory=list)
    attachments: list[dict[str, str]] = field(default_factory=list)
    ask: dict[str, Any] | None = None


def note_proven(session: Session, conversation_id: str, *, email: str | None, order: str) -> None:
    """Note whose order was proven by an answer, so that the conversation is not shown to somebody else later."""
    talk = session.get(Conversation, conversation_id)
    if talk is not None:
        asked = {"order": order, **({"email": email} if email else {})}
        talk.identity = {**(talk.identity or {}), "asked": asked}
        session.flush()


def next_seq(session: Session, conversation_id: str) -> int:
    """Take the conversation's next number; the row stays locked until the transaction ends, so order is exact.

    Raises NotFoundError `conversation.unknown`.
    """
    seq = session.execute(
        sa.update(Conversation)
        .where(Conversation.id == conversation_id)
        .values(seq=Conversation.seq + 1)
        .returning(Conversation.seq)
    ).scalar_one_or_none()
    if seq is None:
        raise NotFoundError("conversation.unknown", f"There is no conversation {conversation_id}.")
    return int(seq)


def post(
    session: Session, conversation_id: str, message: OutMessage, *, key: str, now: datetime, author: str = "bot"
) -> bool:
    """Queue a message in the caller's transaction. The same `key` twice queues it once; says whether it was new."""
    found = session.execute(
        sa.select(Conversation.language, Conversation.channel).where(Conversation.id == conversation_id)
    ).one_or_none()
    if found is None:
        raise NotFoundError("conversation.unknown", f"There is no conversation {conversation_id}.")
    seq = next_seq(session, conversation_id)
    # After the row lock above nobody else can post to this conversation, so a look is enough.
    if session.execute(sa.select(OutboxRow.id).where(OutboxRow.key == key)).first() is not None:
        return False
    body = {
        "response": message.response,
        "parameters": message.parameters,
        "text": message.text,
        "buttons": message.buttons,
        "attachments": message.attachments,
        "ask": message.ask,
        # Kept with the message: a later switch of language must not rewrite what was said.
        "language": found.language,
    }
    row = OutboxRow(conversation_id=conversation_id, channel=found.channel, seq=seq, author=author, key=key, body=body)
    row.created_at = now
    session.add(row)
    session.flush()
    return True
