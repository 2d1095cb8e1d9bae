"""A shopper who uses the chat API the way the widget does."""

from __future__ import annotations

import json
import time
from typing import Any
from uuid import uuid4

import httpx
from websockets.sync.client import ClientConnection, connect

Json = dict[str, Any]
PATIENCE = 15.0


class Shopper:
    """`say`, `press` and `send_photo` return when the server holds it; `hears` waits for what is said."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.http = httpx.Client(base_url=f"{url}/api/chat", trust_env=False, timeout=40)
        self.id = ""
        self.token = ""

    def open(self, locale: str = "en") -> Shopper:
        answer = self.http.post("/conversations", json={"locale": locale, "resume": None})
        assert answer.status_code == 201, answer.text
        self.id, self.token = answer.json()["conversation"], answer.json()["token"]
        self.http.headers["Authorization"] = f"Bearer {self.token}"
        return self

    def post(self, body: Json) -> httpx.Response:
        """POST messages as it is."""
        return self.http.post("/messages", json={"client_id": str(uuid4()), **body})

    def say(self, text: str, **more: Any) -> int:
        answer = self.post({"text": text, **more})
        assert answer.status_code == 202, answer.text
        return int(answer.json()["seq"])

    def press(self, message: int, index: int) -> int:
        answer = self.post({"choice": {"message": message, "index": index}})
        assert answer.status_code == 202, answer.text
        return int(answer.json()["seq"])

    def upload(self, data: bytes, name: str = "photo.jpg", client_id: str | None = None) -> httpx.Response:
        form = {"client_id": client_id or str(uuid4())}
        return self.http.post("/photos", data=form, files={"photo": (name, data, "image/jpeg")})

    def news(self, after: int = 0, wait: float = 0) -> Json:
        answer = self.http.get("/messages", params={"after": after, "wait": wait})
        assert answer.status_code == 200, answer.text
        body: Json = answer.json()
        return body

    def hears(self, *texts: str, sender: str = "bot") -> list[Json]:
        """All messages, once one side has said exactly these texts in this order."""
        deadline = time.monotonic() + PATIENCE
        after, messages = 0, []
        while True:
            found = self.news(after, wait=1)
            messages += found["messages"]
            after = messages[-1]["seq"] if messages else 0
            said = [message["text"] for message in messages if message["from"] == sender]
            if said == list(texts):
                return messages
            too_late = time.monotonic() > deadline or len(said) > len(texts)
            assert not too_late, f"heard {said}, not {list(texts)}"

    def stream(self, after: int = 0, token: str | None = None, **options: Any) -> Tab:
        """A WebSocket of the conversation, open and greeted."""
        address = f"{self.url.replace('http', 'ws')}/api/chat/stream?after={after}"
        return Tab(connect(address, **options), self.token if token is None else token)


class Tab:
    """One WebSocket."""

    def __init__(self, socket: ClientConnection, token: str) -> None:
        self.socket = socket
        self.socket.send(json.dumps({"token": token}))
        self.messages: list[Json] = []
        self.others: list[Json] = []

    def send(self, **body: Any) -> None:
        self.socket.send(json.dumps({"type": "send", "client_id": str(uuid4()), **body}))

    def frame(self) -> Json:
        """The next frame."""
        frame: Json = json.loads(self.socket.recv(timeout=PATIENCE))
        if frame["type"] == "message":
            self.messages.append(frame["message"])
        else:
            self.others.append(frame)
        return frame

    def until(self, kind: str) -> Json:
        """The next frame of a kind."""
        while (frame := self.frame())["type"] != kind:
            pass
        return frame

    def hears(self, *texts: str, sender: str = "bot") -> list[Json]:
        """Read on until one side has said exactly these texts."""
        while [m["text"] for m in self.messages if m["from"] == sender] != list(texts):
            self.frame()
        return self.messages

    def close(self) -> None:
        self.socket.close()
