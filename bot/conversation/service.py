"""Opening a conversation, proving that it is one's own, and taking in what is said in it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy.orm import Session

from bot.conversation import repository
from bot.conversation.identity import Identity
from bot.conversation.lease import Lease
from bot.delivery import repository as deliveries
from bot.delivery import service as lanes
from bot.inbox import repository as inbox
from bot.inbox import service as inbox_service
from bot.inbox.service import Work
from bot.messages import Choice, Inbound, MessageRefusedError
from bot.outbox import service as outbox
from common import ids
from common.errors import NotFoundError
from common.outbox import Conversation
from common.phrases import LANGUAGES, Phrases

_DOUBLE_CLICK = timedelta(seconds=10)


@dataclass(frozen=True)
class Opened:
    """A new conversation and its secret, which is shown once and kept only as a hash."""

    conversation: Conversation
    token: str
    received: Received


@dataclass(frozen=True)
class Received:
    """A stored event. `known` means it had been stored before; `work` is its turn when this process may start it."""

    seq: int
    known: Literal["new", "known"]
    work: Work | None = None


def token_hash(token: str) -> str:
    """What is stored of a secret; 256 random bits need no salt."""
    return hashlib.sha256(token.encode()).hexdigest()


def open_web(
    session: Session, *, language: str, lease: Lease, now: datetime, identity: Identity | None = None
) -> Opened:
    """A new conversation of the website. Its first event, the opening, makes the bot say hello."""
    token = ids.new_token()
    conversation_id = ids.new_id("conv")
    conversation = Conversation(
        id=conversation_id,
        channel="web",
        channel_user=conversation_id,
        token_sha256=token_hash(token),
        language=language if language in LANGUAGES else "en",
        identity=identity.as_json() if identity else None,
        state="bot",
        seq=0,
        created_at=now,
        last_inbound_at=now,
    )
    repository.add(session, conversation)
    start = Inbound(channel="web", external_id=f"{conversation_id}:start", kind="start")
    return Opened(conversation, token, _store(session, conversation_id, start, lease=lease, now=now))


def of_user(
    session: Session, channel: str, user: str, *, language: str, identity: Mapping[str, str], now: datetime
) -> str:
    """The id of the conversation with a shopper of a channel that is written to, made when there is none yet.

    `language` is only for a new one; afterwards the conversation's own counts. What `identity` says that was not known
    is added, and what it says otherwise takes the place of what was.
    """
    known = repository.by_user(session, channel, user)
    if known is not None:
        conversation_id, kept = known
        if not identity.items() <= (kept or {}).items():
            repository.set_identity(session, conversation_id, {**(kept or {}), **identity})
        return conversation_id
    conversation_id = ids.new_id("conv")
    made = repository.add_if_new(
        session,
        {
            "id": conversation_id,
            "channel": channel,
            "channel_user": user,
            "language": language if language in LANGUAGES else "en",
            "identity": dict(identity),
            "state": "bot",
            "seq": 0,
            "created_at": now,
            "last_inbound_at": now,
        },
    )
    if made:
        lanes.opened(session, conversation_id)
        return conversation_id
    # Two first messages of one shopper at the same moment, taken in by two processes.
    other = repository.by_user(session, channel, user)
    if other is None:
        raise NotFoundError("conversation.unknown", f"The conversation with a shopper on {channel} is gone.")
    return other[0]


def of_token(session: Session, token: str) -> Conversation | None:
    """The conversation a secret opens."""
    return repository.by_token(session, token_hash(token)) if 20 <= len(token) <= 100 else None


def resume(session: Session, token: str, identity: Identity | None) -> Conversation | None:
    """The conversation a secret opens, which from now on knows the identity that was proven, if one was.

    None also when another person was identified in it before, by a proof or by an answer: one conversation sees one
    customer's data.
    """
    known = of_token(session, token)
    if known is None or identity is None:
        return known
    for before in (Identity.of(known.identity), Identity.asked(known.identity)):
        if before.as_json() and not before.is_surely(identity):
            return None
    repository.set_identity(session, known.id, {**(known.identity or {}), **identity.as_json()})
    return known


def known_seq(session: Session, inbound: Inbound) -> int | None:
    """The number of an event that was stored before."""
    return inbox.seq_of(session, inbound.channel, inbound.external_id)


def receive(
    session: Session, conversation_id: str, inbound: Inbound, *, phrases: Phrases, lease: Lease, now: datetime
) -> Received:
    """Store an event of a shopper, once. When the caller commits, the event will be answered, come what may.

    Raises MessageRefusedError `choice_unknown` for a button that was never offered and `photo_unknown` for a photo of
    another conversation, NotFoundError `conversation.unknown`.
    """
    if inbound.choice is not None:
        inbound = _offered(session, conversation_id, inbound, inbound.choice, phrases)
    if inbound.photos and not repository.owns_photos(session, conversation_id, inbound.photos):
        raise MessageRefusedError("utter_edge_photo_not_a_picture", 422, code="photo_unknown")
    return _store(session, conversation_id, inbound, lease=lease, now=now)


def _offered(session: Session, conversation_id: str, inbound: Inbound, choice: Choice, phrases: Phrases) -> Inbound:
    message = outbox.find(session, phrases, conversation_id, choice.message)
    if message is None or not 0 <= choice.index < len(message.buttons):
        raise MessageRefusedError("utter_edge_technical_trouble", 422, code="choice_unknown")
    button = message.buttons[choice.index]
    return replace(inbound, text=button.title, payload=button.payload)


def _store(session: Session, conversation_id: str, inbound: Inbound, *, lease: Lease, now: datetime) -> Received:
    heard = repository.hear(session, conversation_id, at=now)
    if heard is None:
        raise NotFoundError("conversation.unknown", f"There is no conversation {conversation_id}.")
    # From here on nobody else can add to this conversation, so what is read stays true until the commit.
    known, busy = inbox.known_and_busy(session, inbound.channel, inbound.external_id, conversation_id)
    if known is None and inbound.choice is not None:
        known = _pressed_just_now(session, conversation_id, inbound.choice, since=now - _DOUBLE_CLICK)
    if known is not None:
        return Received(known, "known")
    if inbound.album is not None:
        joined = _joined(session, conversation_id, inbound, heard.seq, now)
        if joined is not None:
            return joined
    # Behind an earlier event: whoever works on that one finds this one before letting go of the conversation.
    mine = not busy and inbound.album is None and lease.take(session, conversation_id, now=now, again=True) is not None
    work = inbox_service.add(session, conversation_id, inbound, heard, hand_out=mine, now=now)
    return Received(heard.seq, "new", work if mine else None)


def _joined(session: Session, conversation_id: str, inbound: Inbound, seq: int, now: datetime) -> Received | None:
    """A photo put to its album. It has no row of its own in the inbox; a notice keeps it and knows it again."""
    if deliveries.is_noticed(session, inbound.channel, inbound.external_id):
        return Received(seq, "known")
    joined = inbox_service.join_album(session, conversation_id, inbound, now=now)
    if joined is None:
        return None
    deliveries.add_notice(session, inbound.channel, inbound.external_id, "album", inbound.raw or "", at=now)
    return Received(joined, "new")


def _pressed_just_now(session: Session, conversation_id: str, choice: Choice, *, since: datetime) -> int | None:
    """The number of the last event when it was a press of this very button: a double click, or a second tab.

    Once it has been answered a while ago, a shopper who presses again means it.
    """
    row = inbox.last(session, conversation_id)
    if row is None or row.kind != "choice" or (row.done_at is not None and row.received_at < since):
        return None
    pressed: dict[str, Any] = row.body.get("choice") or {}
    return row.seq if pressed == {"message": choice.message, "index": choice.index} else None
