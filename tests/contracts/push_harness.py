"""Each channel that is written to as the contract suite drives it. A new channel is one more class and a line."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Protocol

import httpx

from bot.channels.port import SendError
from bot.web.blueprint import BotContext
from common.errors import RefusedError
from common.settings import Settings
from tests import telegram_updates, whatsapp
from tests.bot.memory_channel import MemoryClient, plugged
from tests.bot_api import SECRET, BotApi
from tests.graph_api import GraphApi

Event = Any


class Harness(Protocol):
    """`signed` says whether deliveries carry a proof of where they come from; `largest` bounds their bytes.

    `faults` are what the next sends suffer: `before` and `after` break the line before or after the work, `` does not.
    """

    name: str
    signed: bool
    largest: int
    faults: list[str]
    files: dict[str, bytes]

    def context(self, context: BotContext) -> BotContext: ...
    def text(self, user: str, event: str, words: str) -> Event: ...
    def photo(self, user: str, event: str, file: str) -> Event: ...
    def unknown(self, user: str, event: str) -> Event: ...
    def deliver(self, http: httpx.Client, *events: Event) -> list[int]: ...
    def raw(self, http: httpx.Client, body: bytes, *, proof: bool = True) -> int: ...
    def heard(self, user: str) -> list[str]: ...
    def close(self) -> None: ...


class MemoryHarness:
    """Without a signature: what it does not promise is left out."""

    name, signed, largest = "memory", False, 0

    def __init__(self) -> None:
        self.client = _Faulty()
        self.files = self.client.files
        self.faults = self.client.faults

    def context(self, context: BotContext) -> BotContext:
        return replace(context, channels=plugged(self.client))

    def text(self, user: str, event: str, words: str) -> Event:
        return {"user": user, "id": event, "text": words}

    def photo(self, user: str, event: str, file: str) -> Event:
        return {"user": user, "id": event, "photos": [file]}

    def unknown(self, user: str, event: str) -> Event:
        return {"user": user, "id": event}

    def deliver(self, http: httpx.Client, *events: Event) -> list[int]:
        return [http.post("/webhooks/memory", json=list(events)).status_code]

    def raw(self, http: httpx.Client, body: bytes, *, proof: bool = True) -> int:
        return http.post("/webhooks/memory", content=body).status_code

    def heard(self, user: str) -> list[str]:
        return self.client.texts(user)

    def close(self) -> None: ...


class _Faulty(MemoryClient):
    """Named faults instead of errors, and a file that is not there is gone."""

    def __init__(self) -> None:
        super().__init__()
        self.faults: list[str] = []

    async def send(self, user: str, piece: dict[str, Any], *, key: str) -> str:
        fault = self.faults.pop(0) if self.faults else ""
        broken = SendError("memory.away", "The line broke.", "retry", maybe_sent=fault == "after")
        if fault == "before":
            raise broken
        name = await super().send(user, piece, key=key)
        if fault == "after":
            raise broken
        return name

    async def fetch(self, media: Any) -> bytes:
        if media.id not in self.files:
            raise RefusedError("photo.gone", "There is no such file.")
        return await super().fetch(media)


class WhatsAppHarness:
    """Signed deliveries, and a Graph API of our own."""

    name, signed, largest = "whatsapp", True, 3 * 1024 * 1024

    def __init__(self) -> None:
        self.graph = GraphApi().start()
        self.files = self.graph.files
        self.faults: list[str] = []
        self.graph.plan = lambda: self.faults.pop(0) if self.faults else ""

    def context(self, context: BotContext) -> BotContext:
        environ = whatsapp.environment(self.graph.url)
        known = Settings.load({"RETOUR_HOME": str(context.settings.home), **environ})
        return replace(context, settings=replace(context.settings, whatsapp=known.whatsapp))

    def text(self, user: str, event: str, words: str) -> Event:
        return whatsapp.typed(user, event, words)

    def photo(self, user: str, event: str, file: str) -> Event:
        return whatsapp.photo_of(user, event, file)

    def unknown(self, user: str, event: str) -> Event:
        return whatsapp.message(user, event, "of_next_year", of_next_year={"x": 1})

    def deliver(self, http: httpx.Client, *events: Event) -> list[int]:
        return [whatsapp.post(http, whatsapp.delivery(*events)).status_code]

    def raw(self, http: httpx.Client, body: bytes, *, proof: bool = True) -> int:
        return whatsapp.post(http, body, signed=None if proof else "sha256=" + "0" * 64).status_code

    def heard(self, user: str) -> list[str]:
        return self.graph.texts(user)

    def close(self) -> None:
        self.graph.close()


class TelegramHarness:
    """One update a call, with the secret token; a Bot API server of our own."""

    name, signed, largest = "telegram", True, 1024 * 1024

    def __init__(self) -> None:
        self.api = BotApi().start()
        self.files = self.api.files
        self.faults: list[str] = []
        self.api.plan = lambda: self.faults.pop(0) if self.faults else ""

    def context(self, context: BotContext) -> BotContext:
        environ = telegram_updates.environment(self.api.url)
        known = Settings.load({"RETOUR_HOME": str(context.settings.home), **environ})
        return replace(context, settings=replace(context.settings, telegram=known.telegram))

    def text(self, user: str, event: str, words: str) -> Event:
        return int(event[1:]), telegram_updates.message(int(user), text=words, message_id=int(event[1:]))

    def photo(self, user: str, event: str, file: str) -> Event:
        return int(event[1:]), telegram_updates.photo(file, int(user), message_id=int(event[1:]))

    def unknown(self, user: str, event: str) -> Event:
        return int(event[1:]), {"of_next_year": {"from": {"id": int(user)}}}

    def deliver(self, http: httpx.Client, *events: Event) -> list[int]:
        return [self.raw(http, telegram_updates.update(number + 1_000, content)) for number, content in events]

    def raw(self, http: httpx.Client, body: bytes, *, proof: bool = True) -> int:
        headers = {"X-Telegram-Bot-Api-Secret-Token": SECRET if proof else "x" * len(SECRET)}
        return http.post("/webhooks/telegram", content=body, headers=headers).status_code

    def heard(self, user: str) -> list[str]:
        return [str(call.parameters["text"]) for call in list(self.api.sent) if call.user == user]

    def close(self) -> None:
        self.api.close()


HARNESSES: dict[str, type[Harness]] = {
    "memory": MemoryHarness,
    "whatsapp": WhatsAppHarness,
    "telegram": TelegramHarness,
}
