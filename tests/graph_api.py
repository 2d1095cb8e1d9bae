"""A Graph API server of our own on loopback: messages, media, receipts, and failures by plan.

Written from Meta's OpenAPI file of v23.0 and its list of error codes; no real account has answered these calls.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable
from typing import Any

from aiohttp import web

from tests.loop_server import AiohttpServer, cut

Json = dict[str, Any]
PHONE_ID, TOKEN = "1122334455667", "a-token-of-the-tests"
_HELD_SECONDS = 30.0


class GraphApi(AiohttpServer):
    """`plan` names what the next call for a message suffers, "" nothing:

    `before` and `after`: the line is cut before or after the work; `500 before`, `500 after`: an answer without a
    code; a number: Meta's error code, with `retry_after` seconds where that is not 0.
    """

    def __init__(self, plan: Callable[[], str] = lambda: "") -> None:
        super().__init__()
        self.plan = plan
        self.retry_after = 0
        self.accepted: list[Json] = []
        self.shown: list[Json] = []
        self.files: dict[str, bytes] = {}
        self.told_hashes: dict[str, str] = {}
        self.suffered: Counter[str] = Counter()
        self.refused: list[str] = []
        self.arrived: Callable[[Json], None] = lambda message: None

    @property
    def url(self) -> str:
        """What RETOUR_WHATSAPP_API_URL is set to."""
        return f"{super().url}/v23.0"

    def texts(self, to: str) -> list[str]:
        """The words of what one shopper got, in the order it arrived."""
        return [words_of(message) for message in list(self.accepted) if message.get("to") == to]

    def by_shopper(self) -> dict[str, list[Json]]:
        """Everything that arrived, by shopper; what arrived twice is there twice."""
        found: dict[str, list[Json]] = defaultdict(list)
        for message in list(self.accepted):
            found[message["to"]].append(message)
        return found

    def doubled(self) -> int:
        """How many messages arrived although the same piece had arrived before."""
        keys = Counter(message["biz_opaque_callback_data"] for message in list(self.accepted))
        return sum(count - 1 for count in keys.values())

    def app(self) -> web.Application:
        app = web.Application(client_max_size=64 * 1024 * 1024)
        app.router.add_post("/v23.0/{phone}/messages", self._messages)
        app.router.add_get("/v23.0/{id}", self._node)
        app.router.add_get("/media/{id}", self._media)
        return app

    def _allowed(self, request: web.Request) -> bool:
        return request.headers.get("authorization") == f"Bearer {TOKEN}"

    async def _messages(self, request: web.Request) -> web.StreamResponse:
        if not self._allowed(request):
            return _error(401, 190, "Invalid OAuth access token")
        if request.match_info["phone"] != PHONE_ID:
            return _error(400, 33, "Object does not exist")
        body = await request.json()
        if body.get("status") == "read":
            self.shown.append(body)
            return web.json_response({"success": True})
        fault = self.plan()
        if fault:
            self.suffered[fault] += 1
        if fault.isdigit():
            return _error(429 if fault in ("130429", "131056", "80007") else 400, int(fault), "As planned", self)
        if fault == "before":
            return cut(request)
        if fault == "500 before":
            return web.Response(status=500, text="oops")
        self.accepted.append(body)
        name = f"wamid.OUT{len(self.accepted):06d}"
        self.arrived({"id": name, **body})
        if fault == "after":
            return cut(request)
        if fault == "500 after":
            return web.Response(status=500, text="oops")
        to = body.get("to") or body.get("recipient")
        return web.json_response(
            {"messaging_product": "whatsapp", "contacts": [{"input": to, "wa_id": to}], "messages": [{"id": name}]}
        )

    async def _node(self, request: web.Request) -> web.StreamResponse:
        if not self._allowed(request):
            return _error(401, 190, "Invalid OAuth access token")
        name = request.match_info["id"]
        if name == PHONE_ID:
            return web.json_response(
                {"id": name, "display_phone_number": "+33 1 00 00 00 00", "verified_name": "Lumen"}
            )
        data = self.files.get(name)
        if data is None:
            return _error(400, 100, f"Unsupported get request. Object with ID '{name}' does not exist")
        told = self.told_hashes.get(name, hashlib.sha256(data).hexdigest())
        return web.json_response(
            {
                "messaging_product": "whatsapp",
                "url": f"http://127.0.0.1:{self.port}/media/{name}",
                "mime_type": "image/jpeg",
                "sha256": told,
                "file_size": str(len(data)),
                "id": name,
            }
        )

    async def _media(self, request: web.Request) -> web.StreamResponse:
        if not self._allowed(request):
            self.refused.append(request.path)
            return web.Response(status=401)
        return web.Response(body=self.files[request.match_info["id"]], content_type="image/jpeg")


def words_of(message: Json) -> str:
    """What a shopper reads of one message."""
    content = message[message["type"]]
    if message["type"] == "text":
        return str(content["body"])
    if message["type"] == "interactive":
        return str(content["body"]["text"])
    return f"{message['type']} {content.get('name') or content.get('link')}"


def _error(status: int, code: int, text: str, api: GraphApi | None = None) -> web.Response:
    headers = {"Retry-After": str(api.retry_after)} if api and api.retry_after else {}
    error = {"message": f"(#{code}) {text}", "type": "OAuthException", "code": code, "fbtrace_id": "A"}
    return web.json_response({"error": error}, status=status, headers=headers)
