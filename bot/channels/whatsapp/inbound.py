"""What Meta delivers -> our own types. Nothing in it is trusted to be there, or to be of its kind."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from datetime import UTC, datetime
from typing import Any

from bot.channels.port import Arrival, Delivery, Notice, Receipt
from bot.channels.whatsapp.codes import later_refusal
from bot.messages import MAX_EXTERNAL_ID, Choice, Inbound, Media, MessageRefusedError, checked_text, clean_text
from common.errors import RefusedError

Json = dict[str, Any]

_PHONE = re.compile(r"[0-9]{5,20}")
_USER_ID = re.compile(r"[A-Z]{2}\.[A-Za-z0-9.]{4,100}")
_NAME = re.compile(r"[!-~]{1,128}")
_CHOICE = re.compile(r"([0-9]{1,9})\.([0-9]{1,3})")
_STATUS = {"sent": "sent", "delivered": "delivered", "read": "read", "played": "read", "failed": "failed"}
# What shoppers send that nobody here can read; they are told so. Anything else unknown is kept in silence.
_TOLD = frozenset({"audio", "video", "sticker", "contacts", "location", "order", "unsupported", "interactive"})
# ITU-T E.164 codes of places where most people write French; a guess for the first words only.
_FRENCH = ("33", "377", "262", "590", "594", "596", "687", "689", "221", "225", "223", "226", "228", "229", "241")


def read(body: bytes, phone_number_id: str) -> Delivery:
    """Everything in one call, in order. Raises RefusedError `channel.malformed`."""
    try:
        content = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise RefusedError("channel.malformed", "The body is not JSON.") from error
    if not isinstance(content, dict) or not isinstance(content.get("entry"), list):
        raise RefusedError("channel.malformed", "The body is not a delivery of the Cloud API.")
    delivery = Delivery()
    for entry in content["entry"]:
        for change in _dicts(_dict(entry).get("changes")):
            _read_change(change, phone_number_id, delivery)
    return delivery


def _read_change(change: Json, phone_number_id: str, delivery: Delivery) -> None:
    value = _dict(change.get("value"))
    to = _dict(value.get("metadata")).get("phone_number_id")
    ours = change.get("field") == "messages" and to == phone_number_id
    messages, statuses = _dicts(value.get("messages")), _dicts(value.get("statuses"))
    if not ours or not (messages or statuses):
        delivery.notices.append(Notice.of(str(change.get("field")), change))
        return
    for message in messages:
        sender, kind = _sender(message), message.get("type")
        if sender is None or kind == "system" or "group_id" in message:
            delivery.notices.append(Notice.of(f"messages.{kind}", message))
            continue
        delivery.arrivals.append(
            Arrival(
                sender,
                _inbound(message, str(kind)),
                language="fr" if sender.startswith(_FRENCH) else "en",
                identity={"phone": f"+{sender}"} if _PHONE.fullmatch(sender) else {},
                said_at=_instant(message.get("timestamp")),
            )
        )
    for status in statuses:
        receipt = _receipt(status)
        if receipt is None:
            delivery.notices.append(Notice.of(f"statuses.{status.get('status')}", status))
        else:
            delivery.receipts.append(receipt)


def _sender(message: Json) -> str | None:
    """The shopper's number; or Meta's own id of a shopper who hides it, which proves nothing about an order."""
    for found, form in ((message.get("from"), _PHONE), (message.get("from_user_id"), _USER_ID)):
        if isinstance(found, str) and form.fullmatch(found):
            return found
    return None


def _inbound(message: Json, kind: str) -> Inbound:
    name, raw = _event_id(message), json.dumps(message)
    if kind == "edit":
        # The words as they are now; a photo whose caption changed is the photo we have.
        message = _dict(_dict(message.get("edit")).get("message"))
        kind = "text" if message.get("type") == "text" else "edit"
    if kind == "text":
        return _typed(name, _dict(message.get("text")).get("body"), raw)
    if kind in ("image", "document"):
        return _photo(name, _dict(message.get(kind)), raw)
    if kind in ("interactive", "button"):
        pressed = _pressed(message, kind)
        if pressed is not None:
            return _choice(name, *pressed, raw)
    if kind == "interactive" and not message.get("errors") and message.get("interactive"):
        # The answer to a form or a call, which Retour never sends.
        return _unread(name, kind, raw, told=False)
    return _unread(name, kind, raw, told=kind in _TOLD)


def _unread(name: str, kind: str, raw: str, *, told: bool) -> Inbound:
    """What the bot does not read; a person in the console sees at least of what kind it was."""
    response = "utter_edge_only_text_and_photos" if told else None
    kind = "".join(c for c in kind[:24] if c.isascii() and (c.isalnum() or c == "_"))
    return Inbound("whatsapp", name, "unsupported", text=f"[{kind}]", raw=raw, response=response)


def _typed(name: str, text: Any, raw: str) -> Inbound:
    try:
        return Inbound("whatsapp", name, "text", text=checked_text(text if isinstance(text, str) else ""), raw=raw)
    except MessageRefusedError as refusal:
        return Inbound("whatsapp", name, "unsupported", raw=raw, response=refusal.phrase, parameters=refusal.parameters)


def _photo(name: str, file: Json, raw: str) -> Inbound:
    media_id, mime = file.get("id"), str(file.get("mime_type", ""))
    if not isinstance(media_id, str) or not _NAME.fullmatch(media_id) or not mime.startswith("image/"):
        return _unread(name, mime.partition("/")[2] or "file", raw, told=True)
    caption = file.get("caption")
    try:
        words = checked_text(caption) if isinstance(caption, str) and clean_text(caption[:8_000]) else ""
    except MessageRefusedError:
        # A caption has at most 1,024 characters, so this one is nothing a person wrote.
        words = ""
    media = Media(media_id, mime[:80], sha256=digest(file.get("sha256")))
    return Inbound("whatsapp", name, "photos", text=words, media=(media,), raw=raw)


def _pressed(message: Json, kind: str) -> tuple[str, str] | None:
    """(id, title) of the quick reply that was pressed."""
    body = _dict(message.get(kind))
    if kind == "button":
        found = body.get("payload"), body.get("text")
    else:
        reply = _dict(body.get("button_reply")) or _dict(body.get("list_reply"))
        found = reply.get("id"), reply.get("title")
    return (found[0], found[1]) if isinstance(found[0], str) and isinstance(found[1], str) else None


def _choice(name: str, pressed: str, title: str, raw: str) -> Inbound:
    place = _CHOICE.fullmatch(pressed)
    if place is None:
        # Not a reply of ours: a button of a template, whose words are as good as typed.
        return _typed(name, title, raw)
    return Inbound("whatsapp", name, "choice", choice=Choice(int(place[1]), int(place[2])), raw=raw)


def _receipt(status: Json) -> Receipt | None:
    name, becomes = status.get("id"), _STATUS.get(str(status.get("status")))
    if not isinstance(name, str) or not _NAME.fullmatch(name) or becomes is None:
        return None
    key = status.get("biz_opaque_callback_data")
    refusal = later_refusal(status.get("errors")) if becomes == "failed" else None
    return Receipt(name, becomes, key if isinstance(key, str) else None, refusal)  # type: ignore[arg-type]


def _event_id(message: Json) -> str:
    name = message.get("id")
    if isinstance(name, str) and len(name) <= MAX_EXTERNAL_ID and name.isascii() and name.isprintable() and name:
        return name
    return hashlib.sha256(json.dumps(message).encode()).hexdigest()


def digest(text: Any) -> str:
    """A SHA-256 in hex digits, written in hex or in base 64; "" when it is neither."""
    if not isinstance(text, str) or not text.isascii() or len(text) > 100:
        return ""
    if re.fullmatch(r"[0-9a-fA-F]{64}", text):
        return text.lower()
    try:
        found = base64.b64decode(text, validate=True)
    except ValueError:
        return ""
    return found.hex() if len(found) == 32 else ""


def _instant(timestamp: Any) -> datetime | None:
    text = str(timestamp)
    return datetime.fromtimestamp(int(text), UTC) if re.fullmatch(r"[0-9]{1,10}", text) else None


def _dict(value: Any) -> Json:
    return value if isinstance(value, dict) else {}


def _dicts(value: Any) -> list[Json]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
