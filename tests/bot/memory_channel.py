"""The smallest channel that is written to: a translator, a client that fails when a test says so, one route."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from sanic import Blueprint, HTTPResponse, Request, empty

from bot.channels.gate import Gate
from bot.channels.plug import Plugged
from bot.channels.port import Arrival, Capabilities, Delivery, Notice, Receipt, SendError
from bot.messages import Inbound, Media, Message, MessageRefusedError, checked_text
from common.errors import RefusedError

WINDOW = timedelta(hours=24)


class MemoryChannel:
    """Several events a delivery, told apart by their `id`; `statuses` beside them. A template exists for one phrase."""

    name = "memory"
    capabilities = Capabilities(
        push=True, max_text=200, max_buttons=3, max_title=20, photos_in=True, documents_out=False, typing=True,
        idempotent_send=False, per_second=1_000,
    )  # fmt: skip

    def __init__(self, window: timedelta | None = None) -> None:
        self.capabilities = replace(type(self).capabilities, window=window)

    def arrivals(self, body: bytes, *, user: str | None = None) -> list[Arrival]:
        return self.read(body).arrivals

    def read(self, body: bytes) -> Delivery:
        try:
            events = json.loads(body)
            found = [(str(event["user"]), str(event["id"]), event) for event in events if "status" not in event]
            receipts = [_receipt(event) for event in events if "status" in event]
            arrivals = [_arrival(user, event_id, event) for user, event_id, event in found if user != "nobody"]
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise RefusedError("channel.malformed", "The body is not a list of events.") from error
        notices = [Notice(event_id, "other", json.dumps(event)) for user, event_id, event in found if user == "nobody"]
        return Delivery(arrivals, receipts, notices)

    def outbound(self, message: Message) -> list[dict[str, Any]]:
        size = self.capabilities.max_text
        pieces = [message.text[at : at + size] for at in range(0, len(message.text), size)] or [""]
        titles = [button.title[: self.capabilities.max_title] for button in message.buttons]
        return [{"text": piece} for piece in pieces[:-1]] + [
            {"text": pieces[-1], "buttons": titles[: self.capabilities.max_buttons]}
        ]

    def when_closed(self, message: Message) -> list[dict[str, Any]] | None:
        return [{"template": message.response}] if message.response == "utter_edge_agent_left" else None


def _arrival(user: str, event_id: str, event: dict[str, Any]) -> Arrival:
    media = tuple(Media(str(name)) for name in event.get("photos", ()))
    if media:
        inbound = Inbound("memory", event_id, "photos", media=media, raw=json.dumps(event))
    elif "text" in event:
        inbound = _text(event_id, str(event["text"]), json.dumps(event))
    else:
        inbound = Inbound("memory", event_id, "unsupported", raw=json.dumps(event))
    return Arrival(user, inbound, language=str(event.get("language", "en")), identity={"phone": f"+{user}"})


def _text(event_id: str, text: str, raw: str) -> Inbound:
    try:
        return Inbound("memory", event_id, "text", text=checked_text(text), raw=raw)
    except MessageRefusedError as refusal:
        return Inbound(
            "memory", event_id, "unsupported", raw=raw, response=refusal.phrase, parameters=refusal.parameters
        )


def _receipt(event: dict[str, Any]) -> Receipt:
    verdict = event.get("verdict")
    refusal = SendError("memory.later", "It failed later.", verdict) if verdict else None
    return Receipt(str(event["id"]), event["status"], event.get("key"), refusal)


@dataclass
class MemoryClient:
    """`sent` is what arrived, in order. `before` and `after` hold errors to raise around the next sends."""

    sent: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    before: list[Exception | None] = field(default_factory=list)
    after: list[Exception | None] = field(default_factory=list)
    files: dict[str, bytes | Exception] = field(default_factory=dict)
    shown: list[tuple[str, str, bool]] = field(default_factory=list)
    taken: Callable[[str], None] = lambda key: None

    async def send(self, user: str, piece: dict[str, Any], *, key: str) -> str:
        _raise_next(self.before)
        self.sent.append((user, piece))
        self.keys.append(key)
        self.taken(key)
        _raise_next(self.after)
        return f"m{len(self.sent)}"

    async def fetch(self, media: Media) -> bytes:
        found = self.files[media.id]
        if isinstance(found, Exception):
            raise found
        return found

    async def answering(self, user: str, event_id: str, *, typing: bool) -> None:
        self.shown.append((user, event_id, typing))

    async def check(self) -> str:
        return "memory"

    async def close(self) -> None: ...

    def texts(self, user: str) -> list[str]:
        """What one shopper got, in order."""
        return [piece.get("text") or f"template {piece['template']}" for to, piece in self.sent if to == user]


def _raise_next(errors: list[Exception | None]) -> None:
    error = errors.pop(0) if errors else None
    if error is not None:
        raise error


def plugged(client: MemoryClient, window: timedelta | None = None) -> dict[str, Plugged]:
    """What a test gives to the edge."""
    channel = MemoryChannel(window)

    def register(blueprint: Blueprint, gate: Gate) -> None:
        async def receive(request: Request) -> HTTPResponse:
            await gate.accept(channel, request.body)
            return empty()

        blueprint.add_route(receive, "/webhooks/memory", methods=["POST"], name="memory_events")

    return {"memory": Plugged(channel, client, register)}
