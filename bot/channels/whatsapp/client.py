"""The Cloud API over HTTP: send, fetch a photo, show that it was read."""

from __future__ import annotations

import hashlib
import json
from typing import Any
from urllib.parse import urlsplit

import httpx

from bot.channels.port import SendError
from bot.channels.whatsapp.codes import refusal
from bot.channels.whatsapp.inbound import digest
from bot.channels.whatsapp.outbound import addressed
from bot.messages import Media
from common.errors import RefusedError, UpstreamError
from common.photos.intake import MAX_BYTES
from common.settings import WhatsAppSettings

# Below the lease of a send, so that nobody takes it over while we still wait for the answer.
_SECONDS = httpx.Timeout(12.0, connect=4.0)
# Nothing has left this machine when one of these is raised.
_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


class WhatsAppClient:
    """Used on one event loop; `close()` it there."""

    def __init__(self, settings: WhatsAppSettings) -> None:
        self._settings = settings
        self._made: httpx.AsyncClient | None = None

    async def send(self, user: str, piece: dict[str, Any], *, key: str) -> str:
        answer = await self._messages(addressed(piece, user, key))
        try:
            return str(answer["messages"][0]["id"])[:128]
        except (KeyError, IndexError, TypeError) as error:
            raise SendError(
                "whatsapp.garbage", "WhatsApp's answer names no message.", "retry", maybe_sent=True
            ) from error

    async def answering(self, user: str, event_id: str, *, typing: bool) -> None:
        if not typing:
            # That it has come, WhatsApp shows by itself.
            return
        body = {"messaging_product": "whatsapp", "status": "read", "message_id": event_id}
        await self._messages(body | {"typing_indicator": {"type": "text"}})

    async def fetch(self, media: Media) -> bytes:
        found = await self._get(f"/{media.id}", {"phone_number_id": self._settings.phone_number_id})
        size = str(found.get("file_size", ""))
        if size.isascii() and size.isdigit() and int(size[:18]) > MAX_BYTES:
            raise RefusedError("photo.too_large", f"The file has {size} bytes; the limit is {MAX_BYTES}.")
        data = await self._download(str(found.get("url", "")))
        told = digest(found.get("sha256")) or media.sha256
        if told and hashlib.sha256(data).hexdigest() != told:
            raise UpstreamError("whatsapp.media_hash", "The file that came is not the one that was sent.")
        return data

    async def check(self) -> str:
        found = await self._get(f"/{self._settings.phone_number_id}", {"fields": "display_phone_number,verified_name"})
        return f"{found.get('display_phone_number', '?')} ({found.get('verified_name', '?')})"

    async def close(self) -> None:
        if self._made is not None:
            await self._made.aclose()
            self._made = None

    def _client(self) -> httpx.AsyncClient:
        if self._made is None:
            # Not in __init__: the pool belongs to the event loop it is used on.
            headers = {"Authorization": f"Bearer {self._settings.token}"}
            self._made = httpx.AsyncClient(timeout=_SECONDS, headers=headers, follow_redirects=False)
        return self._made

    async def _messages(self, body: dict[str, Any]) -> Any:
        url = f"{self._settings.api_url}/{self._settings.phone_number_id}/messages"
        try:
            answer = await self._client().post(url, json=body)
        except httpx.HTTPError as error:
            what = type(error).__name__
            raise SendError(
                "whatsapp.away",
                f"WhatsApp did not answer: {what}.",
                "retry",
                maybe_sent=not isinstance(error, _NOT_SENT),
            ) from error
        content = _json(answer.content)
        if answer.status_code != 200:
            raise refusal(answer.status_code, content, _after(answer))
        return content

    async def _get(self, path: str, query: dict[str, str]) -> dict[str, Any]:
        try:
            answer = await self._client().get(self._settings.api_url + path, params=query)
        except httpx.HTTPError as error:
            raise _away(error) from error
        content = _json(answer.content)
        if answer.status_code in (400, 404):
            raise RefusedError("photo.gone", refusal(answer.status_code, content, None).message)
        if answer.status_code != 200 or not isinstance(content, dict):
            raise refusal(answer.status_code, content, None)
        return content

    async def _download(self, url: str) -> bytes:
        parts, own = urlsplit(url), urlsplit(self._settings.api_url)
        # The token goes with the request, so never over a plain line to somebody else.
        if parts.scheme != "https" and (parts.scheme, parts.netloc) != (own.scheme, own.netloc):
            raise UpstreamError("whatsapp.media_url", "WhatsApp gave no address for a file.")
        data = bytearray()
        try:
            async with self._client().stream("GET", url) as answer:
                if answer.status_code != 200:
                    # The address lives five minutes; the next try asks for a new one.
                    raise UpstreamError("whatsapp.media", f"WhatsApp answered {answer.status_code} for a file.")
                async for chunk in answer.aiter_bytes():
                    data += chunk
                    if len(data) > MAX_BYTES:
                        raise RefusedError("photo.too_large", f"The file has more than {MAX_BYTES} bytes.")
        except httpx.HTTPError as error:
            raise _away(error) from error
        return bytes(data)


def _away(error: httpx.HTTPError) -> UpstreamError:
    return UpstreamError("whatsapp.away", f"WhatsApp did not answer: {type(error).__name__}.", retryable=True)


def _after(answer: httpx.Response) -> float | None:
    told = answer.headers.get("retry-after", "")
    return float(told[:6]) if told.isascii() and told.isdigit() else None


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None
