"""The edge as one Sanic blueprint: `app.blueprint(blueprint(context))`."""

from __future__ import annotations

import logging
from typing import Any

from sanic import Blueprint, HTTPResponse, Request, Sanic, empty
from sanic.exceptions import SanicException

from bot.channels.web import api, stream
from bot.channels.web.chat import Chat
from bot.web import operations, pages
from bot.web.context import BotContext, Running
from bot.web.http import HttpError, allowed_origin, secured

__all__ = ["BotContext", "blueprint"]

_CORS_PATHS = ("conversations", "messages", "photos", "photos/<photo_id:str>")
_PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, POST, OPTIONS",
    "Access-Control-Allow-Headers": "Authorization, Content-Type",
    "Access-Control-Max-Age": "7200",
}
log = logging.getLogger(__name__)


def blueprint(context: BotContext) -> Blueprint:
    """Chat API, widget, demo shop, documentation, health and metrics; turns run while the server does."""
    edge = Blueprint("bot")
    running = Running(context)
    chat = Chat(running)

    @edge.before_server_start
    async def start(_app: Sanic[Any, Any]) -> None:
        await running.start()

    @edge.before_server_stop
    async def stop(_app: Sanic[Any, Any]) -> None:
        await running.stop()

    _guard(edge, context, chat)
    api.register(edge, running, chat)
    stream.register(edge, running, chat)
    for found in running.channels.values():
        found.register(edge, running.gate)
    pages.register(edge, running)
    operations.register(edge, running)
    return edge


def _guard(edge: Blueprint, context: BotContext, chat: Chat) -> None:
    """Origins, headers and errors, the same for every route of the edge."""

    @edge.on_request
    async def admit(request: Request) -> HTTPResponse | None:
        if request.path.startswith(api.PREFIX):
            origin = allowed_origin(request, context.settings.public_url, context.shop.allowed_origins)
            if origin is None:
                message = "Pages of this origin may not use the chat; add it to allowed_origins in retour.toml."
                return HttpError(403, "origin.refused", message).response()
            request.ctx.origin = origin
        return None

    @edge.on_response  # type: ignore[untyped-decorator]
    async def finish(request: Request, response: HTTPResponse) -> None:
        secured(request, response)
        if request.path.startswith(api.PREFIX):
            response.headers["Vary"] = "Origin"
            if origin := getattr(request.ctx, "origin", ""):
                response.headers["Access-Control-Allow-Origin"] = origin
                response.headers["Access-Control-Expose-Headers"] = "Retry-After"

    @edge.exception(Exception)  # type: ignore[untyped-decorator]
    async def failed(request: Request, error: Exception) -> HTTPResponse:
        if isinstance(error, HttpError):
            return error.response()
        if isinstance(error, SanicException):
            return HttpError(error.status_code, "http", str(error) or type(error).__name__).response()
        # 503 and not 500: the widget, like any client, keeps the message and tries again.
        log.error("a request failed", exc_info=error, extra={"path": request.path})
        language = "fr" if request.headers.get("accept-language", "").lower().startswith("fr") else "en"
        return chat.trouble(language).response()

    async def preflight(_request: Request, **_path: str) -> HTTPResponse:
        return empty(headers=_PREFLIGHT)

    for number, path in enumerate(_CORS_PATHS):
        edge.add_route(preflight, f"{api.PREFIX}/{path}", methods=["OPTIONS"], name=f"chat_preflight_{number}")
