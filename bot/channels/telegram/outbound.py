"""Our messages -> calls of the Bot API, within its limits (https://core.telegram.org/bots/api, version 10.1)."""

from __future__ import annotations

import re
from typing import Any

from bot.channels.text import cut, split
from bot.messages import Message

Json = dict[str, Any]

MAX_TEXT, MAX_CAPTION = 4_096, 1_024
# The API sets no bound; more than this nobody reads on a phone.
MAX_BUTTONS, MAX_TITLE = 12, 64
_MAX_FILE_NAME = 60


def pieces(message: Message, choose: str) -> list[Json]:
    """The message in the order it is to arrive: words, files, and last what can be pressed.

    Each is `{"method", ...parameters}`. `choose` is said where there is something to press and nothing said.
    """
    text = message.text
    text += "".join(f"\n{a.get('title', '')} {a.get('url', '')}" for a in message.attachments if not _reachable(a))
    words = [_text(part) for part in split(text, MAX_TEXT) if part.strip()]
    files = [_file(attachment) for attachment in message.attachments if _reachable(attachment)]
    if not message.buttons:
        return [*words, *files]
    last = words.pop() if words else _text(choose)
    return [*words, *files, {**last, "reply_markup": {"inline_keyboard": _keyboard(message)}}]


def _text(text: str) -> Json:
    return {"method": "sendMessage", "text": text}


def _keyboard(message: Message) -> list[list[Json]]:
    # The data names message and place; the command behind a button stays here.
    return [
        [{"text": cut(button.title.strip(), MAX_TITLE) or str(index + 1), "callback_data": f"{message.seq}.{index}"}]
        for index, button in enumerate(message.buttons[:MAX_BUTTONS])
    ]


def _reachable(attachment: dict[str, str]) -> bool:
    return attachment.get("url", "").startswith(("https://", "http://"))


def _file(attachment: dict[str, str]) -> Json:
    title, mime = attachment.get("title", ""), attachment.get("mime", "")
    caption = {"caption": cut(title, MAX_CAPTION)} if title.strip() else {}
    if mime.startswith("image/"):
        return {"method": "sendPhoto", "photo": attachment["url"], **caption}
    name = re.sub(r"[^\w .()-]+", "_", title).strip()[:_MAX_FILE_NAME] or "document"
    if mime == "application/pdf" and not name.endswith(".pdf"):
        name += ".pdf"
    return {"method": "sendDocument", "document": attachment["url"], "filename": name, **caption}
