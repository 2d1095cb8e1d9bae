"""A shopper who talks to the chat API over HTTP, and the photos such a shopper takes."""

from __future__ import annotations

import io
import random
import re
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import requests
from PIL import Image, ImageDraw

_WAIT_SECONDS = 40.0

Message = dict[str, Any]


def photo(seed: int, *, side: int = 900) -> bytes:
    """A sharp, well-lit JPEG that looks like no other seed's: a table, an object, a crack, grain."""
    chance = random.Random(seed)
    picture = Image.new("RGB", (side, side * 3 // 4), tuple(chance.randint(150, 220) for _ in range(3)))
    draw = ImageDraw.Draw(picture)
    for _ in range(40):
        x, y = chance.randint(0, side), chance.randint(0, side * 3 // 4)
        size = chance.randint(20, side // 4)
        colour = tuple(chance.randint(20, 235) for _ in range(3))
        shape = chance.choice([draw.ellipse, draw.rectangle])
        shape((x, y, x + size, y + chance.randint(20, size + 20)), fill=colour, outline="black")
    points = [(chance.randint(0, side), chance.randint(0, side * 3 // 4)) for _ in range(14)]
    draw.line(points, fill="black", width=3)
    noise = Image.frombytes("L", picture.size, chance.randbytes(picture.width * picture.height))
    picture = Image.blend(picture, Image.merge("RGB", (noise, noise, noise)), 0.08)
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=90)
    return out.getvalue()


@dataclass
class Shopper:
    """One conversation. Every call survives a server that is down for a while, as the widget does."""

    base: str
    language: str = "en"
    seen: list[Message] = field(default_factory=list)
    token: str = ""
    conversation: str = ""
    after: int = 0
    http: requests.Session = field(default_factory=requests.Session)

    def start(self) -> Shopper:
        answer = self._call("POST", "/conversations", json={"locale": self.language})
        self.token, self.conversation = answer["token"], answer["conversation"]
        return self

    def say(self, text: str) -> None:
        self._send({"client_id": str(uuid.uuid4()), "text": text})

    def choose(self, title: str) -> None:
        """Press the newest quick reply whose title matches the pattern."""
        for message in reversed(self.seen):
            for button in message["buttons"]:
                if re.search(title, button["title"], re.IGNORECASE):
                    choice = {"message": message["seq"], "index": button["index"]}
                    self._send({"client_id": str(uuid.uuid4()), "choice": choice})
                    return
        raise AssertionError(f"no quick reply {title!r} was offered; last: {self.seen[-1:]}")

    def send_photos(self, *pictures: bytes, text: str | None = None) -> None:
        ids = []
        for picture in pictures:
            client_id = str(uuid.uuid4())
            files = {"photo": ("photo.jpg", picture, "image/jpeg")}
            ids.append(self._call("POST", "/photos", files=files, data={"client_id": client_id})["photo"])
        body: dict[str, Any] = {"client_id": str(uuid.uuid4()), "photos": ids}
        self._send(body | ({"text": text} if text else {}))

    def wait(self, wanted: str | Callable[[Message], bool], *, seconds: float = _WAIT_SECONDS) -> Message:
        """The first message not waited for yet that matches; raises AssertionError with the transcript."""
        matches = wanted if callable(wanted) else _says(wanted)
        deadline = time.monotonic() + seconds
        checked = getattr(self, "_checked", 0)
        while True:
            for at in range(checked, len(self.seen)):
                if self.seen[at]["from"] != "shopper" and matches(self.seen[at]):
                    self._checked = at + 1
                    return self.seen[at]
            if time.monotonic() > deadline:
                raise AssertionError(f"nothing matches {wanted!r} in:\n{self.transcript()}")
            self.receive(wait=2)

    def receive(self, *, wait: int = 0) -> list[Message]:
        answer = self._call("GET", "/messages", params={"after": self.after, "wait": wait})
        new = [message for message in answer["messages"] if message["seq"] > self.after]
        self.seen += new
        self.after = max([self.after, *(message["seq"] for message in new)])
        return new

    def transcript(self) -> str:
        lines = []
        for message in self.seen:
            buttons = "".join(f" [{button['title']}]" for button in message["buttons"])
            lines.append(f"{message['seq']:>3} {message['from']:<8} {message['text']}{buttons}")
        return "\n".join(lines)

    def _send(self, body: dict[str, Any]) -> None:
        self._call("POST", "/messages", json=body)

    def _call(self, method: str, path: str, **arguments: Any) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        deadline = time.monotonic() + _WAIT_SECONDS
        while True:
            try:
                answer = self.http.request(
                    method, f"{self.base}/api/chat{path}", headers=headers, timeout=40, **arguments
                )
                if answer.status_code == 429 and time.monotonic() < deadline:
                    time.sleep(float(answer.headers.get("Retry-After", "1")))
                    continue
                if answer.status_code < 500:
                    break
            except requests.RequestException:
                if time.monotonic() > deadline:
                    raise
            if time.monotonic() > deadline:
                raise AssertionError(f"{method} {path} kept failing")
            time.sleep(0.2)
        content: dict[str, Any] = answer.json()
        if answer.status_code >= 400:
            raise AssertionError(f"{method} {path} was refused: {answer.status_code} {content}")
        return content


def _says(pattern: str) -> Callable[[Message], bool]:
    return lambda message: re.search(pattern, message["text"], re.IGNORECASE) is not None
