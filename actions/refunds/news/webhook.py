"""`POST /webhooks/payments`: signature first, then meaning, then a commit, then 200."""

from __future__ import annotations

import asyncio
import hmac
import logging

from sanic import Blueprint, HTTPResponse, Request, json

from actions.refunds.news import service
from actions.refunds.news.parse import PaymentMessage, parse_event
from actions.runtime import Runtime
from actions.suppliers.web.body import read_body
from actions.suppliers.web.webhook import SIGNATURE_HEADER, signature_of
from common.database import transaction
from common.errors import UpstreamError

_LARGEST_BODY = 256 * 1024

log = logging.getLogger(__name__)


def blueprint(runtime: Runtime) -> Blueprint:
    """An answer of 200 means stored for good; 401, 404 and 400 mean that sending the same again is useless."""
    payments = Blueprint("payments")
    secret = runtime.shop.payment.webhook_secret

    def store(message: PaymentMessage) -> str:
        with transaction(runtime.engine) as session:
            return service.receive(session, runtime, message, now=runtime.clock.now())

    @payments.post("/webhooks/payments", stream=True, name="webhook")
    async def webhook(request: Request) -> HTTPResponse:
        if not secret:
            return _error(404, "payment.no_webhook", "No payment service sends events here; see docs/payment-api.md.")
        body = await read_body(request, _LARGEST_BODY)
        given = request.headers.get(SIGNATURE_HEADER, "").encode("utf-8", "replace")
        if not hmac.compare_digest(signature_of(secret, body).encode(), given):
            log.warning("payment webhook with a wrong signature")
            return _error(401, "payment.signature", f"{SIGNATURE_HEADER} does not fit the body; check the secret.")
        try:
            message = parse_event(body)
        except UpstreamError as error:
            log.warning("malformed payment event", extra={"reason": error.message})
            return _error(400, error.code, error.message)
        return json({"result": await asyncio.to_thread(store, message)})

    return payments


def _error(status: int, code: str, message: str) -> HTTPResponse:
    return json({"error": {"code": code, "message": message}}, status=status)
