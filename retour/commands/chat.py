"""`retour chat`: the conversation in a terminal, over the same API as the widget."""

from __future__ import annotations

import threading
import uuid
from pathlib import Path
from typing import Any

import click
import requests

from common.errors import UpstreamError
from common.settings import Settings

_SPEAKER = {"bot": "Retour", "agent": "Person", "system": "     -", "shopper": "   You"}


@click.command()
@click.option("--language", type=click.Choice(["en", "fr"]), default="en", show_default=True)
def chat(language: str) -> None:
    """Talk to the running system. A number picks a quick reply, `photo FILE` sends a picture, Ctrl-D ends."""
    settings = Settings.load()
    talk = _Conversation(f"http://127.0.0.1:{settings.port}/api/chat", language)
    threading.Thread(target=talk.follow, daemon=True).start()
    while True:
        try:
            line = input()
        except (EOFError, KeyboardInterrupt):
            return
        talk.say(line.strip())


class _Conversation:
    def __init__(self, base: str, language: str) -> None:
        self._base = base
        self._session = requests.Session()
        self._after = 0
        self._choices: tuple[int, list[dict[str, Any]]] = (0, [])
        started = self._call("POST", "/conversations", json={"locale": language})
        self._session.headers["Authorization"] = f"Bearer {started['token']}"

    def follow(self) -> None:
        """Print what arrives, for as long as the terminal is open."""
        while True:
            answer = self._call("GET", "/messages", params={"after": self._after, "wait": 25}, timeout=40)
            for message in answer["messages"]:
                self._after = max(self._after, message["seq"])
                if message["from"] != "shopper":
                    self._show(message)

    def say(self, line: str) -> None:
        if line.startswith("photo "):
            self._photo(Path(line.removeprefix("photo ").strip()).expanduser())
            return
        body: dict[str, Any] = {"client_id": str(uuid.uuid4())}
        seq, buttons = self._choices
        if line.isdigit() and 1 <= int(line) <= len(buttons):
            body["choice"] = {"message": seq, "index": buttons[int(line) - 1]["index"]}
        else:
            body["text"] = line
        self._post(body)

    def _photo(self, path: Path) -> None:
        if not path.is_file():
            click.echo(f"There is no file {path}.")
            return
        with path.open("rb") as file:
            sent = self._call("POST", "/photos", files={"photo": file}, data={"client_id": str(uuid.uuid4())})
        self._post({"client_id": str(uuid.uuid4()), "photos": [sent["photo"]]})

    def _post(self, body: dict[str, Any]) -> None:
        try:
            self._call("POST", "/messages", json=body)
        except UpstreamError as error:
            click.echo(error.message)

    def _show(self, message: dict[str, Any]) -> None:
        click.echo(f"{_SPEAKER[message['from']]}: {message['text']}")
        for number, button in enumerate(message["buttons"], 1):
            click.echo(f"        {number}) {button['title']}")
        for attachment in message["attachments"]:
            click.echo(f"        {attachment['title']}: {attachment['url']}")
        if message["buttons"]:
            self._choices = (message["seq"], message["buttons"])

    def _call(self, method: str, path: str, *, timeout: float = 30, **arguments: Any) -> dict[str, Any]:
        try:
            answer = self._session.request(method, self._base + path, timeout=timeout, **arguments)
            content = answer.json()
        except requests.RequestException as error:
            raise UpstreamError("chat.unreachable", f"{self._base} does not answer; is `retour up` running?") from error
        if answer.status_code >= 400:
            raise UpstreamError("chat.refused", str(content.get("error", {}).get("message", content)))
        return dict(content)
