"""The chat API over HTTP. Every route is streamed: the limits are ours, and so is the answer when they are passed."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Coroutine
from typing import Any

from sanic import Blueprint, HTTPResponse, Request, raw
from sanic import json as json_response
from sanic.request.form import parse_multipart_form

from bot.channels.web.channel import client_id_of
from bot.channels.web.chat import Chat, Who
from bot.web.context import Running
from bot.web.http import HttpError, client_address, read_body
from common.errors import RefusedError
from common.photos.intake import MAX_BYTES

PREFIX = "/api/chat"
MAX_WAIT_SECONDS = 25.0
_JSON_BYTES = 64 * 1024
_MULTIPART_EXTRA_BYTES = 16 * 1024
MAX_SEQ = 2**31 - 1

Handler = Callable[[Request], Coroutine[Any, Any, HTTPResponse]]


def register(blueprint: Blueprint, running: Running, chat: Chat) -> None:
    """Add the routes."""
    api = ChatApi(running, chat)
    for path, method, handler in (
        ("/conversations", "POST", api.open),
        ("/messages", "POST", api.send),
        ("/photos", "POST", api.upload),
    ):
        name = f"chat_{handler.__name__}"
        blueprint.add_route(_function(handler), PREFIX + path, methods=[method], stream=True, name=name)
    blueprint.add_route(api.news, f"{PREFIX}/messages", methods=["GET"], name="chat_news")
    blueprint.add_route(api.photo, f"{PREFIX}/photos/<photo_id:str>", methods=["GET"], name="chat_photo")


def _function(method: Handler) -> Handler:
    # Sanic marks a streamed handler with an attribute, which a bound method cannot have.
    async def handler(request: Request) -> HTTPResponse:
        return await method(request)

    return handler


class ChatApi:
    """One method a route."""

    def __init__(self, running: Running, chat: Chat) -> None:
        self._running = running
        self._chat = chat

    async def open(self, request: Request) -> HTTPResponse:
        """POST conversations."""
        self._admit(request)
        content = _object(await read_body(request, _JSON_BYTES))
        given = {key: value for key, value in content.items() if isinstance(value, str)}
        locale = given.get("locale", str(request.headers.get("accept-language", "")))
        body, new = await self._chat.open(
            client_address(request), locale[:2].lower(), given.get("resume"), given.get("order_token")
        )
        return json_response(body, status=201 if new else 200)

    async def send(self, request: Request) -> HTTPResponse:
        """POST messages."""
        self._admit(request)
        who = await self._who(request)
        body = await read_body(request, _JSON_BYTES)
        if body is None:
            raise self._chat.too_long(who)
        return json_response({"seq": await self._chat.send(who, body)}, status=202)

    async def news(self, request: Request) -> HTTPResponse:
        """GET messages: at once, or as soon as there are some."""
        self._admit(request)
        who = await self._who(request)
        after = whole_number(request.args.get("after", "0"), "after")
        wait = min(MAX_WAIT_SECONDS, _seconds(request.args.get("wait", "0")))
        deadline = asyncio.get_running_loop().time() + wait
        with self._running.notifier.listen(who.id) as listener:
            news = await self._chat.news(who.id, after)
            before = (news.state, news.language, self._typing(who))
            # Woken for nothing new (the shopper's own message in another tab has been read): wait on.
            while not news.messages and (news.state, news.language, self._typing(who)) == before:
                left = deadline - asyncio.get_running_loop().time()
                if left <= 0 or self._running.stopping:
                    break
                await listener.wait(left)
                news = await self._chat.news(who.id, after)
        self._running.handed_out.note(news.messages)
        return json_response(
            {
                "messages": self._chat.shown(news.messages),
                "state": news.state,
                "language": news.language,
                "typing": self._typing(who),
            }
        )

    async def upload(self, request: Request) -> HTTPResponse:
        """POST photos: one file, whatever its name and type say it is."""
        self._admit(request)
        who = await self._who(request)
        kind = request.headers.get("content-type", "")
        boundary = kind.partition("boundary=")[2].partition(";")[0].strip('" ')
        body = await read_body(request, MAX_BYTES + _MULTIPART_EXTRA_BYTES)
        if body is None:
            return json_response(await self._chat.keep_photo(who, None, ""), status=201)
        if not kind.startswith("multipart/form-data") or not boundary:
            raise HttpError(400, "channel.malformed", "Send multipart/form-data with the fields photo and client_id.")
        data, client_id = await asyncio.to_thread(_form, body, boundary)
        return json_response(await self._chat.keep_photo(who, data, client_id), status=201)

    async def photo(self, request: Request, photo_id: str) -> HTTPResponse:
        """GET photos/{id}."""
        self._admit(request)
        who = await self._who(request)
        picture = await self._chat.photo(who, photo_id)
        headers = {
            # The token is in a header, so no shared cache may keep it; the picture of an id never changes.
            "Cache-Control": "private, max-age=86400, immutable",
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "Content-Disposition": f'inline; filename="{photo_id}.jpg"',
        }
        return raw(picture, content_type="image/jpeg", headers=headers)

    def _typing(self, who: Who) -> bool:
        return self._running.dispatcher.typing(who.id)

    def _admit(self, request: Request) -> None:
        wait = self._running.limits.requests.take(client_address(request))
        if wait > 0:
            raise HttpError(429, "too_many_requests", "Too many requests from this address.", retry_after=wait)

    async def _who(self, request: Request) -> Who:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        return await self._chat.who(token.strip() if scheme.lower() == "bearer" else "")


def _object(body: bytes | None) -> dict[str, Any]:
    try:
        content = json.loads(body or b"{}")
    except (ValueError, RecursionError):
        content = None
    if not isinstance(content, dict) or body is None:
        raise HttpError(400, "channel.malformed", "The body must be a small JSON object; see /docs.")
    return content


def _form(body: bytes, boundary: str) -> tuple[bytes, str]:
    try:
        fields, files = parse_multipart_form(body, boundary.encode("latin-1"))  # type: ignore[no-untyped-call]
        upload = files.get("photo")
        client_id = client_id_of({"client_id": fields.get("client_id")})
    except RefusedError as error:
        raise HttpError(400, error.code, error.message) from error
    except Exception as error:
        # Sanic's parser trusts its input; whatever it trips over is the client's doing.
        raise HttpError(400, "channel.malformed", "The multipart body cannot be read.") from error
    if upload is None:
        raise HttpError(400, "channel.malformed", "The field photo is missing.")
    return bytes(upload.body), client_id


def whole_number(text: str, name: str) -> int:
    """A number of a message from a query; a wrong one is the client's fault."""
    if not text.isascii() or not text.isdigit() or int(text[:12]) > MAX_SEQ:
        raise HttpError(400, "channel.malformed", f"{name} must be a whole number.")
    return int(text[:12])


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds < 1e6:
        raise HttpError(400, "channel.malformed", "wait must be a number of seconds.")
    return seconds
