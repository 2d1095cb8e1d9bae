"""`/supplier/{token}`: the page on which a supplier without an API answers. It works without scripts.

The token is the right to answer for one claim. The form's nonce is bound to it and to a cookie of this browser, so that
a leaked address alone cannot be made to post from another site.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import secrets
from pathlib import Path
from urllib.parse import parse_qs

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from sanic import Blueprint, HTTPResponse, Request, html, redirect

from actions.runtime import Runtime
from actions.suppliers import portal, repository
from actions.suppliers.model import Progress
from actions.suppliers.web import view
from actions.suppliers.web.body import read_body
from actions.suppliers.web.words import WORDS, language_of
from common.database import transaction
from common.errors import NotFoundError, RefusedError, RetourError

_HERE = Path(__file__).parent
_LARGEST_FORM = 64 * 1024
_COOKIE = "retour_supplier"
_HEADERS = {
    "Content-Security-Policy": "default-src 'self'; script-src 'none'; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex, nofollow",
    "Cache-Control": "no-store",
}


def add_portal(suppliers: Blueprint, runtime: Runtime, progress: Progress) -> None:
    """The page and its one style sheet."""
    page = _Page(runtime, progress)
    suppliers.static("/supplier/static", _HERE / "static", name="supplier_static")
    suppliers.add_route(page.show, "/supplier/<token:str>", methods=["GET"], name="portal_show")

    # Sanic marks a streaming handler with an attribute, which a bound method does not take.
    @suppliers.post("/supplier/<token:str>", name="portal_act", stream=True)
    async def act(request: Request, token: str) -> HTTPResponse:
        return await page.act(request, token)


class _Page:
    def __init__(self, runtime: Runtime, progress: Progress) -> None:
        self._runtime = runtime
        self._progress = progress
        self._templates = Environment(
            loader=FileSystemLoader(_HERE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    async def show(self, request: Request, token: str) -> HTTPResponse:
        """The claim as it stands, with the forms that fit its state."""
        done = request.args.get("done", "")
        notice = done if done in ("recorded", "already") else ""
        return await self._answer(request, token, request.args.get("lang"), notice=notice)

    async def act(self, request: Request, token: str) -> HTTPResponse:
        """Record one action, then show the page anew; the same form twice records once."""
        raw = await read_body(request, _LARGEST_FORM)
        fields = parse_qs(raw.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=40)
        form = {name: values[0] for name, values in fields.items()}
        language = form.get("lang")
        cookie = request.cookies.get(_COOKIE) or ""
        if not cookie or not hmac.compare_digest(self._nonce(token, cookie).encode(), form.get("nonce", "").encode()):
            return await self._answer(request, token, language, notice="stale", status=403, form=form)
        try:
            outcome = await asyncio.to_thread(self._record, token, form)
        except portal.FormError as error:
            return await self._answer(request, token, language, error=error, status=422, form=form)
        except RetourError as error:
            return self._problem(error, language)
        target = f"/supplier/{token}?done={outcome}" + (f"&lang={language}" if language in WORDS else "")
        return _sealed(redirect(target, status=303))

    def _record(self, token: str, form: dict[str, str]) -> portal.Outcome:
        now = self._runtime.clock.now()
        claim_id = portal.claim_id_of(self._runtime.settings, token, now=now)
        with transaction(self._runtime.engine) as session:
            claim = repository.get(session, claim_id)
            supplier = view.supplier_of(self._runtime, claim)
            return portal.record(
                session, claim_id, form.get("action", ""), form, supplier=supplier, progress=self._progress, now=now
            )

    async def _answer(
        self,
        request: Request,
        token: str,
        language: str | None,
        *,
        notice: str = "",
        error: portal.FormError | None = None,
        status: int = 200,
        form: dict[str, str] | None = None,
    ) -> HTTPResponse:
        try:
            page = await asyncio.to_thread(self._load, token, language)
        except RetourError as problem:
            return self._problem(problem, language)
        cookie = request.cookies.get(_COOKIE) or secrets.token_urlsafe(24)
        template = self._templates.get_template("portal.html")
        text = template.render(
            page=page,
            w=WORDS[page.language],
            nonce=self._nonce(token, cookie),
            notice=notice,
            error=error,
            form=form or {},
            limits=portal.LIMITS,
            conditions=portal.CONDITIONS,
        )
        response = _sealed(html(text, status=status))
        response.add_cookie(
            _COOKIE,
            cookie,
            path="/supplier/",
            httponly=True,
            # Lax, not Strict: the page is opened from a mail, and a cookie withheld then would be replaced each time.
            samesite="Lax",
            secure=self._runtime.settings.public_url.startswith("https://"),
        )
        return response

    def _load(self, token: str, language: str | None) -> view.PortalPage:
        now = self._runtime.clock.now()
        claim_id = portal.claim_id_of(self._runtime.settings, token, now=now)
        with transaction(self._runtime.engine) as session:
            return view.load(session, self._runtime, claim_id, language)

    def _problem(self, error: RetourError, language: str | None) -> HTTPResponse:
        """A link that opens nothing: one sentence that helps, and nothing about whether the claim exists."""
        if not isinstance(error, NotFoundError | RefusedError):
            raise error
        expired = error.code == "link.expired"
        # Whose link it was cannot be known here, so the sentence comes in the language asked for or in both.
        languages = [language_of(language)] if language in WORDS else list(WORDS)
        text = self._templates.get_template("problem.html").render(
            pages=[WORDS[item] | {"lang": item} for item in languages],
            kind="expired" if expired else "unknown",
            shop=self._runtime.shop,
        )
        return _sealed(html(text, status=410 if expired else 404))

    def _nonce(self, token: str, cookie: str) -> str:
        key = self._runtime.settings.secret_key.encode()
        return hmac.new(key, f"portal-form|{token}|{cookie}".encode(), hashlib.sha256).hexdigest()


def _sealed(response: HTTPResponse) -> HTTPResponse:
    response.headers.update(_HEADERS)
    return response
