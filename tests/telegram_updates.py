"""What Telegram brings: updates of a private chat, and of a group."""

from __future__ import annotations

import json
import time
from typing import Any

from tests.bot_api import SECRET, TOKEN

Json = dict[str, Any]
SHOPPER = 42_001


def environment(api_url: str, mode: str = "webhook") -> dict[str, str]:
    """The settings of the channel."""
    return {
        "RETOUR_TELEGRAM_API_URL": api_url,
        "RETOUR_TELEGRAM_TOKEN": TOKEN,
        "RETOUR_TELEGRAM_SECRET": SECRET,
        "RETOUR_TELEGRAM_MODE": mode,
    }


def message(user: int = SHOPPER, *, language: str = "en", chat: str = "private", **content: Any) -> Json:
    """The content of an update with one message of a shopper."""
    found = {
        "message_id": 1,
        "date": int(time.time()),
        "chat": {"id": user, "type": chat},
        "from": {"id": abs(user), "is_bot": False, "first_name": "Ann", "language_code": language},
        **content,
    }
    return {"message": found}


def update(number: int, content: Json) -> bytes:
    """The body of a webhook's call."""
    return json.dumps({"update_id": number, **content}).encode()


def photo(file_id: str, user: int = SHOPPER, *, size: int = 900, **more: Any) -> Json:
    """A photo as Telegram sends it: several sizes of one picture, each a file of its own."""
    sizes = [
        {"file_id": name, "file_unique_id": name, "width": width, "height": width, "file_size": 1000}
        for name, width in ((f"{file_id}-small", 90), (f"{file_id}-middle", 320), (file_id, size))
    ]
    return message(user, photo=sizes, **more)


def press(data: str, user: int = SHOPPER, *, query: str = "555") -> Json:
    """A press of a button below a message of ours."""
    shown = {**message(user)["message"], "from": {"id": 123456, "is_bot": True, "first_name": "Returns"}}
    sender = {"id": user, "is_bot": False, "first_name": "Ann", "language_code": "en"}
    return {"callback_query": {"id": query, "from": sender, "message": shown, "chat_instance": "1", "data": data}}
