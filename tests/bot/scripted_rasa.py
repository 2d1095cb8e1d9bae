"""A server that speaks Rasa's REST channel and tracker, and fails when a test says so.

It keeps a tracker like the real one: the message counts as processed only when the turn has ended, and a lost answer
leaves it processed.
"""

from __future__ import annotations

import asyncio
import threading
from collections import defaultdict
from collections.abc import Callable
from typing import Any

from aiohttp import web

from tests.loop_server import AiohttpServer, cut

Json = dict[str, Any]
Script = Callable[[Json], list[Json]]


def echo(body: Json) -> list[Json]:
    """Says back what it got."""
    return [{"text": f"you said {body['message']}"}]


class ScriptedRasa(AiohttpServer):
    """`script` answers; `faults` holds what the next turns suffer: a name of `_FAULTS`, one a turn."""

    def __init__(self, script: Script = echo) -> None:
        super().__init__()
        self.script = script
        self.faults: list[str] = []
        self.received: list[Json] = []
        self.tracker_calls = 0
        self.events: dict[str, list[Json]] = defaultdict(list)
        self.slots: dict[str, Json] = defaultdict(dict)
        self.delay = 0.0
        self.gate = threading.Event()
        self.gate.set()

    def close(self) -> None:
        self.gate.set()
        super().close()

    def texts(self) -> list[str]:
        """What was sent to it, in order."""
        return [body["message"] for body in self.received]

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_post("/webhooks/rest/webhook", self._turn)
        app.router.add_get("/conversations/{id}/tracker", self._tracker)
        app.router.add_get("/status", self._status)
        return app

    async def _turn(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        self.received.append(body)
        fault = self.faults.pop(0) if self.faults else ""
        while not self.gate.is_set():
            await asyncio.sleep(0.01)
        if self.delay:
            await asyncio.sleep(self.delay)
        if fault in ("500", "502", "503"):
            return web.Response(status=int(fault))
        if fault == "drop_before":
            return cut(request)
        if fault == "garbage":
            return web.Response(text="<html>proxy error</html>", content_type="text/html")
        if fault == "not_a_list":
            return web.json_response({"status": "failure"})
        replies = self.script(body)
        self._remember(body, replies)
        return cut(request) if fault == "drop_after" else web.json_response(replies)

    def _remember(self, body: Json, replies: list[Json]) -> None:
        events = self.events[body["sender"]]
        events.append({"event": "user", "text": body["message"], "metadata": body["metadata"]})
        for reply in replies:
            data = {key: reply[key] for key in ("buttons", "custom", "image", "attachment") if key in reply}
            events.append({"event": "bot", "text": reply.get("text"), "data": data})

    async def _tracker(self, request: web.Request) -> web.Response:
        self.tracker_calls += 1
        sender = request.match_info["id"]
        state: Json = {"sender_id": sender, "slots": self.slots[sender]}
        if request.query.get("include_events") != "NONE":
            state["events"] = self.events[sender]
        return web.json_response(state)

    async def _status(self, request: web.Request) -> web.Response:
        return web.json_response({"model_file": "models/one.tar.gz"})
