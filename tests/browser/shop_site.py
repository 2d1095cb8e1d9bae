"""A shop's own website: pages of another origin that carry the widget's tag."""

from __future__ import annotations

from aiohttp import web

from tests.loop_server import AiohttpServer

_PAGE = """<!doctype html><html lang="{language}"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>A shop</title><link rel="icon" href="data:,">
</head><body><h1>A shop</h1>{tag}</body></html>"""


class ShopSite(AiohttpServer):
    """One page with `tag`, in `language`; `policy` is its Content-Security-Policy, "" for none."""

    def __init__(self) -> None:
        super().__init__()
        self.tag, self.language, self.policy = "", "en", ""

    @property
    def url(self) -> str:
        # Another name than the widget's server has, so that another port is not all that is different.
        return f"http://localhost:{self.port}"

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_get("/", self._page)
        return app

    async def _page(self, _request: web.Request) -> web.Response:
        headers = {"Content-Security-Policy": self.policy} if self.policy else {}
        page = _PAGE.format(language=self.language, tag=self.tag)
        return web.Response(text=page, content_type="text/html", headers=headers)
