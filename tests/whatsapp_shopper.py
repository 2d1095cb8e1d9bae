"""A shopper on WhatsApp: writes over signed deliveries, reads what arrives at the Graph API."""

from __future__ import annotations

import re
import time
import uuid
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.graph_api import GraphApi, words_of
from tests.whatsapp import delivery, photo_of, post, pressed, typed

Message = dict[str, Any]


@dataclass
class WhatsAppShopper:
    """One number. `seen` has the messages in the shape of the chat API, so that the same plans drive both."""

    base: str
    graph: GraphApi
    number: str
    language: str = "en"
    seen: list[Message] = field(default_factory=list)
    _read: int = 0

    def __post_init__(self) -> None:
        self._http = httpx.Client(base_url=self.base, trust_env=False, timeout=30)

    def say(self, text: str) -> None:
        self._send(typed(self.number, self._name(), text))

    def choose(self, title: str) -> None:
        """Press the newest quick reply whose title matches the pattern."""
        for message in reversed(self.seen):
            for button in message["buttons"]:
                if re.search(title, button["title"], re.IGNORECASE):
                    self._send(pressed(self.number, self._name(), button["id"], button["title"]))
                    return
        raise AssertionError(f"no quick reply {title!r} was offered:\n{self.transcript()}")

    def send_photos(self, *pictures: bytes, text: str | None = None) -> None:
        """Several pictures chosen at once are several messages, all in one delivery."""
        messages = []
        for number, picture in enumerate(pictures):
            media = uuid.uuid4().hex
            self.graph.files[media] = picture
            caption = {"caption": text} if text and number == 0 else {}
            messages.append(photo_of(self.number, self._name(), media, **caption))
        self._send(*messages)

    def receive(self, *, wait: int = 0) -> list[Message]:
        deadline = time.monotonic() + wait
        while True:
            mine = [message for message in list(self.graph.accepted) if message.get("to") == self.number]
            new = [_shown(message, number) for number, message in enumerate(mine[self._read :], self._read)]
            self._read, self.seen = len(mine), self.seen + new
            if new or time.monotonic() >= deadline:
                return new
            time.sleep(0.02)

    def transcript(self) -> str:
        return "\n".join(f"{message['text']} {[b['title'] for b in message['buttons']]}" for message in self.seen)

    def _send(self, *messages: Message) -> None:
        answer = post(self._http, delivery(*messages))
        assert answer.status_code == 200, answer.text

    @staticmethod
    def _name() -> str:
        return f"wamid.{uuid.uuid4().hex}"


def _shown(message: Message, number: int) -> Message:
    buttons: list[Message] = []
    if message["type"] == "interactive":
        action = message["interactive"]["action"]
        buttons = [button["reply"] for button in action.get("buttons", [])]
        for section in action.get("sections", []):
            buttons += [{"id": row["id"], "title": row.get("description", row["title"])} for row in section["rows"]]
    files = [{"url": message["document"]["link"]}] if message["type"] == "document" else []
    # WhatsApp does not tell a person's words from the bot's.
    return {"seq": number, "from": "bot", "text": words_of(message), "buttons": buttons, "attachments": files}
