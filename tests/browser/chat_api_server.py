"""A small server of the chat API for the widget's tests: it keeps the contract, and a test decides what is said.

It holds conversations in memory, so `stop()` and `start()` look to the widget like a restart of a server with
a database.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aiohttp import WSMsgType, web

from tests.loop_server import AiohttpServer

REPOSITORY = Path(__file__).resolve().parents[2]
STATIC = REPOSITORY / "bot" / "web" / "static"
LIMIT = 2000
STRICT_POLICY = (
    "default-src 'none'; script-src 'self'; connect-src 'self' ws:; img-src 'self' blob:; style-src 'none'; "
    "base-uri 'none'"
)

Json = dict[str, Any]


@dataclass
class Conversation:
    """One shopper's conversation: what was said, in what order, and who is listening."""

    id: str
    token: str
    language: str
    state: str = "bot"
    typing: bool = False
    messages: list[Json] = field(default_factory=list)
    by_client_id: dict[str, int] = field(default_factory=dict)
    photos: dict[str, bytes] = field(default_factory=dict)
    streams: list[web.WebSocketResponse] = field(default_factory=list)
    news: asyncio.Event = field(default_factory=asyncio.Event)
    # One frame after the other: a client that comes misses nothing that is said while it is told how things stand.
    pushing: asyncio.Lock = field(default_factory=asyncio.Lock)

    def add(self, origin: str, text: str = "", **more: Any) -> Json:
        """Appends a message with the next number and returns it."""
        message: Json = {
            "seq": len(self.messages) + 1,
            "from": origin,
            "at": datetime.now(UTC).isoformat(),
            "text": text,
            "buttons": [],
            "photos": [],
            "attachments": [],
            "ask": None,
        }
        buttons = [{"title": title, "index": i} for i, title in enumerate(more.pop("buttons", []))]
        message.update(more, buttons=buttons)
        self.messages.append(message)
        return message


