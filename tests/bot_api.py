"""A Bot API server of our own on loopback: updates by webhook and polling, files both ways, failures by plan.

Every call is checked against the published list of methods where `../shared/data/telegram` is there; how it behaves is
written from https://core.telegram.org/bots/api and from what python-telegram-bot expects, not seen from Telegram.
"""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx
from aiohttp import web

from common.settings import ROOT
from tests.loop_server import AiohttpServer, cut

Json = dict[str, Any]
TOKEN, SECRET = "123456:a-token-of-the-tests", "a-secret-of-the-tests"
SPEC = ROOT.parent / "shared" / "data" / "telegram" / "api.min.json"
# What stays text, looking like a number or not, where there is no list to say it.
_TEXTS = frozenset(("text", "caption", "callback_query_id", "file_id", "url", "secret_token", "action"))
_NO_FILE = "Bad Request: wrong file_id or the file is temporarily unavailable"
_FAILURES: dict[str, tuple[int, Json]] = {
    "429": (429, {"description": "Too Many Requests: retry after 1", "parameters": {"retry_after": 1}}),
    "blocked": (403, {"description": "Forbidden: bot was blocked by the user"}),
    "gone": (400, {"description": "Bad Request: chat not found"}),
    "401": (401, {"description": "Unauthorized"}),
    "bad webhook": (
        400,
        {"description": "Bad Request: bad webhook: Failed to resolve host"},
    ),
}


@dataclass(frozen=True)
class Call:
    """One call of ours: parameters as their types, files as bytes."""

    method: str
    parameters: Json

    @property
    def user(self) -> str:
        return str(self.parameters.get("chat_id", ""))


