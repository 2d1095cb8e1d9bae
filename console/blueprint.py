"""The console as one Sanic blueprint: who is asking, may they, run the page in a thread, render, send."""

from __future__ import annotations

import asyncio
import hmac
import logging
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from jinja2 import Environment
from sanic import Blueprint, HTTPResponse, Request
from sanic.response import empty, file, html, raw

from common.database import transaction
from common.errors import NotFoundError, RetourError
from console import overview
from console.accounts import pages as account_pages
from console.accounts import service as accounts
from console.accounts import sign_in
from console.cases import pages as case_pages
from console.context import ConsoleContext
from console.conversations import pages as conversation_pages
from console.layout import error_page, fill, keep_notice
from console.money import pages as money_pages
from console.render import FOLDER, environment
from console.routes import Route
from console.security import COOKIE, secure_headers
from console.supply import pages as supply_pages
from console.visit import Answer, Download, Nothing, Page, Picture, Redirect, Visit
from console.words import choose

log = logging.getLogger(__name__)
_LARGEST_FORM = 64 * 1024


@dataclass(frozen=True)
class Asked:
    """What of the HTTP request the pages may see, read before the work moves to a thread."""

    path: str
    method: str
    cookie: str
    csrf: str
    accept_language: str
    partial: bool
    form: dict[str, str]
    query: dict[str, str]
    parts: dict[str, Any]


def blueprint(context: ConsoleContext) -> Blueprint:
    """Everything under /console. The caller's app serves it; nothing is global."""
    console = Blueprint("console", url_prefix="/console")
    templates = environment()
    console.static("/static", FOLDER / "static", name="static")
    pages = (
        *case_pages.ROUTES, *money_pages.ROUTES, *supply_pages.ROUTES, *conversation_pages.ROUTES,
        *account_pages.ROUTES,
    )  # fmt: skip
    for route in (*overview.ROUTES, *pages):
        console.add_route(_handler(context, templates, route), route.path, methods=[route.method], name=route.name)
    sign_in.register(console, context, templates)
    console.on_response(secure_headers)  # type: ignore[no-untyped-call]
    return console


def _handler(
    context: ConsoleContext, templates: Environment, route: Route
) -> Callable[..., Coroutine[Any, Any, HTTPResponse]]:
    async def handle(request: Request, **parts: Any) -> HTTPResponse:
        if len(request.body) > _LARGEST_FORM:
            return empty(413)
        asked = _read(request, parts)
        answer = await asyncio.to_thread(_answer, context, templates, route, asked)
        return await file(answer.path, mime_type="image/jpeg") if isinstance(answer, Picture) else answer

    return handle


def _read(request: Request, parts: dict[str, Any]) -> Asked:
    form = {key: values[0] for key, values in (request.form or {}).items() if values}
    return Asked(
        path=request.path,
        method=request.method,
        cookie=request.cookies.get(COOKIE) or "",
        csrf=request.headers.get("x-csrf") or form.get("csrf", ""),
        accept_language=request.headers.get("accept-language", ""),
        partial=request.headers.get("hx-request") == "true",
        form=form,
        query={key: values[0] for key, values in request.args.items() if values},
        parts=parts,
    )


def _answer(context: ConsoleContext, templates: Environment, route: Route, asked: Asked) -> HTTPResponse | Picture:
    """One request from cookie to response. Runs in a worker thread; each block is one transaction."""
    engine, now = context.runtime.engine, context.runtime.clock.now()
    with transaction(engine) as session:
        user = accounts.recognise(session, asked.cookie, now=now)
    if user is None:
        return _to_sign_in(asked.partial)
    words = context.words[choose(user.language, asked.accept_language)]

    def visit(session: Any) -> Visit:
        return Visit(context, session, user, words, now, asked.path, asked.form, asked.query, asked.partial)

    refusal = _may(route, asked, user)
    try:
        with transaction(engine) as session:
            if refusal is not None:
                return _send(templates, visit(session), error_page(*refusal))
            return _send(templates, visit(session), route.page(visit(session), **asked.parts))
    except RetourError as error:
        with transaction(engine) as session:
            if asked.method == "POST":
                return _send(templates, visit(session), route.refused(visit(session), error, asked.parts))
            status = 404 if isinstance(error, NotFoundError) else 409
            return _send(templates, visit(session), error_page(f"error.{status}", status))
    except Exception:
        log.exception("console page failed", extra={"page": route.name})
        with transaction(engine) as session:
            return _send(templates, visit(session), error_page("error.500", 500))


def _may(route: Route, asked: Asked, user: accounts.SignedIn) -> tuple[str, int] | None:
    """Why not, as words and status; None when the page may run."""
    if asked.method == "POST" and not hmac.compare_digest(asked.csrf.encode(), user.csrf.encode()):
        return "error.csrf", 403
    if route.owner_only and not user.is_owner:
        return "error.403", 403
    return None


def _send(templates: Environment, visit: Visit, answer: Answer) -> HTTPResponse | Picture:
    if isinstance(answer, Picture):
        return answer
    if isinstance(answer, Nothing):
        return empty(204)
    if isinstance(answer, Download):
        headers = {"content-disposition": f'attachment; filename="{answer.name}"', "cache-control": "private, no-store"}
        return raw(answer.build(), content_type=answer.mime, headers=headers)
    if isinstance(answer, Redirect):
        keep_notice(visit, answer)
        # htmx follows a 303 by itself and would swap a whole page into a corner; this makes it a real navigation.
        return empty(204, {"hx-redirect": answer.to}) if visit.partial else empty(303, {"location": answer.to})
    assert isinstance(answer, Page)
    # A fragment must not eat the notice that the next whole page is meant to tell.
    body = templates.get_template(answer.template).render(fill(visit, answer))
    headers = {"hx-trigger-after-settle": answer.news} if answer.news else {}
    return html(body, status=answer.status, headers=headers)


def _to_sign_in(partial: bool) -> HTTPResponse:
    if partial:
        return empty(401, {"hx-redirect": "/console/sign-in"})
    return empty(303, {"location": "/console/sign-in"})


__all__ = ["ConsoleContext", "blueprint"]
