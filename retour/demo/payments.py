"""The reference payment service: a program of its own that speaks the generic payment API over HTTP.

    python -m retour.demo.payments --port 8004 --state var/demo/payments.db --webhook URL

Every refund is one row in its own SQLite file, written before the answer, so that no kill loses one. It counts every
call by idempotency key (`GET /_calls`) and fails on demand (`POST /_faults`) so that its clients can be tested. What
people and banks do there by themselves comes by `POST /_by_hand` and `POST /_chargebacks`; signed events tell it all.
"""

from __future__ import annotations

import argparse
import asyncio
import hmac
import os
from collections import deque
from pathlib import Path
from typing import Any

from sanic import HTTPResponse, Request, Sanic
from sanic import json as answer
from sanic.response import empty

from retour.demo.faults import FaultPlan
from retour.demo.payments_events import EventSender
from retour.demo.payments_state import Conflict, Declined, State

_TOKEN = "RETOUR_DEMO_PAYMENTS_TOKEN"
_SECRET = "RETOUR_DEMO_PAYMENTS_SECRET"
_FAULTS = (
    "ok", "drop_before", "drop_after", "500_before", "500_after", "delay", "pending", "declined", "wrong_amount",
    "garbage", "event_first",
)  # fmt: skip


def create_app(
    state_path: Path, token: str, *, webhook: str = "", secret: str = "", faults: FaultPlan | None = None
) -> Sanic[Any, Any]:
    """The service on that file. With an empty token every bearer token is taken; without a webhook nothing is told."""
    app = Sanic("retour-demo-payments", configure_logging=False)
    app.config.FALLBACK_ERROR_FORMAT = "json"
    app.ctx.state = State(state_path)
    app.ctx.plan = deque[str]()
    app.ctx.faults = faults or FaultPlan()
    app.ctx.events = EventSender(app.ctx.state, webhook, secret, app.ctx.faults)

    async def guard(request: Request) -> HTTPResponse | None:
        if request.path == "/health" or not token or hmac.compare_digest(request.token or "", token):
            return None
        return _error(401, "unauthorized", "Send the bearer token of this payment service.")

    app.on_request(guard)
    app.add_route(_health, "/health", methods=["GET"])
    app.add_route(_create, "/refunds", methods=["POST"])
    app.add_route(_list, "/refunds", methods=["GET"], name="list_refunds")
    app.add_route(_get, "/refunds/<refund_id:str>", methods=["GET"])
    app.add_route(_capture, "/payments", methods=["POST"])
    app.add_route(_calls, "/_calls", methods=["GET"])
    app.add_route(_plan, "/_faults", methods=["POST"])
    app.add_route(_by_hand, "/_by_hand", methods=["POST"])
    app.add_route(_chargeback, "/_chargebacks", methods=["POST"])
    if webhook:
        app.add_task(app.ctx.events.run())
    return app


async def _health(_request: Request) -> HTTPResponse:
    return answer({"status": "ok"})


async def _create(request: Request) -> HTTPResponse:
    """Pay back once a key. The next fault of the plan, if there is one, spoils this call."""
    key = request.headers.get("idempotency-key", "")
    body = request.json
    problem = _wrong(key, body)
    if problem:
        return _error(400, "invalid", problem)
    state: State = request.app.ctx.state
    plan, number = request.app.ctx.plan, state.count(key)
    planned = plan.popleft() if plan else request.app.ctx.faults.fate("call", f"{key}#{number}")
    fault, _, argument = planned.partition(":")
    if fault == "drop_before":
        return _drop(request)
    if fault == "500_before":
        return _error(500, "unavailable", "The service failed before it did anything.")
    lookups = int(argument or 1) if fault == "pending" else 0
    try:
        row, replayed = state.refund(key, body, pending_lookups=lookups, fail=fault == "declined")
    except Conflict as error:
        return _error(409, "idempotency_conflict", str(error))
    except Declined as error:
        return _error(422, "over_refund", str(error))
    if fault == "event_first":
        await request.app.ctx.events.send_all()
    if fault == "delay":
        # After the work: a client that gives up must not undo it.
        await asyncio.sleep(float(argument or 1))
    if fault == "drop_after":
        return _drop(request)
    if fault == "500_after":
        return _error(500, "unavailable", "The service failed after it had paid.")
    if fault == "garbage":
        return HTTPResponse("<html>not the answer you expected</html>", content_type="text/html")
    if fault == "wrong_amount":
        row = row | {"amount_minor": row["amount_minor"] + 1}
    headers = {"Idempotent-Replayed": "true"} if replayed else {}
    return answer(row, status=200 if replayed else 201, headers=headers)


