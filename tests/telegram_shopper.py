"""A shopper on Telegram: writes by updates, reads what arrives at the Bot API."""

from __future__ import annotations

import re
import time
import uuid
from dataclasses import dataclass, field
from typing import Any

from tests.bot_api import BotApi, Call
from tests.telegram_updates import message, photo, press

Message = dict[str, Any]


@dataclass
class TelegramShopper:
    """One private chat. `seen` has the messages in the shape of the chat API, so that the same plans drive all."""

    api: BotApi
    number: str
    language: str = "en"
    seen: list[Message] = field(default_factory=list)
    _read: int = 0

    def say(self, text: str) -> None:
        self._deliver(message(int(self.number), language=self.language, text=text))

    def choose(self, title: str) -> None:
        """Press the newest quick reply whose title matches the pattern."""
        for shown in reversed(self.seen):
            for button in shown["buttons"]:
                if re.search(title, button["title"], re.IGNORECASE):
                    query = str(uuid.uuid4().int)[:18]
                    self._deliver(press(button["data"], int(self.number), query=query))
                    return
        raise AssertionError(f"no quick reply {title!r} was offered:\n{self.transcript()}")

    def send_photos(self, *pictures: bytes, text: str | None = None) -> None:
        """Several pictures chosen at once are an album: an update for each."""
        album = {"media_group_id": str(uuid.uuid4().int)[:17]} if len(pictures) > 1 else {}
        for number, picture in enumerate(pictures):
            name = uuid.uuid4().hex
            self.api.files[name] = picture
            caption = {"caption": text} if text and number == 0 else {}
            self._deliver(photo(name, int(self.number), language=self.language, **album, **caption))

    def receive(self, *, wait: int = 0) -> list[Message]:
        deadline = time.monotonic() + wait
        while True:
            mine = [call for call in list(self.api.sent) if call.user == self.number]
            new = [_shown(call, number) for number, call in enumerate(mine[self._read :], self._read)]
            self._read, self.seen = len(mine), self.seen + new
            if new or time.monotonic() >= deadline:
                return new
            time.sleep(0.02)

    def transcript(self) -> str:
        return "\n".join(f"{shown['text']} {[b['title'] for b in shown['buttons']]}" for shown in self.seen)

    def _deliver(self, content: Message) -> None:
        self.api.deliver(self.api.update(**content))


def _shown(call: Call, number: int) -> Message:
    given = call.parameters
    rows = given.get("reply_markup", {}).get("inline_keyboard", [])
    buttons = [{"title": key["text"], "data": key["callback_data"]} for row in rows for key in row]
    files = [{"data": given["document"]}] if "document" in given else []
    # Telegram does not tell a person's words from the bot's.
    text = given.get("text", given.get("caption", ""))
    return {"seq": number, "from": "bot", "text": text, "buttons": buttons, "attachments": files}
