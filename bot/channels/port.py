"""What every channel is for us: a pure translation in each direction, a client for its network, what it can do.

Verifying, reading and storing an event come before its acknowledgement; `bot.channels.gate` does the storing. Adding a
channel is a folder beside this file and a line in `bot.channels.registry`.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal, Protocol

from bot.messages import Inbound, Media, Message
from common.errors import UpstreamError

_UNPRINTABLE = re.compile(r"[^ -~]")


@dataclass(frozen=True)
class Capabilities:
    """What a channel can carry. `push`: we send to it; otherwise its clients fetch what was written for them.

    `max_buttons` and `max_title` bound quick replies; `idempotent_send` says that a message sent twice with the same
    key arrives once. `window` is how long after a shopper's last word we may write freely; None means always.
    `per_second` bounds what we send to all shoppers together.
    """

    push: bool
    max_text: int
    max_buttons: int
    max_title: int
    photos_in: bool
    documents_out: bool
    typing: bool
    idempotent_send: bool
    window: timedelta | None = None
    per_second: int = 30


@dataclass(frozen=True)
class Arrival:
    """One event and the channel's own name of the shopper it comes from.

    `language` is a first guess for a shopper who is new; `identity` is what the channel vouches for, such as
    `{"phone": "+33..."}`; `said_at` is when the shopper wrote, where the channel tells.
    """

    user: str
    inbound: Inbound
    language: str = "en"
    identity: Mapping[str, str] = field(default_factory=dict)
    said_at: datetime | None = None


@dataclass(frozen=True)
class Receipt:
    """What became of something we sent, told by the channel later. `key` is the one it was sent with, if it says so.

    `refusal` goes with `failed`. Receipts come late, twice and out of order.
    """

    external_id: str
    status: Literal["sent", "delivered", "read", "failed"]
    key: str | None = None
    refusal: SendError | None = None


@dataclass(frozen=True)
class Notice:
    """What a channel tells that belongs to no conversation; kept and not acted upon."""

    external_id: str
    kind: str
    raw: str

    @classmethod
    def of(cls, kind: str, content: Mapping[str, Any]) -> Notice:
        """Named by its content. The kind comes from outside too: what no database could keep becomes "?"."""
        raw = json.dumps(content)
        return cls(hashlib.sha256(raw.encode()).hexdigest(), _UNPRINTABLE.sub("?", kind)[:64], raw)


@dataclass(frozen=True)
class Delivery:
    """Everything that one call of a channel brought."""

    arrivals: list[Arrival] = field(default_factory=list)
    receipts: list[Receipt] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)


Verdict = Literal["retry", "give_up", "person", "window"]


class SendError(UpstreamError):
    """Something was not sent, or nobody knows.

    `verdict`: `retry` may pass by itself; `give_up` concerns this one message for good; `person` needs somebody to put
    it right before anything more is sent; `window` means that the shopper has to write first. `everybody` says that
    the whole channel is concerned and not this shopper alone. `after` is how many seconds the channel asked us to
    wait. `maybe_sent` says that the channel may have done the work all the same.
    """

    def __init__(
        self,
        code: str,
        message: str,
        verdict: Verdict,
        *,
        everybody: bool = False,
        after: float | None = None,
        maybe_sent: bool = False,
    ) -> None:
        super().__init__(code, message, retryable=verdict == "retry")
        self.verdict = verdict
        self.everybody = everybody
        self.after = after
        self.maybe_sent = maybe_sent


class Channel(Protocol):
    """A translator without state: no network, no database, so that a recorded payload is all a test needs."""

    @property
    def name(self) -> str: ...

    @property
    def capabilities(self) -> Capabilities: ...

    def arrivals(self, body: bytes, *, user: str | None = None) -> list[Arrival]:
        """The events of one delivery, in order; an unknown kind is an event of kind `unsupported`.

        `user` is who the transport has proven the sender to be, where the body does not say it. Raises
        MessageRefusedError for what the shopper can put right, RefusedError `channel.malformed` for anything else.
        """
        ...

    def outbound(self, message: Message) -> list[dict[str, Any]]:
        """The message as the channel's own JSON, cut to its capabilities; several where it needs several."""
        ...


class PushChannel(Channel, Protocol):
    """A channel that brings us events and that we send to."""

    def read(self, body: bytes) -> Delivery:
        """All that one call says; its arrivals are those of `arrivals`. Raises RefusedError `channel.malformed`."""
        ...

    def when_closed(self, message: Message) -> list[dict[str, Any]] | None:
        """What may be sent instead after the `window`; None when the message has to wait for the shopper."""
        ...


class Client(Protocol):
    """The channel's network, used on one event loop."""

    async def send(self, user: str, piece: dict[str, Any], *, key: str) -> str:
        """Send one part of what `outbound` gave; the channel's own name of it. Raises SendError.

        `key` is the same at every try of the same piece, for channels that can make use of it.
        """
        ...

    async def fetch(self, media: Media) -> bytes:
        """The file. Raises RefusedError `photo.gone` or `photo.too_large`, else UpstreamError."""
        ...

    async def answering(self, user: str, event_id: str, *, typing: bool) -> None:
        """Show that the event has come and, with `typing`, that it was read and is being answered.

        Raises UpstreamError, which nobody minds.
        """
        ...

    async def check(self) -> str:
        """One line for `retour doctor` that says who we are there. Raises UpstreamError."""
        ...

    async def close(self) -> None: ...
