"""The website's translator: the chat API's JSON and our own types."""

from __future__ import annotations

import json
import re
from typing import Any

from bot.channels.port import Arrival, Capabilities
from bot.messages import MAX_PHOTOS, MAX_TEXT, Choice, Inbound, Message, MessageRefusedError, checked_text, clean_text
from common.errors import RefusedError

_CLIENT_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_PHOTO_ID = re.compile(r"[A-Za-z0-9_]{1,40}")


def malformed(what: str) -> RefusedError:
    """A body that no client of ours sends; the sentence is for its developer."""
    return RefusedError("channel.malformed", f"{what}; see /docs for the chat API.")


class WebChannel:
    """The chat API. Its clients fetch messages by number, so nothing is pushed and nothing can arrive twice."""

    name = "web"
    capabilities = Capabilities(
        push=False,
        max_text=MAX_TEXT,
        max_buttons=12,
        max_title=80,
        photos_in=True,
        documents_out=True,
        typing=True,
        idempotent_send=True,
    )

    def arrivals(self, body: bytes, *, user: str | None = None) -> list[Arrival]:
        """One event: the body of a sent message, from the conversation that the token has proven."""
        if user is None:
            raise malformed("The sender is not known")
        try:
            content = json.loads(body)
        except (ValueError, RecursionError) as error:
            raise malformed("The body is not JSON") from error
        if not isinstance(content, dict):
            raise malformed("The body is not a JSON object")
        return [Arrival(user, _inbound(user, content))]

    def outbound(self, message: Message) -> list[dict[str, Any]]:
        """The Message object of the API. Payloads of buttons stay here."""
        shown: dict[str, Any] = {
            "seq": message.seq,
            "from": message.sender,
            "at": message.at.isoformat(),
            "text": message.text,
            "buttons": [{"title": b.title, "index": index} for index, b in enumerate(message.buttons)],
            "photos": list(message.photos),
            "attachments": [dict(attachment) for attachment in message.attachments],
            "ask": message.ask,
        }
        if message.client_id is not None:
            shown["client_id"] = message.client_id
        return [shown]


def client_id_of(content: dict[str, Any]) -> str:
    """The name a client gave its message, the same at every try."""
    client_id = content.get("client_id")
    if not isinstance(client_id, str) or not _CLIENT_ID.fullmatch(client_id):
        raise malformed("client_id must be 1 to 64 letters, digits, - or _")
    return client_id


def _inbound(conversation_id: str, content: dict[str, Any]) -> Inbound:
    client_id = client_id_of(content)
    # Clients choose these names freely, so one conversation's must not meet another's.
    external_id = f"{conversation_id}:{client_id}"
    text = content.get("text", "")
    if text is None:
        text = ""
    if not isinstance(text, str):
        raise malformed("text must be a string")
    if content.get("choice") is not None:
        choice = _choice(content["choice"])
        return Inbound("web", external_id, "choice", choice=choice, client_id=client_id)
    photos = _photos(content.get("photos") or [])
    if photos:
        words = checked_text(text) if clean_text(text[: 4 * MAX_TEXT]) else ""
        return Inbound("web", external_id, "photos", text=words, photos=photos, client_id=client_id)
    return Inbound("web", external_id, "text", text=checked_text(text), client_id=client_id)


def _choice(content: Any) -> Choice:
    message, index = (content.get("message"), content.get("index")) if isinstance(content, dict) else (None, None)
    # A bool is an int to Python; and a number too large for a column is no number of ours.
    for number in (message, index):
        if type(number) is not int or not 0 <= number < 2**31:
            raise malformed("choice must be {message, index}, two whole numbers")
    return Choice(message, index)  # type: ignore[arg-type]


def _photos(content: Any) -> tuple[str, ...]:
    if not isinstance(content, list) or not all(isinstance(i, str) and _PHOTO_ID.fullmatch(i) for i in content):
        raise malformed("photos must be a list of photo ids")
    photos = tuple(dict.fromkeys(content))
    if len(photos) > MAX_PHOTOS:
        raise MessageRefusedError("utter_edge_photo_too_many", 422, limit=MAX_PHOTOS)
    return photos
