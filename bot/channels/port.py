"""What every channel is for us: a pure translation in each direction, and a list of what it can do.

Verifying, reading and storing an event come before its acknowledgement; the HTTP part of a channel does that with
`bot.conversation.service.receive`. Adding a channel is a folder beside this file.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from bot.messages import Inbound, Message


@dataclass(frozen=True)
class Capabilities:
    """What a channel can carry. `push`: we send to it; otherwise its clients fetch what was written for them.

    `max_buttons` and `max_title` bound quick replies; `idempotent_send` says that a message sent twice with the same
    key arrives once.
    """

    push: bool
    max_text: int
    max_buttons: int
    max_title: int
    photos_in: bool
    documents_out: bool
    typing: bool
    idempotent_send: bool


@dataclass(frozen=True)
class Arrival:
    """One event and the channel's own name of the shopper it comes from."""

    user: str
    inbound: Inbound


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
