"""The page before the console: name and password, and the cookie that follows."""

from __future__ import annotations

import asyncio
import hmac
from functools import partial
from typing import Any

from jinja2 import Environment
from sanic import Blueprint, HTTPResponse, Request
from sanic.response import empty, html

from bot.web.http import client_address
from common.database import transaction
from common.ids import new_token
from console.accounts import repository, service
from console.context import ConsoleContext
from console.security import COOKIE, PATH
from console.words import LANGUAGES, choose

_FORM_COOKIE = "retour_sign_in"
_LARGEST_FORM = 8 * 1024


def register(console: Blueprint, context: ConsoleContext, templates: Environment) -> None:
    """Add GET and POST /sign-in."""

    async def show(request: Request) -> HTTPResponse:
        return await asyncio.to_thread(partial(_show, context, templates, request))

    async def enter(request: Request) -> HTTPResponse:
        if len(request.body) > _LARGEST_FORM:
            return empty(413)
        form = {key: values[0] for key, values in (request.form or {}).items() if values}
        return await asyncio.to_thread(partial(_enter, context, templates, request, form))

    console.add_route(show, "/sign-in", methods=["GET"], name="sign_in")
    console.add_route(enter, "/sign-in", methods=["POST"], name="sign_in_enter")


def _show(
    context: ConsoleContext,
    templates: Environment,
    request: Request,
    *,
    why: str = "",
    name: str = "",
    status: int = 200,
) -> HTTPResponse:
    asked = request.args.get("language")
    wanted = asked if asked in LANGUAGES else None
    language = choose(wanted, request.headers.get("accept-language", ""))
    # Without it another site could sign a visitor in under an account of its own.
    token = request.cookies.get(_FORM_COOKIE) or new_token()
    with transaction(context.runtime.engine) as session:
        nobody = not repository.users(session)
    values: dict[str, Any] = {
        "t": context.words[language].get,
        "language": language,
        "shop": context.runtime.shop.name,
        "why": why,
        "name": name,
        "token": token,
        "nobody": nobody,
        "asked": wanted or "",
    }
    response = html(templates.get_template("sign_in.html").render(values), status=status)
    response.add_cookie(
        _FORM_COOKIE, token, path=PATH, httponly=True, samesite="Strict", secure=context.secure, max_age=3600
    )
    return response


def _enter(context: ConsoleContext, templates: Environment, request: Request, form: dict[str, str]) -> HTTPResponse:
    name, password = form.get("name", ""), form.get("password", "")
    address = client_address(request)
    now, engine = context.runtime.clock.now(), context.runtime.engine
    cookie = request.cookies.get(_FORM_COOKIE) or ""
    if not cookie or not hmac.compare_digest(cookie.encode(), form.get("token", "").encode()):
        return _show(context, templates, request, why="stale", name=name[:64], status=403)
    with transaction(engine) as session:
        may = service.count_attempt(session, name, address, now=now)
    if not may:
        return _show(context, templates, request, why="limited", name=name[:64], status=429)
    with transaction(engine) as session:
        admission = service.sign_in(session, name, password, address, now=now)
    if admission.token is None:
        return _show(context, templates, request, why="wrong", name=name[:64], status=401)
    response = empty(303, {"location": PATH})
    response.add_cookie(
        COOKIE,
        admission.token,
        path=PATH,
        httponly=True,
        samesite="Lax",
        secure=context.secure,
        max_age=int(service.SESSION_LIFETIME.total_seconds()),
    )
    response.delete_cookie(_FORM_COOKIE, path=PATH)
    return response
