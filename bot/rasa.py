"""The client of Rasa's REST channel and of the few calls of its HTTP API that make a turn repeatable."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import httpx

from common.errors import UpstreamError

# A turn waits for the action server, which may look up orders and photos; nothing healthy takes this long.
_READ_SECONDS = 30.0
_CONNECT_SECONDS = 2.0
# 503: Rasa or its action server is away, and the turn left no trace. 502, an action that failed, counts as a failure.
# Nothing has been handed to Rasa when one of these is raised.
_NOT_REACHED = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
_TRANSIENT = frozenset({408, 409, 425, 429, 500, 503, 504})


@dataclass(frozen=True)
class Reply:
    """One answer of Rasa, as its REST channel gives it."""

    text: str = ""
    buttons: tuple[dict[str, str], ...] = ()
    custom: dict[str, Any] = field(default_factory=dict)
    image: str | None = None


@dataclass(frozen=True)
class Tracked:
    """What Rasa remembers of one message: whether it counts as processed, what it answered, and the language slot."""

    processed: bool
    replies: tuple[Reply, ...]
    language: str | None


class RasaClient:
    """Talks to one Rasa server over one pool of connections. Use it on one event loop and `close()` it there.

    Every failure is an UpstreamError, and the same message may be sent again after `tracked()` said that it was not
    processed. `retryable` says that Rasa is away or busy, which passes; where it took the message and broke off, the
    message itself may be what hangs or kills it.
    """

    def __init__(self, url: str, token: str, *, read_seconds: float = _READ_SECONDS) -> None:
        self._url = url
        self._token = token
        self._timeout = httpx.Timeout(read_seconds, connect=_CONNECT_SECONDS)
        self._client: httpx.AsyncClient | None = None

    async def turn(self, sender: str, message: str, metadata: dict[str, Any]) -> list[Reply]:
        """Have Rasa process one message; its answers in order."""
        body = {"sender": sender, "message": message, "metadata": metadata}
        answer = await self._call("POST", "/webhooks/rest/webhook", json=body)
        if not isinstance(answer, list) or not all(isinstance(item, dict) for item in answer):
            raise UpstreamError("rasa.garbage", "Rasa's REST channel did not answer with a list of messages.")
        return [_reply(item, item.get("custom")) for item in answer]

    async def tracked(self, sender: str, message_id: str) -> Tracked:
        """What became of a message, by the id in its metadata."""
        state = await self._tracker(sender, "AFTER_RESTART")
        replies: list[Reply] = []
        processed = opening = False
        for event in state.get("events") or []:
            kind = event.get("event")
            if kind == "user":
                processed = (event.get("metadata") or {}).get("message_id") == message_id
                # Rasa opens a session before it takes the message in; what it says there belongs to the message.
                replies = replies if opening else []
                opening = False
            elif kind == "action" and event.get("name") == "action_session_start":
                opening, replies = True, []
            elif kind in ("rewind", "restart"):
                processed = opening = False
            elif kind == "bot":
                replies.extend(_said(event))
        return Tracked(processed, tuple(replies) if processed else (), _language(state))

    async def language(self, sender: str) -> str | None:
        """The slot `language` of a conversation, if it is set."""
        return _language(await self._tracker(sender, "NONE"))

    async def ready(self) -> bool:
        """Whether Rasa is up and has a model."""
        try:
            status = await self._call("GET", "/status")
        except UpstreamError:
            return False
        return isinstance(status, dict) and bool(status.get("model_file") or status.get("model_id"))

    async def close(self) -> None:
        """Give the connections back."""
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    async def _tracker(self, sender: str, events: str) -> dict[str, Any]:
        state = await self._call("GET", f"/conversations/{sender}/tracker", params={"include_events": events})
        if not isinstance(state, dict):
            raise UpstreamError("rasa.garbage", "Rasa's tracker is not a JSON object.")
        return state

    def _pool(self) -> httpx.AsyncClient:
        if self._client is None:
            # Not in __init__: the pool belongs to the event loop it is used on. Rasa is on loopback: no proxy.
            self._client = httpx.AsyncClient(timeout=self._timeout, trust_env=False)
        return self._client

    async def _call(self, method: str, path: str, *, params: dict[str, str] | None = None, json: Any = None) -> Any:
        query = {**(params or {}), "token": self._token}
        try:
            answer = await self._pool().request(method, self._url + path, params=query, json=json)
        except _NOT_REACHED as error:
            what = type(error).__name__
            raise UpstreamError("rasa.away", f"Rasa at {self._url} is not there: {what}.", retryable=True) from error
        except httpx.HTTPError as error:
            what = type(error).__name__
            raise UpstreamError("rasa.broke_off", f"Rasa at {self._url} broke off: {what}.") from error
        if answer.status_code != 200:
            raise UpstreamError(
                "rasa.status",
                f"Rasa answered {answer.status_code} to {method} {path}; see its log.",
                retryable=answer.status_code in _TRANSIENT,
            )
        try:
            return answer.json()
        except ValueError as error:
            raise UpstreamError("rasa.garbage", f"Rasa's answer to {method} {path} is not JSON.") from error


def _reply(item: dict[str, Any], custom: Any) -> Reply:
    buttons = item.get("buttons") or []
    image = item.get("image") or item.get("attachment")
    return Reply(
        text=str(item.get("text") or ""),
        buttons=tuple(
            {"title": str(button.get("title", "")), "payload": str(button.get("payload", ""))}
            for button in buttons
            if isinstance(button, dict)
        ),
        custom=custom if isinstance(custom, dict) else {},
        image=image if isinstance(image, str) else None,
    )


def _said(event: dict[str, Any]) -> list[Reply]:
    """A `bot` event of the tracker as the REST channel would have given it: paragraphs apart, custom part after."""
    data = event.get("data") or {}
    text = str(event.get("text") or "").strip()
    buttons = data.get("buttons")
    replies = []
    if text and buttons:
        replies.append(_reply({"text": text, "buttons": buttons}, None))
    elif text:
        replies.extend(Reply(text=part) for part in text.split("\n\n"))
    if isinstance(data.get("custom"), dict):
        replies.append(Reply(custom=data["custom"]))
    replies.extend(Reply(image=data[key]) for key in ("image", "attachment") if isinstance(data.get(key), str))
    return replies


def _language(state: dict[str, Any]) -> str | None:
    language = (state.get("slots") or {}).get("language")
    return language if isinstance(language, str) else None
