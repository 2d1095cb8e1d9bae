"""The reference supplier: a program of its own that implements the generic supplier API (docs/supplier-api.md).

`python -m retour.demo.supplier --port 8003 --state FILE --webhook URL --secret-env NAME` approves what is filed, then
(unless `--manual`) receives, inspects and credits by itself. `/` is its control page.
"""

from __future__ import annotations

import asyncio
import hmac
import logging
import os
from datetime import timedelta
from html import escape
from pathlib import Path
from typing import Any

import click
import httpx
from sanic import HTTPResponse, Request, Sanic, empty, html, json, redirect

from common.clock import SystemClock
from retour.demo.faults import FaultPlan
from retour.demo.supplier_life import Pace, SupplierLife
from retour.demo.supplier_state import RANKS, KeyConflictError, Rma, SupplierState

log = logging.getLogger(__name__)

_TICK_SECONDS = 0.2
_OUTCOMES = ("return", "refund_without_return", "replacement")


class _Api:
    """The API of CONTRACT, behind a bearer token."""

    def __init__(self, life: SupplierLife, state: SupplierState, token: str, faults: FaultPlan) -> None:
        self._life = life
        self._state = state
        self._token = token
        self._faults = faults

    async def file(self, request: Request) -> HTTPResponse:
        """`POST /rmas`; the same key and body give the same RMA."""
        if denied := self._denied(request):
            return denied
        key = request.headers.get("Idempotency-Key", "")
        number = await asyncio.to_thread(self._state.count_try, key)
        planned = await asyncio.to_thread(self._state.next_call_fault)
        fault = planned or self._faults.fate("call", f"{key}#{number}")
        if fault.startswith("delay:"):
            await asyncio.sleep(float(fault.removeprefix("delay:")))
        if fault.startswith("429:"):
            return json(_error("busy", "Come back later."), 429, headers={"Retry-After": fault.removeprefix("429:")})
        if fault == "500_before":
            return json(_error("failed", "Failed before any work."), 500)
        body = request.json
        if problem := _problem(body, key):
            return json(_error("invalid", problem), 422)
        try:
            rma, new = await asyncio.to_thread(self._life.file, key, body)
        except KeyConflictError:
            return json(_error("key_conflict", "This Idempotency-Key was used with another body."), 409)
        if fault == "drop_after":
            transport: Any = request.transport
            transport.abort()
            return empty()
        if fault == "500_after":
            return json(_error("failed", "Failed after the work was done."), 500)
        if fault == "nonsense":
            return json({"id": rma.id, "status": "perhaps"})
        return json(rma.answer, 201 if new else 200)

    async def show(self, request: Request, rma_id: str) -> HTTPResponse:
        """`GET /rmas/{id}`."""
        if denied := self._denied(request):
            return denied
        rma = await asyncio.to_thread(self._state.get, rma_id)
        return json(rma.answer) if rma else json(_error("unknown", f"There is no RMA {rma_id}."), 404)

    def _denied(self, request: Request) -> HTTPResponse | None:
        if hmac.compare_digest((request.token or "").encode(), self._token.encode()):
            return None
        return json(_error("denied", "The bearer token is missing or wrong."), 401)


class _Control:
    """What a visitor of the demo, or a test, may do to the supplier."""

    def __init__(self, life: SupplierLife, state: SupplierState) -> None:
        self._life = life
        self._state = state

    async def page(self, _request: Request) -> HTTPResponse:
        """The RMAs with a button for each step that is still ahead."""
        return html(_page(await asyncio.to_thread(self._state.all)))

    async def move(self, request: Request, rma_id: str, status: str) -> HTTPResponse:
        """`POST /_control/{id}/{status}`: 200, 404 for an unknown RMA or status, 409 when it is there already."""
        rma = await asyncio.to_thread(self._state.get, rma_id)
        if rma is None or status not in RANKS or status == "pending":
            return json(_error("unknown", f"There is no RMA {rma_id} or no status {status}."), 404)
        moved = await asyncio.to_thread(self._life.move, rma_id, status)
        if "text/html" in request.headers.get("Accept", ""):
            return redirect("/", status=303)
        return json({"moved": moved}, 200 if moved else 409)

    async def faults(self, request: Request) -> HTTPResponse:
        """`POST /_faults {"plan": ["500_after", ...], "events": ["duplicate" | "reorder" | "silent", ...]}`."""
        plan = request.json or {}
        await asyncio.to_thread(self._state.plan_faults, "call", [str(name) for name in plan.get("plan", [])])
        await asyncio.to_thread(self._state.plan_faults, "event", [str(name) for name in plan.get("events", [])])
        return empty()

    async def calls(self, _request: Request) -> HTTPResponse:
        """`GET /_calls`: how often each Idempotency-Key came, and how many events still wait."""
        calls = await asyncio.to_thread(self._state.calls)
        return json({"calls": calls, "events_waiting": await asyncio.to_thread(self._state.unsent)})