async def _list(request: Request) -> HTTPResponse:
    """What became of a key, or every refund of a payment. A look-up of a key brings a pending refund one step on."""
    reference = request.args.get("payment_reference")
    if reference:
        return answer({"refunds": request.app.ctx.state.of_payment(reference)})
    row = request.app.ctx.state.look_up(request.args.get("idempotency_key", ""))
    return answer({"refunds": [row] if row else []})


async def _get(request: Request, refund_id: str) -> HTTPResponse:
    row = request.app.ctx.state.by_id(refund_id)
    return answer(row) if row else _error(404, "unknown", f"There is no refund {refund_id}.")


async def _capture(request: Request) -> HTTPResponse:
    """Say how much was captured for a payment; one that was never named here has room for a large order."""
    body = request.json or {}
    request.app.ctx.state.capture(str(body["reference"]), int(body["amount_minor"]))
    return answer({"reference": body["reference"], "amount_minor": body["amount_minor"]}, status=201)


async def _by_hand(request: Request) -> HTTPResponse:
    """Somebody refunds in the service's own pages."""
    body = request.json or {}
    problem = _wrong("by hand", body)
    if problem:
        return _error(400, "invalid", problem)
    try:
        row = request.app.ctx.state.by_hand(body["payment_reference"], body["amount_minor"], body["currency"])
    except Declined as error:
        return _error(422, "over_refund", str(error))
    return answer(row, status=201)


async def _chargeback(request: Request) -> HTTPResponse:
    """A bank opens or closes a chargeback: the object as the event will carry it."""
    request.app.ctx.state.dispute(dict(request.json or {}))
    return answer(request.json, status=202)


async def _calls(request: Request) -> HTTPResponse:
    return answer(request.app.ctx.state.calls())


async def _plan(request: Request) -> HTTPResponse:
    """Replace the plan: one fault a call of POST /refunds, in this order, then none."""
    plan = [str(item) for item in (request.json or {}).get("plan", [])]
    unknown = [item for item in plan if item.partition(":")[0] not in _FAULTS]
    if unknown:
        return _error(400, "invalid", f"Unknown faults {unknown}; use {', '.join(_FAULTS)}.")
    request.app.ctx.plan = deque(plan)
    return answer({"plan": plan})


def _wrong(key: str, body: object) -> str | None:
    if not key:
        return "Send an Idempotency-Key header."
    if not isinstance(body, dict):
        return "Send a JSON object."
    amount = body.get("amount_minor")
    if not isinstance(amount, int) or isinstance(amount, bool) or amount <= 0:
        return "amount_minor must be a positive whole number of minor units."
    if not isinstance(body.get("payment_reference"), str) or not isinstance(body.get("currency"), str):
        return "payment_reference and currency are needed."
    return None


def _drop(request: Request) -> HTTPResponse:
    """Cut the connection, as a dying process or network would."""
    transport: Any = request.transport
    transport.abort()
    return empty()


def _error(status: int, code: str, message: str) -> HTTPResponse:
    return answer({"error": {"code": code, "message": message}}, status=status)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--state", type=Path, required=True, help="the SQLite file that keeps the refunds")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--webhook", default="", help="where signed events are sent")
    options = parser.parse_args()
    options.state.parent.mkdir(parents=True, exist_ok=True)
    secret = os.environ.get(_SECRET, "")
    token, faults = os.environ.get(_TOKEN, ""), FaultPlan.load("payments")
    app = create_app(options.state, token, webhook=options.webhook, secret=secret, faults=faults)
    app.run(host=options.host, port=options.port, single_process=True, access_log=False, motd=False)


if __name__ == "__main__":
    main()