class ChatApiServer(AiohttpServer):
    """The server and, for a test, its strings: `say`, `typing`, `set_state`, `stop`, `start` and the switches below."""

    def __init__(self, greet: Callable[[str], Json] | None = None) -> None:
        super().__init__()
        self.greet = greet
        self.answer: Callable[[Conversation, Json], list[Json]] = lambda conversation, message: []
        self.conversations: list[Conversation] = []
        self.requests: list[str] = []
        self.streaming = True
        self.photo_error: tuple[int, Json] | None = None
        self.photo_gate = threading.Event()
        self.photo_gate.set()
        self.refuse_text: Json | None = None
        self.openings: list[Json] = []
        self.lost_acks = 0
        self.pages: dict[str, Callable[[Mapping[str, str]], str]] = {}

    # ---- for tests
    @property
    def conversation(self) -> Conversation:
        """The newest conversation."""
        return self.conversations[-1]

    def texts(self, origin: str = "shopper") -> list[str]:
        """What one side said, in order."""
        return [m["text"] for m in self.conversation.messages if m["from"] == origin]

    def say(self, text: str, origin: str = "bot", **more: Any) -> Json:
        """Adds a message of the bot (or of an agent) and pushes it to every listener."""
        return self.run(self._say(self.conversation, origin, text, **more))

    def typing(self, on: bool) -> None:
        self.conversation.typing = on
        self.run(self._push(self.conversation, {"type": "typing", "on": on}))

    def set_state(self, state: str, language: str | None = None) -> None:
        self.conversation.state = state
        frame: Json = {"type": "state", "state": state}
        if language:
            self.conversation.language = frame["language"] = language
        self.run(self._push(self.conversation, frame))

    def forget_everyone(self) -> None:
        """Tokens issued so far are worth nothing any more."""
        for conversation in self.conversations:
            conversation.token = ""

    def close(self) -> None:
        self.photo_gate.set()
        super().close()

    # ---- the machinery
    def app(self) -> web.Application:
        app = web.Application(client_max_size=30_000_000)
        app.router.add_post("/api/chat/conversations", self._open)
        app.router.add_get("/api/chat/messages", self._list)
        app.router.add_post("/api/chat/messages", self._post)
        app.router.add_post("/api/chat/photos", self._photo)
        app.router.add_get("/api/chat/photos/{id}", self._picture)
        app.router.add_get("/api/chat/stream", self._stream)
        app.router.add_get("/widget.js", self._widget)
        app.router.add_get("/page", self._page)
        app.router.add_static("/static", STATIC)
        for path in self.pages:
            app.router.add_get(path, self._own_page)
        return app

    async def leaving(self) -> None:
        for conversation in self.conversations:
            for socket in list(conversation.streams):
                await socket.close(code=1012)
            conversation.news.set()

    async def _push(self, conversation: Conversation, frame: Json) -> None:
        async with conversation.pushing:
            for socket in list(conversation.streams):
                if not socket.closed:
                    await socket.send_json(frame)
        conversation.news.set()
        conversation.news = asyncio.Event()

    async def _say(self, conversation: Conversation, origin: str, text: str, **more: Any) -> Json:
        message = conversation.add(origin, text, **more)
        await self._push(conversation, {"type": "message", "message": message})
        return message

    def _of(self, token: str | None) -> Conversation | None:
        return next((c for c in self.conversations if token and c.token == token), None)

    def _asking(self, request: web.Request) -> Conversation:
        self.requests.append(f"{request.method} {request.path}")
        found = self._of(request.headers.get("Authorization", "").removeprefix("Bearer "))
        if found is None:
            raise web.HTTPUnauthorized(
                text=json.dumps({"error": {"code": "token", "message": "Unknown conversation."}})
            )
        return found

    async def _receive(self, conversation: Conversation, body: Json) -> tuple[int, Json | None]:
        """Stores a message of the shopper once; returns its number, or an error for the shopper."""
        client_id = body["client_id"]
        if client_id in conversation.by_client_id:
            return conversation.by_client_id[client_id], None
        text = body.get("text", "")
        if choice := body.get("choice"):
            text = conversation.messages[choice["message"] - 1]["buttons"][choice["index"]]["title"]
        if self.refuse_text:
            return 0, self.refuse_text
        if len(text) > LIMIT or not (text.strip() or body.get("photos")):
            return 0, {"code": "text", "message": "Please write between 1 and 2,000 characters."}
        message = conversation.add("shopper", text, photos=body.get("photos", []), client_id=client_id)
        conversation.by_client_id[client_id] = message["seq"]
        await self._push(conversation, {"type": "message", "message": message})
        for reply in self.answer(conversation, message):
            await self._say(conversation, reply.pop("origin", "bot"), **reply)
        return message["seq"], None

    # ---- the routes
    async def _open(self, request: web.Request) -> web.Response:
        self.requests.append("POST /api/chat/conversations")
        body = await request.json()
        self.openings.append(body)
        if known := self._of(body.get("resume")):
            return web.json_response({"conversation": known.id, "token": known.token, "language": known.language})
        number = len(self.conversations) + 1
        conversation = Conversation(f"conversation-{number}", f"token-{number}", body["locale"])
        self.conversations.append(conversation)
        if self.greet:
            conversation.add("bot", **self.greet(conversation.language))
        answer = {"conversation": conversation.id, "token": conversation.token, "language": conversation.language}
        return web.json_response(answer, status=201)

    async def _list(self, request: web.Request) -> web.Response:
        conversation = self._asking(request)
        after = int(request.query.get("after", 0))
        if len(conversation.messages) <= after and float(request.query.get("wait", 0)):
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(conversation.news.wait(), min(25.0, float(request.query["wait"])))
        found = conversation.messages[after:]
        return web.json_response({"messages": found, "state": conversation.state, "typing": conversation.typing})

    async def _post(self, request: web.Request) -> web.Response:
        conversation = self._asking(request)
        seq, error = await self._receive(conversation, await request.json())
        return web.json_response({"error": error}, status=422) if error else web.json_response({"seq": seq}, status=202)

    async def _photo(self, request: web.Request) -> web.Response:
        conversation = self._asking(request)
        form = await request.post()
        while not self.photo_gate.is_set():
            await asyncio.sleep(0.02)
        if self.photo_error:
            status, error = self.photo_error
            return web.json_response({"error": error}, status=status)
        upload = form["photo"]
        assert isinstance(upload, web.FileField)
        client_id = form["client_id"]
        assert isinstance(client_id, str)
        photo = f"photo-{client_id}"
        conversation.photos[photo] = upload.file.read()
        return web.json_response({"photo": photo, "width": 800, "height": 600}, status=201)

    async def _picture(self, request: web.Request) -> web.Response:
        photos = self._asking(request).photos
        if request.match_info["id"] not in photos:
            raise web.HTTPNotFound
        return web.Response(body=photos[request.match_info["id"]], content_type="image/jpeg")

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        if not self.streaming:
            raise web.HTTPNotFound
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        first = await socket.receive_json(timeout=10)
        conversation = self._of(first.get("token"))
        if conversation is None:
            await socket.close(code=4401)
            return socket
        async with conversation.pushing:
            for message in conversation.messages[int(request.query.get("after", 0)) :]:
                await socket.send_json({"type": "message", "message": message})
            state = {"type": "state", "state": conversation.state, "language": conversation.language}
            await socket.send_json(state)
            await socket.send_json({"type": "typing", "on": conversation.typing})
            conversation.streams.append(socket)
        try:
            async for frame in socket:
                if frame.type == WSMsgType.TEXT:
                    await self._frame(conversation, socket, json.loads(frame.data))
        finally:
            conversation.streams.remove(socket)
        return socket

    async def _frame(self, conversation: Conversation, socket: web.WebSocketResponse, body: Json) -> None:
        seq, error = await self._receive(conversation, body)
        if self.lost_acks:
            self.lost_acks -= 1
            await socket.close(code=1011)
        elif error:
            await socket.send_json({"type": "error", "client_id": body["client_id"], "error": error})
        else:
            await socket.send_json({"type": "ack", "client_id": body["client_id"], "seq": seq})

    async def _widget(self, request: web.Request) -> web.StreamResponse:
        return web.FileResponse(STATIC / "widget.js", headers={"Content-Type": "text/javascript"})

    async def _own_page(self, request: web.Request) -> web.Response:
        """A page the test renders from the query; put into `pages` before `start()`."""
        return web.Response(text=self.pages[request.path](request.query), content_type="text/html")

    async def _page(self, request: web.Request) -> web.Response:
        """A bare shop page; query parameters become the script tag's data attributes, but for `lang` and `dir`."""
        query = dict(request.query)
        lang, direction = query.pop("lang", "en"), query.pop("dir", "ltr")
        data = " ".join(f'data-{name}="{value}"' for name, value in query.items())
        body = (
            f'<!doctype html><html lang="{lang}" dir="{direction}"><meta charset="utf-8"><title>Shop</title>'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            f'<body><main><h1>Shop</h1><p><a href="#top">A link of the shop</a></p></main>'
            f'<script src="/widget.js" {data} defer></script></body></html>'
        )
        return web.Response(text=body, content_type="text/html", headers={"Content-Security-Policy": STRICT_POLICY})
