"""One shopper talking to real Rasa and the real action server, as the edge would forward it."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import sqlalchemy as sa
from sqlalchemy.orm import Session

from actions.cases.model import Case
from common.database import transaction
from common.ids import new_id
from tests.conversations import world

_ZERO_WIDTH_SPACE = "\u200b"


@dataclass(frozen=True)
class System:
    """The running processes and their database."""

    rasa_url: str
    rasa_token: str
    engine: sa.Engine
    home: Path


@dataclass
class Talk:
    """A conversation; `said` are the response names of the last turn, `custom` what it told the edge."""

    system: System
    locale: str
    id: str = field(default_factory=lambda: new_id("conv"))
    metadata: dict[str, Any] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    custom: list[dict[str, Any]] = field(default_factory=list)
    transcript: list[str] = field(default_factory=list)
    buttons: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        with transaction(self.system.engine) as session:
            world.add_conversation(session, self.id, self.locale)

    def say(self, text: str) -> None:
        # As the edge does: what is typed is never a command.
        self._send(_ZERO_WIDTH_SPACE + text if text.startswith("/") else text)

    def press(self, title: str) -> None:
        assert title in self.buttons, f"no button {title!r} among {sorted(self.buttons)}\n{self}"
        self._send(self.buttons[title], shown=f"[{title}]")

    def open(self) -> None:
        self._send("/start")

    def send_photos(self, *photos: str) -> None:
        self._send("/photos_sent", photos=list(photos), shown=f"[{len(photos)} photos]")

    def photo(self, *, blurred: bool = False) -> str:
        with transaction(self.system.engine) as session:
            return world.add_photo(session, self.system.home, self.id, blurred=blurred)

    def _send(self, text: str, *, photos: list[str] | None = None, shown: str | None = None) -> None:
        self.transcript.append(f"> {shown or text}")
        metadata = {"message_id": new_id("msg"), "channel": "web", "photos": photos or [], "locale": self.locale}
        answer = httpx.post(
            f"{self.system.rasa_url}/webhooks/rest/webhook",
            json={"sender": self.id, "message": text, "metadata": {**metadata, **self.metadata}},
            timeout=30,
        )
        answer.raise_for_status()
        messages = answer.json()
        self.texts = [message["text"] for message in messages if message.get("text")]
        self.custom = [message["custom"] for message in messages if message.get("custom")]
        buttons = [button for message in messages for button in message.get("buttons") or []]
        if self.texts:
            self.buttons = {button["title"]: button["payload"] for button in buttons}
        self.said = self._names()
        self.transcript += [f"  {name}: {text}" for name, text in zip(self.said, self.texts, strict=False)]

    def _names(self) -> list[str]:
        """The response names since the last message of the shopper, as the tracker keeps them."""
        tracker = httpx.get(
            f"{self.system.rasa_url}/conversations/{self.id}/tracker", params={"token": self.system.rasa_token}
        ).json()
        events = tracker["events"]
        self.slots = tracker["slots"]
        last = max((at for at, event in enumerate(events) if event["event"] == "user"), default=0)
        first = last == next(at for at, event in enumerate(events) if event["event"] == "user")
        wanted = events if first else events[last:]
        return [
            event["metadata"].get("utter_action") or "?"
            for event in wanted
            if event["event"] == "bot" and event.get("text")
        ]

    def case(self) -> Case | None:
        with Session(self.system.engine) as session:
            query = sa.select(Case).where(Case.conversation_id == self.id).order_by(sa.text("rowid desc"))
            return session.scalars(query).first()

    def cases(self) -> int:
        with Session(self.system.engine) as session:
            return (
                session.scalar(sa.select(sa.func.count()).select_from(Case).where(Case.conversation_id == self.id)) or 0
            )

    def __str__(self) -> str:
        return "\n".join(self.transcript)


def wait_for(url: str, seconds: float) -> None:
    """Wait until an address answers 200."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if httpx.get(url, timeout=2).status_code == 200:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.1)
    raise RuntimeError(f"{url} did not answer in {seconds:.0f} s")
