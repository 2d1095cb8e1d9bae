"""/webhooks/whatsapp: Meta's handshake, and its deliveries, verified before anything in them is read."""

from __future__ import annotations

import hmac

from sanic import Blueprint, HTTPResponse, Request, text

from bot.channels.gate import Gate
from bot.channels.whatsapp.channel import WhatsAppChannel
from bot.web.http import HttpError, read_body
from common.errors import RefusedError
from common.settings import WhatsAppSettings

PATH = "/webhooks/whatsapp"
# Meta's own limit for a delivery.
MAX_BYTES = 3 * 1024 * 1024


def signature(app_secret: str, body: bytes) -> str:
    """The header X-Hub-Signature-256 of a body."""
    return "sha256=" + hmac.new(app_secret.encode(), body, "sha256").hexdigest()


def register(blueprint: Blueprint, gate: Gate, settings: WhatsAppSettings, channel: WhatsAppChannel) -> None:
    """Add the routes."""

    async def handshake(request: Request) -> HTTPResponse:
        """GET: Meta asks whether the address is ours."""
        token, challenge = request.args.get("hub.verify_token", ""), request.args.get("hub.challenge", "")
        if request.args.get("hub.mode") != "subscribe" or not _same(token, settings.verify_token):
            raise HttpError(403, "whatsapp.verify_token", "hub.verify_token is not RETOUR_WHATSAPP_VERIFY_TOKEN.")
        return text(challenge)

    async def receive(request: Request) -> HTTPResponse:
        """POST: 200 only when everything in it is stored; Meta repeats what is answered otherwise."""
        body = await read_body(request, MAX_BYTES)
        if body is None:
            raise HttpError(413, "channel.too_large", "The delivery is too large.")
        if not _same(request.headers.get("x-hub-signature-256", ""), signature(settings.app_secret, body)):
            raise HttpError(401, "whatsapp.signature", "X-Hub-Signature-256 does not fit the body.")
        try:
            await gate.accept(channel, body)
        except RefusedError as error:
            raise HttpError(400, error.code, error.message) from error
        return text("ok")

    blueprint.add_route(handshake, PATH, methods=["GET"], name="whatsapp_handshake")
    blueprint.add_route(receive, PATH, methods=["POST"], name="whatsapp_events", stream=True)


def _same(given: str, expected: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), expected.encode())
