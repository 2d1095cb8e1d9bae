"""The two ways updates come: Telegram brings them to /webhooks/telegram, or we ask for them."""

from __future__ import annotations

import asyncio
import hmac
import json
import logging
from typing import Any

from sanic import Blueprint, HTTPResponse, Request, text

from bot.channels.gate import Gate
from bot.channels.port import SendError
from bot.channels.telegram.channel import TelegramChannel
from bot.channels.telegram.client import TelegramClient, address
from bot.web.http import HttpError, read_body
from common.errors import RefusedError

PATH = "/webhooks/telegram"
# An update is a few kilobytes; photos are fetched apart.
MAX_BYTES = 1024 * 1024
AGAIN_SECONDS = 5.0
REFUSED_SECONDS = 60.0
log = logging.getLogger(__name__)


def register(blueprint: Blueprint, gate: Gate, secret: str, channel: TelegramChannel) -> None:
    """Add the route."""

    async def receive(request: Request) -> HTTPResponse:
        """POST: 200 only when the update is stored; Telegram repeats what is answered otherwise."""
        body = await read_body(request, MAX_BYTES)
        given = request.headers.get("x-telegram-bot-api-secret-token", "")
        if not hmac.compare_digest(given.encode("utf-8", "surrogatepass"), secret.encode()):
            raise HttpError(401, "telegram.secret", "X-Telegram-Bot-Api-Secret-Token is not the secret we gave.")
        if body is None:
            raise HttpError(413, "channel.too_large", "The update is too large.")
        try:
            await gate.accept(channel, body)
        except RefusedError as error:
            raise HttpError(400, error.code, error.message) from error
        return text("ok")

    blueprint.add_route(receive, PATH, methods=["POST"], name="telegram_updates", stream=True)


async def watch(_gate: Gate, *, client: TelegramClient, public_url: str, secret: str) -> None:
    """Tell Telegram where updates go, until it has heard."""
    while True:
        try:
            await client.set_webhook(address(public_url), secret)
        except SendError as error:
            if error.verdict == "give_up":
                # Such as a name that is not known everywhere yet; the operator may put it right without a restart.
                log.error("Telegram takes no webhook at this address", extra={"reason": error.message})  # noqa: TRY400
                await asyncio.sleep(REFUSED_SECONDS)
            else:
                await _pause(error)
        else:
            return


async def poll(gate: Gate, *, client: TelegramClient, channel: TelegramChannel) -> None:
    """Ask for updates as long as the server runs. They are acknowledged by the next question, once they are stored."""
    last: int | None = None
    forgotten = False
    while True:
        try:
            if not forgotten:
                await client.forget_webhook()
                forgotten = True
            updates = await client.updates(last)
            for update in updates:
                await _accept(gate, channel, update)
                last = max(last or 0, int(update.get("update_id", 0)))
        except SendError as error:
            await _pause(error)
        except Exception:
            # The database is away or full; what is not stored is not acknowledged and comes again.
            log.exception("updates could not be stored; they are asked for again")
            await asyncio.sleep(AGAIN_SECONDS)


async def _accept(gate: Gate, channel: TelegramChannel, update: dict[str, Any]) -> None:
    try:
        await gate.accept(channel, json.dumps(update).encode())
    except RefusedError as error:
        log.warning("an update cannot be read and is left out", extra={"reason": error.message})


async def _pause(error: SendError) -> None:
    log.warning("Telegram is not there; asking again", extra={"code": error.code, "reason": error.message})
    await asyncio.sleep(error.after or AGAIN_SECONDS)
