"""The chat API over a WebSocket: news as it comes, messages with an acknowledgement each.

One task writes and one reads. The writer goes on from the last number it sent, so whatever wakes it, however often,
a client gets every message once and in order; after a break it says which number it has.
"""

from __future__ import annotations

import asyncio
import json
import logging
from contextlib import suppress
from typing import Any

from sanic import Blueprint, Request, Websocket
from sanic.exceptions import WebsocketClosed
from websockets.exceptions import ConnectionClosed

from bot.channels.web.api import PREFIX, whole_number
from bot.channels.web.chat import Chat, Who
from bot.web.context import Running
from bot.web.http import HttpError, client_address

FIRST_FRAME_SECONDS = 10.0
# Sanic pings below this; the frame is for clients that cannot see a ping, and for proxies that cut silent lines.
HEARTBEAT_SECONDS = 25.0
_TOKEN_UNKNOWN = 4401
_TOO_MANY = 4429
_RESTART = 1012
_MAX_FRAME = 64 * 1024

log = logging.getLogger(__name__)


def register(blueprint: Blueprint, running: Running, chat: Chat) -> None:
    """Add the route."""

    async def stream(request: Request, socket: Websocket) -> None:
        try:
            after = whole_number(request.args.get("after", "0"), "after")
        except HttpError as problem:
            await socket.close(1008, problem.code)
            return
        if running.limits.requests.take(client_address(request)) > 0:
            await socket.close(_TOO_MANY, "requests")
            return
        await _Stream(running, chat, socket, after).run()

    blueprint.add_websocket_route(stream, f"{PREFIX}/stream", name="chat_stream")


class _Stream:
    def __init__(self, running: Running, chat: Chat, socket: Websocket, after: int) -> None:
        self._running = running
        self._chat = chat
        self._socket = socket
        self._after = after
        self._shown: dict[str, Any] = {}
        self._language = "en"

    async def run(self) -> None:
        """Until the client goes, or the server does."""
        with suppress(ConnectionClosed, WebsocketClosed):
            who = await self._welcome()
            if who is None:
                return
            writer = asyncio.ensure_future(self._write(who))
            reader = asyncio.ensure_future(self._read(who))
            try:
                await asyncio.wait({writer, reader}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for task in (writer, reader):
                    task.cancel()
                ended = await asyncio.gather(writer, reader, return_exceptions=True)
            for outcome in ended:
                if isinstance(outcome, Exception) and not isinstance(outcome, ConnectionClosed | WebsocketClosed):
                    log.error("a stream broke", exc_info=outcome, extra={"conversation": who.id})
            await self._socket.close(_RESTART, "restart")

    async def _welcome(self) -> Who | None:
        try:
            frame = json.loads(await self._socket.recv(FIRST_FRAME_SECONDS) or "null")
            token = frame["token"]
            who = await self._chat.who(token if isinstance(token, str) else "")
        except (ValueError, TypeError, KeyError, RecursionError, HttpError):
            await self._socket.close(_TOKEN_UNKNOWN, "token")
            return None
        self._language = who.language
        if self._running.notifier.open_count(who.id) >= self._running.limits.rates.streams_per_conversation:
            await self._socket.close(_TOO_MANY, "streams")
            return None
        return who

    async def _write(self, who: Who) -> None:
        with self._running.notifier.listen(who.id) as listener:
            while not self._running.stopping:
                more = await self._send_news(who)
                if more:
                    continue
                loop = asyncio.get_running_loop()
                before = loop.time()
                await listener.wait(HEARTBEAT_SECONDS)
                if loop.time() - before >= HEARTBEAT_SECONDS:
                    await self._frame({"type": "ping"})

    async def _send_news(self, who: Who) -> bool:
        news = await self._chat.news(who.id, self._after)
        for message in news.messages:
            for shown in self._chat.shown([message]):
                await self._frame({"type": "message", "message": shown})
            self._after = message.seq
        self._language = news.language
        self._running.handed_out.note(news.messages)
        await self._frame_if_new("state", {"type": "state", "state": news.state, "language": news.language})
        await self._frame_if_new("typing", {"type": "typing", "on": self._running.dispatcher.typing(who.id)})
        return bool(news.messages)

    async def _frame_if_new(self, kind: str, frame: dict[str, Any]) -> None:
        if self._shown.get(kind) == frame or (kind not in self._shown and frame == {"type": "typing", "on": False}):
            return
        self._shown[kind] = frame
        await self._frame(frame)

    async def _read(self, who: Who) -> None:
        while True:
            text = await self._socket.recv()
            if text is None:
                return
            answer = await self._answer(who, text)
            if answer is not None:
                await self._frame(answer)

    async def _answer(self, conversation: Who, text: str | bytes) -> dict[str, Any] | None:
        # A stream outlives a change of language, and refusals are told in the language of now.
        who = Who(conversation.id, self._language)
        client_id = None
        try:
            if len(text) > _MAX_FRAME:
                raise self._chat.too_long(who)
            frame = _frame_of(text)
            if frame.get("type") != "send":
                # A client of a later version may say more than this server understands.
                return None
            client_id = frame.get("client_id")
            seq = await self._chat.send(who, json.dumps(frame).encode())
        except HttpError as problem:
            return {"type": "error", "client_id": client_id, "error": problem.as_json()}
        except Exception:
            log.exception("a message could not be stored", extra={"conversation": who.id})
            return {"type": "error", "client_id": client_id, "error": self._chat.trouble(who.language).as_json()}
        return {"type": "ack", "client_id": client_id, "seq": seq}

    async def _frame(self, frame: dict[str, Any]) -> None:
        await self._socket.send(json.dumps(frame, ensure_ascii=False))


def _frame_of(text: str | bytes) -> dict[str, Any]:
    try:
        frame = json.loads(text)
    except (ValueError, RecursionError):
        frame = None
    if not isinstance(frame, dict):
        raise HttpError(400, "channel.malformed", "A frame must be a JSON object.")
    return frame