def create_app(state: SupplierState, life: SupplierLife, *, token: str, webhook: str, secret: str) -> Sanic[Any, Any]:
    """The server with the background work that moves RMAs on and sends their events."""
    app = Sanic("retour_demo_supplier", configure_logging=False)
    app.config.FALLBACK_ERROR_FORMAT = "json"
    api, control = _Api(life, state, token, life.faults), _Control(life, state)
    app.add_route(api.file, "/rmas", methods=["POST"])
    app.add_route(api.show, "/rmas/<rma_id:str>", methods=["GET"])
    app.add_route(control.page, "/", methods=["GET"])
    app.add_route(control.move, "/_control/<rma_id:str>/<status:str>", methods=["POST"])
    app.add_route(control.faults, "/_faults", methods=["POST"])
    app.add_route(control.calls, "/_calls", methods=["GET"])

    @app.get("/health")
    async def health(_request: Request) -> HTTPResponse:
        return json({"status": "ok"})

    stopping = asyncio.Event()

    async def work() -> None:
        with httpx.Client(timeout=5) as client:

            def send(body: bytes, headers: dict[str, str]) -> int:
                try:
                    return client.post(webhook, content=body, headers=headers).status_code
                except httpx.HTTPError:
                    return 0

            while not stopping.is_set():
                try:
                    await asyncio.to_thread(life.advance)
                    await asyncio.to_thread(life.tell, send, secret)
                except Exception:
                    # The work goes on at the next tick; a supplier that stops for good would look like a silent one.
                    log.exception("the reference supplier stumbled")
                await asyncio.sleep(_TICK_SECONDS)

    @app.before_server_stop
    async def stop(_app: Sanic[Any, Any]) -> None:
        stopping.set()

    app.add_task(work())
    return app


def _problem(body: Any, key: str) -> str:
    """What is wrong with a request to file, or an empty text."""
    if not key:
        return "The header Idempotency-Key is missing."
    if not isinstance(body, dict) or not isinstance(body.get("reference"), str):
        return "The body needs a reference."
    if body.get("desired_outcome") not in _OUTCOMES:
        return f"desired_outcome must be one of {', '.join(_OUTCOMES)}."
    lines = body.get("lines")
    if not isinstance(lines, list) or not lines:
        return "The body needs lines."
    for line in lines:
        if not isinstance(line, dict) or not all(
            isinstance(line.get(name), int) for name in ("quantity", "wholesale_minor")
        ):
            return "Each line needs a quantity and wholesale_minor."
    return ""


def _error(code: str, message: str) -> dict[str, Any]:
    return {"error": {"code": code, "message": message}}


def _page(rmas: list[Rma]) -> str:
    rows = "".join(_row(rma) for rma in rmas) or "<tr><td colspan=4>Nothing has been filed yet.</td></tr>"
    return f"""<!doctype html><html lang="en"><meta charset="utf-8"><title>Northwind Wholesale</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">
<style>body{{font:1rem/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}}
table{{border-collapse:collapse;width:100%}}td,th{{text-align:left;padding:.5rem;border-bottom:1px solid #8886}}
form{{display:inline}}button{{font:inherit;padding:.3rem .7rem;cursor:pointer}}</style>
<h1>Northwind Wholesale</h1><p>The reference supplier of the demo. Reload to see what moved.</p>
<table><thead><tr><th scope="col">RMA<th scope="col">Reference<th scope="col">Status<th scope="col">Next</thead>
<tbody>{rows}</tbody></table></html>"""


def _row(rma: Rma) -> str:
    final = rma.status in ("rejected", "credited")
    ahead = [status for status, rank in RANKS.items() if rank > RANKS[rma.status] and not final]
    buttons = " ".join(
        f'<form method="post" action="/_control/{rma.id}/{status}"><button>{status}</button></form>' for status in ahead
    )
    number = escape(str(rma.answer.get("rma_number", rma.id)))
    return f"<tr><td>{number}<td>{escape(rma.body['reference'])}<td>{rma.status}<td>{buttons}</tr>"


@click.command()
@click.option("--port", type=int, required=True)
@click.option("--state", "state_path", type=click.Path(dir_okay=False, path_type=Path), required=True)
@click.option("--webhook", required=True, help="Where events are sent.")
@click.option("--secret-env", required=True, help="The environment variable with the secret that signs events.")
@click.option("--token-env", default="RETOUR_DEMO_SUPPLIER_TOKEN", help="The one with the API's bearer token.")
@click.option("--answer-seconds", type=float, default=4.0, show_default=True)
@click.option("--receive-seconds", type=float, default=12.0, show_default=True)
@click.option("--inspect-seconds", type=float, default=8.0, show_default=True)
@click.option("--credit-seconds", type=float, default=8.0, show_default=True)
@click.option("--manual", is_flag=True, help="Approve by itself, leave the rest to the control page.")
def main(
    port: int, state_path: Path, webhook: str, secret_env: str, token_env: str, manual: bool, **seconds: float
) -> None:
    """Run the reference supplier on loopback until it is stopped."""
    missing = [name for name in (secret_env, token_env) if not os.environ.get(name)]
    if missing:
        raise click.ClickException(f"{missing[0]} is not set; set it to the secret shared with Retour.")
    waits = {name.removesuffix("_seconds"): timedelta(seconds=value) for name, value in seconds.items()}
    state = SupplierState(state_path)
    life = SupplierLife(state, SystemClock(), Pace(manual=manual, **waits), FaultPlan.load("supplier"))
    app = create_app(state, life, token=os.environ[token_env], webhook=webhook, secret=os.environ[secret_env])
    app.run(host="127.0.0.1", port=port, single_process=True, access_log=False, motd=False)


if __name__ == "__main__":
    main()
