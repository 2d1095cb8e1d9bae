"""`POST /webhooks/suppliers/{supplier}`: signature first, then meaning, then a commit, then 200."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import logging

from sanic import Blueprint, HTTPResponse, Request, json

from actions.runtime import Runtime
from actions.suppliers import service
from actions.suppliers.model import Progress
from actions.suppliers.parse import SupplierMessage, parse_event
from actions.suppliers.web.body import read_body
from common.database import transaction
from common.errors import UpstreamError
from common.shop_config import SupplierConfig

SIGNATURE_HEADER = "X-Retour-Signature"
_LARGEST_BODY = 256 * 1024

log = logging.getLogger(__name__)


def signature_of(secret: str, body: bytes) -> str:
    """What the header must say for this body."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def add_webhook(suppliers: Blueprint, runtime: Runtime, progress: Progress) -> None:
    """An answer of 200 means stored for good; 401, 404 and 400 mean that sending the same again is useless."""

    def store(supplier: SupplierConfig, message: SupplierMessage) -> str:
        with transaction(runtime.engine) as session:
            return service.receive_event(session, supplier, message, progress=progress, now=runtime.clock.now())

    @suppliers.post("/webhooks/suppliers/<supplier_id:str>", stream=True, name="webhook")
    async def webhook(request: Request, supplier_id: str) -> HTTPResponse:
        supplier = runtime.shop.suppliers.get(supplier_id)
        if supplier is None or not supplier.webhook_secret:
            return _error(404, "supplier.unknown", "No supplier of this name sends events here; check the address.")
        body = await read_body(request, _LARGEST_BODY)
        expected = signature_of(supplier.webhook_secret, body).encode()
        given = request.headers.get(SIGNATURE_HEADER, "").encode("utf-8", "replace")
        if not hmac.compare_digest(expected, given):
            log.warning("supplier webhook with a wrong signature", extra={"supplier": supplier_id})
            return _error(401, "supplier.signature", f"{SIGNATURE_HEADER} does not fit the body; check the secret.")
        try:
            message = parse_event(body, f"event of {supplier.name}")
        except UpstreamError as error:
            log.warning("malformed supplier event", extra={"supplier": supplier_id, "reason": error.message})
            return _error(400, error.code, error.message)
        return json({"result": await asyncio.to_thread(store, supplier, message)})


def _error(status: int, code: str, message: str) -> HTTPResponse:
    return json({"error": {"code": code, "message": message}}, status=status)
