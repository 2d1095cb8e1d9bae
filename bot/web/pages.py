"""What a browser loads: the widget, the demo shop, the documentation of the API."""

from __future__ import annotations

import gzip
import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup, escape
from sanic import Blueprint, HTTPResponse, Request, empty, raw
from sanic import html as html_response

from bot.web.context import Running
from common import yaml_loader
from common.phrases import LANGUAGES

HERE = Path(__file__).resolve().parent
_PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self' ws: wss:; "
    "font-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
_DOCS_POLICY = "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'"
_WIDGET_SECONDS = 300
_CODE = re.compile(r"`([^`]+)`")


def register(blueprint: Blueprint, running: Running) -> None:
    """Add the pages."""
    pages = _Pages(running)
    blueprint.add_route(pages.widget, "/widget.js", methods=["GET", "HEAD"], name="widget")
    blueprint.add_route(pages.shop, "/", methods=["GET"], name="shop")
    blueprint.add_route(pages.docs, "/docs", methods=["GET"], name="docs")
    blueprint.add_route(pages.docs_style, "/docs/docs.css", methods=["GET"], name="docs_style")
    blueprint.add_route(pages.openapi, "/docs/openapi.yml", methods=["GET"], name="openapi")
    blueprint.static("/static/shop", HERE / "static" / "shop", name="shop_static")


@dataclass(frozen=True)
class _Asset:
    """A file as it is sent, plain and compressed, made at the first request."""

    plain: bytes
    packed: bytes
    etag: str

    @classmethod
    def of(cls, path: Path) -> _Asset:
        plain = path.read_bytes()
        return cls(plain, gzip.compress(plain, 9, mtime=0), f'"{hashlib.sha256(plain).hexdigest()[:20]}"')


class _Pages:
    def __init__(self, running: Running) -> None:
        self._running = running
        self._assets: dict[str, _Asset] = {}
        self._templates = jinja2.Environment(
            loader=jinja2.FileSystemLoader(HERE / "templates"), autoescape=True, trim_blocks=True, lstrip_blocks=True
        )
        self._templates.filters["code"] = _with_code

    async def widget(self, request: Request) -> HTTPResponse:
        """The widget's script, small on the wire and never older than five minutes."""
        headers = {
            "Cache-Control": f"public, max-age={_WIDGET_SECONDS}",
            "Cross-Origin-Resource-Policy": "cross-origin",
        }
        return self._asset(request, "static/widget.js", "text/javascript; charset=utf-8", headers)

    async def shop(self, request: Request) -> HTTPResponse:
        """The demo shop; a plain page that says where to go where there is none."""
        context = self._running.context
        lang = _language(request)
        if context.demo_orders is None:
            page = self._templates.get_template("no_shop.html.j2").render(lang=lang)
            return html_response(page, status=404, headers={"Content-Security-Policy": _PAGE_POLICY})
        orders = await self._running.database.write(context.demo_orders)
        page = self._templates.get_template("shop.html.j2").render(
            orders=orders, lang=lang, shop_name=context.shop.name, console_url="/console", docs_url="/docs"
        )
        headers = {"Content-Security-Policy": _PAGE_POLICY, "Cache-Control": "no-cache", "Vary": "Accept-Language"}
        return html_response(page, headers=headers)

    async def docs(self, _request: Request) -> HTTPResponse:
        """The API's description as a page."""
        api: dict[str, Any] = yaml_loader.load((HERE / "openapi.yml").read_text(encoding="utf-8"))
        page = self._templates.get_template("docs.html.j2").render(api=api)
        return html_response(page, headers={"Content-Security-Policy": _DOCS_POLICY})

    async def docs_style(self, request: Request) -> HTTPResponse:
        """The style of that page."""
        return self._asset(request, "static/docs.css", "text/css; charset=utf-8", {"Cache-Control": "no-cache"})

    async def openapi(self, request: Request) -> HTTPResponse:
        """The API's description for programs."""
        return self._asset(request, "openapi.yml", "application/yaml; charset=utf-8", {"Cache-Control": "no-cache"})

    def _asset(self, request: Request, path: str, kind: str, headers: dict[str, str]) -> HTTPResponse:
        asset = self._assets.get(path) or self._assets.setdefault(path, _Asset.of(HERE / path))
        headers |= {"ETag": asset.etag, "Vary": "Accept-Encoding"}
        if asset.etag in request.headers.get("if-none-match", ""):
            return empty(304, headers=headers)
        if "gzip" in request.headers.get("accept-encoding", ""):
            return raw(asset.packed, content_type=kind, headers=headers | {"Content-Encoding": "gzip"})
        return raw(asset.plain, content_type=kind, headers=headers)


def _with_code(text: str) -> Markup:
    """The text with what stands between backticks as code, everything escaped."""
    return Markup(_CODE.sub(r"<code>\1</code>", str(escape(text))))  # noqa: S704 (escaped in this line)


def _language(request: Request) -> str:
    asked = request.args.get("lang") or request.headers.get("accept-language", "")[:2].lower()
    return asked if asked in LANGUAGES else "en"
