"""Our messages -> the Cloud API's, within its limits (Meta's OpenAPI file of v23.0)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from bot.channels.text import cut, length, split
from bot.messages import Button, Message
from common.shop_config import TemplateConfig

Json = dict[str, Any]

MAX_TEXT = 4_096
MAX_INTERACTIVE_TEXT = 1_024
MAX_BUTTONS, MAX_BUTTON_TITLE = 3, 20
MAX_ROWS, MAX_ROW_TITLE, MAX_ROW_DESCRIPTION = 10, 24, 72
MAX_FILE_NAME = 100


def pieces(message: Message, choose: str) -> list[Json]:
    """The message in the order it is to arrive: words, files, and last what can be pressed.

    `choose` is the word on the button that opens a list.
    """
    buttons, text = message.buttons[:MAX_ROWS], message.text
    files = [file for file in map(_file, message.attachments) if file is not None]
    # What can be neither pressed nor downloaded there is written out.
    text += "".join(f"\n• {button.title}" for button in message.buttons[MAX_ROWS:])
    text += "".join(f"\n{a.get('title', '')} {a['url']}" for a in message.attachments if _file(a) is None)
    if not buttons:
        return [*map(_text, _spoken(split(text, MAX_TEXT))), *files]
    head, last = _with_end(text if text.strip() else choose)
    return [*map(_text, _spoken(split(head, MAX_TEXT))), *files, _interactive(message.seq, last, buttons, choose)]


def template(found: TemplateConfig, message: Message) -> Json:
    """An approved template with the message's parameters filled in."""
    values = [_parameter(message.parameters.get(name)) for name in found.parameters]
    body = [{"type": "body", "parameters": [{"type": "text", "text": value} for value in values]}] if values else []
    content = {"name": found.name, "language": {"code": found.language}, "components": body}
    return {"type": "template", "template": content}


def addressed(piece: Json, user: str, key: str) -> Json:
    """The body of the call that sends a piece. `key` comes back in the reports of its delivery."""
    return {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        # A shopper who hides the number is called by Meta's own id (pywa 4.5 does the same).
        "to" if user.isdigit() else "recipient": user,
        "biz_opaque_callback_data": key,
        **piece,
    }


def _with_end(text: str) -> tuple[str, str]:
    """The text in two: what goes before, and an end that is short enough to have buttons below it."""
    parts = _spoken(split(text, MAX_INTERACTIVE_TEXT))
    return "".join(parts[:-1]), parts[-1]


def _spoken(parts: list[str]) -> list[str]:
    # A part of blanks alone would be refused.
    return [part for part in parts if part.strip()]


def _text(body: str) -> Json:
    return {"type": "text", "text": {"body": body, "preview_url": False}}


def _file(attachment: dict[str, str]) -> Json | None:
    """Meta fetches the file itself, so only an address it can reach will do."""
    url, title = attachment.get("url", ""), attachment.get("title", "")
    if not url.startswith("https://"):
        return None
    if attachment.get("mime", "").startswith("image/"):
        return {"type": "image", "image": {"link": url, **({"caption": cut(title, 1_024)} if title else {})}}
    name = re.sub(r"[^\w .()-]+", "_", title).strip() or "document"
    if "." not in name and attachment.get("mime") == "application/pdf":
        name += ".pdf"
    return {"type": "document", "document": {"link": url, "filename": name[-MAX_FILE_NAME:]}}


def _interactive(seq: int, text: str, buttons: Sequence[Button], choose: str) -> Json:
    titles = [button.title.strip() or str(index + 1) for index, button in enumerate(buttons)]
    short = len(buttons) <= MAX_BUTTONS and all(length(title) <= MAX_BUTTON_TITLE for title in titles)
    # The id says which button it was; the command behind it stays here.
    if short and len(set(titles)) == len(titles):
        action: Json = {
            "buttons": [
                {"type": "reply", "reply": {"id": f"{seq}.{index}", "title": title}}
                for index, title in enumerate(titles)
            ]
        }
        return _with_action("button", text, action)
    rows = [_row(f"{seq}.{index}", title) for index, title in enumerate(titles)]
    return _with_action("list", text, {"button": cut(choose, MAX_BUTTON_TITLE), "sections": [{"rows": rows}]})


def _row(name: str, title: str) -> Json:
    row = {"id": name, "title": cut(title, MAX_ROW_TITLE)}
    return row if row["title"] == title else {**row, "description": cut(title, MAX_ROW_DESCRIPTION)}


def _with_action(kind: str, text: str, action: Json) -> Json:
    return {"type": "interactive", "interactive": {"type": kind, "body": {"text": text}, "action": action}}


def _parameter(value: object) -> str:
    # Meta refuses line breaks, tabs and runs of blanks in a parameter, and an empty one.
    lines = str("" if value is None else value).splitlines()
    return ", ".join(" ".join(line.split()) for line in lines if line.strip()) or "-"