class BotApi(AiohttpServer):
    """`plan` names what the next call that sends suffers, "" nothing: `before` and `after` cut the line, `500 before`
    and `500 after` answer that, the others are names of `_FAILURES`. `webhook_plan` does it for setWebhook.
    """

    def __init__(self, plan: Callable[[], str] = lambda: "") -> None:
        super().__init__()
        self.plan = plan
        self.webhook_plan: Callable[[], str] = lambda: ""
        self.calls: list[Call] = []
        self.sent: list[Call] = []
        self.suffered: Counter[str] = Counter()
        self.wrong: list[str] = []
        self.files: dict[str, bytes] = {}
        self.webhook: Json = {}
        self._updates: list[Json] = []
        self._numbers: dict[str, int] = defaultdict(int)
        self._methods: Json = json.loads(SPEC.read_text("utf-8")) if SPEC.is_file() else {}
        self._news = threading.Condition()

    # ---- the shopper's side
    def update(self, **content: Any) -> Json:
        """The next update with this content."""
        self._numbers["update"] += 1
        return {"update_id": 7_000_000 + self._numbers["update"], **content}

    def deliver(self, update: Json, *, patience: float = 20.0) -> None:
        """Bring an update as Telegram does: to the webhook until it is taken, or to whoever asks."""
        if not self.webhook.get("url"):
            with self._news:
                self._updates.append(update)
            return
        headers = {"X-Telegram-Bot-Api-Secret-Token": self.webhook.get("secret_token", "")}
        deadline = time.monotonic() + patience
        while True:
            try:
                answer = httpx.post(self.webhook["url"], json=update, headers=headers, trust_env=False, timeout=10)
                if answer.status_code == 200:
                    return
                reason = f"{answer.status_code} {answer.text}"
            except httpx.HTTPError as error:
                reason = repr(error)
            assert time.monotonic() < deadline, f"the webhook does not take updates: {reason}"
            time.sleep(0.05)

    def waits_for(self, done: Callable[[], bool], seconds: float = 15.0) -> None:
        """Return when what was called fulfils a condition."""
        with self._news:
            fulfilled = self._news.wait_for(done, seconds)
        assert fulfilled, self.calls[-8:]

    def named(self, method: str) -> list[Json]:
        """The parameters of all calls of one method, those that failed too."""
        return [call.parameters for call in self.calls if call.method == method]

    def texts(self, user: int) -> list[str]:
        """What one shopper has got to read, in order."""
        return [call.parameters["text"] for call in self.sent if call.user == str(user) and "text" in call.parameters]

    # ---- the machinery
    def app(self) -> web.Application:
        app = web.Application(client_max_size=60_000_000)
        app.router.add_route("*", f"/bot{TOKEN}/{{method}}", self._call)
        app.router.add_route("*", "/bot{token}/{method}", _unknown)
        app.router.add_get(f"/file/bot{TOKEN}/{{path:.+}}", self._file)
        return app

    async def _call(self, request: web.Request) -> web.StreamResponse:
        method, given = request.match_info["method"], await _parameters(request)
        call = Call(method, self._checked(method, given))
        with self._news:
            self.calls.append(call)
            self._news.notify_all()
        if method != "setWebhook" and (not method.startswith("send") or method == "sendChatAction"):
            return await self._answer(call)
        fault = self.webhook_plan() if method == "setWebhook" else self.plan()
        if fault:
            self.suffered[fault] += 1
        if fault in _FAILURES:
            status, body = _FAILURES[fault]
            return web.json_response({"ok": False, "error_code": status, **body}, status=status)
        if fault.endswith("before"):
            return _broken(request, fault)
        answer = await self._answer(call)
        return _broken(request, fault) if fault.endswith("after") else answer

    async def _answer(self, call: Call) -> web.Response:
        given = call.parameters
        match call.method:
            case "sendMessage" | "sendDocument" | "sendPhoto":
                result: Any = self._send(call)
            case "getUpdates":
                result = await self._next_updates(given)
            case "getFile" if given["file_id"] not in self.files:
                return web.json_response({"ok": False, "error_code": 400, "description": _NO_FILE}, status=400)
            case "getFile":
                result = self._described(given["file_id"])
            case "getMe":
                result = {"id": 123456, "is_bot": True, "first_name": "Returns", "username": "a_shop_bot"}
            case "setWebhook" | "deleteWebhook":
                self.webhook, result = given, True
            case "getWebhookInfo":
                url = self.webhook.get("url", "")
                result = {"url": url, "has_custom_certificate": False, "pending_update_count": 0}
            case "sendChatAction" | "answerCallbackQuery":
                result = True
            case _:
                return web.json_response({"ok": False, "error_code": 404, "description": "Not Found"}, status=404)
        return web.json_response({"ok": True, "result": result})

    def _send(self, call: Call) -> Json:
        self._numbers["message"] += 1
        with self._news:
            self.sent.append(call)
            self._news.notify_all()
        chat = {"id": int(call.user), "type": "private"}
        return {"message_id": self._numbers["message"], "date": int(time.time()), "chat": chat}

    async def _next_updates(self, given: Json) -> list[Json]:
        # As Telegram does: what is below the offset is forgotten, what is above comes again until it is.
        offset = given.get("offset", 0)
        for _ in range(50):
            with self._news:
                self._updates = [update for update in self._updates if update["update_id"] >= offset]
                if self._updates:
                    return self._updates[:100]
            await asyncio.sleep(0.01)
        return []

    def _described(self, name: str) -> Json:
        data = self.files.get(name, b"")
        return {"file_id": name, "file_unique_id": name, "file_size": len(data), "file_path": f"photos/{name}.jpg"}

    async def _file(self, request: web.Request) -> web.Response:
        name = request.match_info["path"].removeprefix("photos/").removesuffix(".jpg")
        if name not in self.files:
            raise web.HTTPNotFound
        return web.Response(body=self.files[name])

    def _checked(self, method: str, given: Json) -> Json:
        """The parameters as their types; what the published list does not know of is noted in `wrong`."""
        if not self._methods:
            return {name: value if name in _TEXTS else _loaded(value) for name, value in given.items()}
        fields = {field["name"]: field for field in self._methods["methods"].get(method, {}).get("fields", [])}
        if method not in self._methods["methods"]:
            self.wrong.append(f"{method}: no such method")
        self.wrong += [f"{method}: no parameter {name}" for name in given if name not in fields]
        self.wrong += [f"{method}: {n} is missing" for n, f in fields.items() if f["required"] and n not in given]
        return {name: self._typed(method, fields.get(name), name, value) for name, value in given.items()}

    def _typed(self, method: str, field: Json | None, name: str, value: Any) -> Any:
        if field is None:
            return value
        for kind in field["types"]:
            if kind == "String" and isinstance(value, str):
                return value
            if kind == "InputFile" and isinstance(value, bytes):
                return value
            loaded = value if isinstance(value, bytes) else _loaded(value)
            if self._fits(kind, loaded):
                return loaded
        self.wrong.append(f"{method}: {name} is not {field['types']}: {value!r}")
        return value

    def _fits(self, kind: str, value: Any) -> bool:
        if kind.startswith("Array of "):
            return isinstance(value, list) and all(self._fits(kind.removeprefix("Array of "), item) for item in value)
        plain = {"Integer": int, "Float": float, "Boolean": bool, "String": str}.get(kind)
        if plain is not None:
            return type(value) is plain
        fields = {field["name"]: field for field in self._methods["types"].get(kind, {}).get("fields", [])}
        if not isinstance(value, dict) or not set(value) <= set(fields):
            return False
        missing = [name for name, field in fields.items() if field["required"] and name not in value]
        return not missing and all(any(self._fits(t, v) for t in fields[n]["types"]) for n, v in value.items())


async def _parameters(request: web.Request) -> Json:
    form = await request.post()
    given = {name: v.file.read() if isinstance(v, web.FileField) else v for name, v in form.items()}
    # A file is named in its own parameter and travels beside it.
    return {
        name: given[value.removeprefix("attach://")]
        if isinstance(value, str) and value.startswith("attach://")
        else value
        for name, value in given.items()
        if not (isinstance(value, bytes) and f"attach://{name}" in given.values())
    }


async def _unknown(_request: web.Request) -> web.Response:
    status, body = _FAILURES["401"]
    return web.json_response({"ok": False, "error_code": status, **body}, status=status)


def _loaded(value: Any) -> Any:
    try:
        return json.loads(value)
    except (ValueError, TypeError):
        return value


def _broken(request: web.Request, fault: str) -> web.Response:
    if fault.startswith("500"):
        return web.json_response({"ok": False, "error_code": 500, "description": "Internal Server Error"}, status=500)
    return cut(request)
