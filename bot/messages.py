"""The words of the edge: what comes in, what goes out, and what a shopper's text may hold."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from common.errors import RefusedError

Kind = Literal["text", "choice", "photos", "start", "unsupported"]
Sender = Literal["shopper", "bot", "agent", "system"]
State = Literal["bot", "waiting", "human"]

MAX_TEXT = 2_000
MAX_PHOTOS = 10
MAX_EXTERNAL_ID = 160

# Rasa reads a leading "/" as an intent given by a program. It strips blanks first, but not this one.
_ZERO_WIDTH_SPACE = "\u200b"
_UNSEEN = frozenset("\u200b\u200c\u200d\u2060\ufeff\u00ad\u200e\u200f")


class MessageRefusedError(RefusedError):
    """A message that cannot be taken. `phrase` and `parameters` name the sentence of domain.yml for the shopper."""

    def __init__(self, phrase: str, status: int, *, code: str | None = None, **parameters: object) -> None:
        super().__init__(code or phrase.removeprefix("utter_edge_"), f"The message is refused: {phrase}.")
        self.phrase = phrase
        self.status = status
        self.parameters = dict(parameters)


@dataclass(frozen=True)
class Choice:
    """A quick reply that was pressed: the message that offered it, by its number, and which of its buttons."""

    message: int
    index: int


@dataclass(frozen=True)
class Media:
    """A file that still lies with the channel, to be fetched before the turn. `sha256` is in hex digits, "" unknown."""

    id: str
    mime: str = ""
    sha256: str = ""
    size: int | None = None


@dataclass(frozen=True)
class Inbound:
    """One event of a shopper on a channel, after the channel has verified and read it.

    `external_id` is unique within the channel and the same when the event is delivered again. `raw` keeps what the
    channel sent where it is more than these fields. `payload` is a command of ours for Rasa; no channel sets it
    from what a shopper typed. `response` names the phrase that answers an event which is not for Rasa; an event of
    kind `unsupported` without one is kept and not answered. Events of one `album` that come together are one event.
    """

    channel: str
    external_id: str
    kind: Kind
    text: str = ""
    photos: tuple[str, ...] = ()
    choice: Choice | None = None
    payload: str | None = None
    client_id: str | None = None
    raw: str | None = None
    media: tuple[Media, ...] = ()
    album: str | None = None
    response: str | None = None
    parameters: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Button:
    """A quick reply. The payload stays on this side; clients name a button by its place."""

    title: str
    payload: str


@dataclass(frozen=True)
class Message:
    """One line of a conversation as people see it. `seq` orders it, whoever said it.

    `response` and `parameters` are the phrase it was made of, if it was; `status` is how far it has got, "" for what
    came in.
    """

    seq: int
    sender: Sender
    at: datetime
    text: str = ""
    buttons: tuple[Button, ...] = ()
    photos: tuple[str, ...] = ()
    attachments: tuple[dict[str, str], ...] = ()
    ask: dict[str, Any] | None = None
    client_id: str | None = None
    outbox_id: int | None = field(default=None, compare=False)
    language: str = "en"
    response: str | None = None
    parameters: dict[str, Any] = field(default_factory=dict, compare=False)
    status: str = ""


def clean_text(text: str) -> str:
    """The text without what is not text: control characters, NUL, lone surrogates; NFC, outer blanks removed.

    Emoji joiners and direction marks stay: they are part of how people write.
    """
    composed = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    kept = (c for c in composed if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cs"))
    return "".join(kept).strip()


def checked_text(text: str) -> str:
    """`clean_text`, refused when nothing visible is left (`utter_edge_empty`) or too much (`utter_edge_too_long`)."""
    # Cleaning costs time by length, so what is hopelessly long is not even cleaned.
    cleaned = clean_text(text) if len(text) <= 4 * MAX_TEXT else text
    if len(cleaned) > MAX_TEXT:
        raise MessageRefusedError("utter_edge_too_long", 422, limit=MAX_TEXT)
    if all(character in _UNSEEN or character.isspace() for character in cleaned):
        raise MessageRefusedError("utter_edge_empty", 422)
    return cleaned


def as_typed(text: str) -> str:
    """What Rasa gets for something a shopper typed: never a command, whatever it begins with."""
    return _ZERO_WIDTH_SPACE + text if text.strip().startswith("/") else text
