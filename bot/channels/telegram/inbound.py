"""What Telegram delivers -> our own types. Nothing in it is trusted to be there, or to be of its kind."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any

from bot.channels.port import Arrival, Delivery, Notice
from bot.channels.telegram.links import order_of
from bot.messages import Choice, Inbound, Media, MessageRefusedError, checked_text, clean_text
from common.errors import RefusedError

Json = dict[str, Any]

_FILE_ID = re.compile(r"[A-Za-z0-9_-]{1,128}")
_QUERY_ID = re.compile(r"[0-9A-Za-z_-]{1,64}")
_ALBUM = re.compile(r"[!-~]{1,64}")
_CHOICE = re.compile(r"([0-9]{1,9})\.([0-9]{1,3})")
_START = re.compile(r"/start(?:@\w{1,64})?(?:\s+(\S+))?\s*")
# Updates a bot gets at most in one answer of getUpdates (https://core.telegram.org/bots/api#getupdates).
_MOST_UPDATES = 100
# What shoppers send that nobody here can read; they are told so. Anything else (somebody joined, a pin) is no message.
_TOLD = frozenset(
    {"animation", "audio", "checklist", "contact", "dice", "document", "game", "invoice", "location", "paid_media",
     "photo", "poll", "sticker", "story", "venue", "video", "video_note", "voice"}
)  # fmt: skip


def read(body: bytes, link_secret: str) -> Delivery:
    """One update as a webhook brings it, or a list of them as polling does. Raises RefusedError `channel.malformed`."""
    try:
        content = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise RefusedError("channel.malformed", "The body is not JSON.") from error
    updates = content if isinstance(content, list) else [content]
    if len(updates) > _MOST_UPDATES or not all(map(_is_update, updates)):
        raise RefusedError("channel.malformed", "The body is not an update of the Bot API.")
    delivery = Delivery()
    for update in updates:
        arrival = _arrival(update, link_secret)
        if arrival is None:
            delivery.notices.append(_notice(update))
        else:
            delivery.arrivals.append(arrival)
    return delivery


def _is_update(value: Any) -> bool:
    number = value.get("update_id") if isinstance(value, dict) else None
    return type(number) is int and 0 <= number < 2**63


def _arrival(update: Json, link_secret: str) -> Arrival | None:
    """The event of an update; None for what concerns no shopper."""
    query = _dict(update.get("callback_query"))
    edited = "edited_message" in update
    message = _dict(query.get("message") or update.get("edited_message") or update.get("message"))
    chat, sender = _dict(message.get("chat")), _dict(query.get("from") or message.get("from"))
    user = chat.get("id")
    if type(user) is not int or not -(2**63) < user < 2**63 or (sender.get("is_bot") and not query):
        return None
    language = "fr" if str(sender.get("language_code", "")).lower().startswith("fr") else "en"
    if chat.get("type") != "private":
        # One name for all that is said in a group, so that it is answered once.
        once = Inbound("telegram", f"group:{user}", "unsupported", response="utter_edge_private_only")
        return Arrival(str(user), once, language=language) if _is_said(message) and not edited else None
    name, raw = str(update["update_id"]), json.dumps(update)
    if query:
        return Arrival(str(user), _pressed(name, query, raw), language=language)
    said_at = _instant(message.get("date"))
    word = _started(message)
    if word is not None:
        order = order_of(word, link_secret, now=said_at or datetime.max.replace(tzinfo=UTC))
        start = Inbound("telegram", name, "start", raw=raw)
        return Arrival(str(user), start, language, {"order": order} if order else {}, said_at)
    inbound = _edited(name, message, raw) if edited else _said(name, message, raw)
    return None if inbound is None else Arrival(str(user), inbound, language=language, said_at=said_at)


def _is_said(message: Json) -> bool:
    return "text" in message or not _TOLD.isdisjoint(message)


def _started(message: Json) -> str | None:
    """The word of a /start, "" without one; None for anything else."""
    text = message.get("text")
    found = _START.fullmatch(text) if isinstance(text, str) and len(text) < 200 else None
    return None if found is None else found[1] or ""


def _said(name: str, message: Json, raw: str) -> Inbound | None:
    media = _picture(message)
    if media is not None:
        album = message.get("media_group_id")
        return Inbound(
            "telegram", name, "photos", text=_caption(message), media=(media,), raw=raw,
            album=album if isinstance(album, str) and _ALBUM.fullmatch(album) else None,
        )  # fmt: skip
    if isinstance(message.get("text"), str):
        return _typed(name, message["text"], raw)
    if not _TOLD.isdisjoint(message):
        return Inbound("telegram", name, "unsupported", raw=raw, response="utter_edge_only_text_and_photos")
    return None


def _edited(name: str, message: Json, raw: str) -> Inbound | None:
    """The words as they are now; a photo whose caption changed is the photo we have."""
    text = message.get("text")
    return _typed(name, text, raw) if isinstance(text, str) else None


def _typed(name: str, text: str, raw: str) -> Inbound:
    try:
        return Inbound("telegram", name, "text", text=checked_text(text), raw=raw)
    except MessageRefusedError as refusal:
        return Inbound("telegram", name, "unsupported", raw=raw, response=refusal.phrase, parameters=refusal.parameters)


def _picture(message: Json) -> Media | None:
    """The largest size of a photo, or a document that is an image."""
    sizes = [size for size in _list(message.get("photo")) if _is_file(size)]
    if sizes:
        return _media(
            max(sizes, key=lambda size: _number(size.get("width")) * _number(size.get("height"))), "image/jpeg"
        )
    document = _dict(message.get("document"))
    mime = str(document.get("mime_type", ""))
    return _media(document, mime) if _is_file(document) and mime.startswith("image/") else None


def _is_file(value: Any) -> bool:
    return (
        isinstance(value, dict) and isinstance(value.get("file_id"), str) and bool(_FILE_ID.fullmatch(value["file_id"]))
    )


def _media(file: Json, mime: str) -> Media:
    return Media(file["file_id"], mime[:80], size=_number(file.get("file_size")) or None)


def _caption(message: Json) -> str:
    caption = message.get("caption")
    try:
        return checked_text(caption) if isinstance(caption, str) and clean_text(caption[:8_000]) else ""
    except MessageRefusedError:
        # A caption has at most 1,024 characters, so this one is nothing a person wrote.
        return ""


def _pressed(name: str, query: Json, raw: str) -> Inbound:
    """A quick reply. Its event's name ends with the query's, which has to be answered (client.py)."""
    query_id, data = query.get("id"), query.get("data")
    if isinstance(query_id, str) and _QUERY_ID.fullmatch(query_id):
        name = f"{name}:{query_id}"
    place = _CHOICE.fullmatch(data) if isinstance(data, str) else None
    if place is None:
        return Inbound("telegram", name, "unsupported", raw=raw, response="utter_edge_choice_unknown")
    return Inbound("telegram", name, "choice", choice=Choice(int(place[1]), int(place[2])), raw=raw)


def _notice(update: Json) -> Notice:
    kind = next((key for key in update if key != "update_id"), "empty")
    return Notice.of(kind, update)


def _instant(date: Any) -> datetime | None:
    return datetime.fromtimestamp(date, UTC) if type(date) is int and 0 <= date < 2**32 else None


def _number(value: Any) -> int:
    return value if type(value) is int and 0 <= value < 2**40 else 0


def _dict(value: Any) -> Json:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
