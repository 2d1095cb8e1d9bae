"""Requests read within limits, answers with the headers every answer has."""

from __future__ import annotations

import ipaddress
from typing import Any
from urllib.parse import urlsplit

from sanic import HTTPResponse, Request
from sanic import json as json_response

from common.errors import RetourError

# What is too large is read to its end up to here and thrown away: a client that is cut off while sending never
# sees the answer.
_DRAINED_BYTES = 64 * 1024 * 1024
_LOOPBACK = frozenset({"127.0.0.1", "::1", "::ffff:127.0.0.1"})
_SECURITY = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Permissions-Policy": "camera=(self), microphone=(), geolocation=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}


class HttpError(RetourError):
    """An answer other than success. `message` comes from domain.yml for a shopper, else it is for a developer."""

    def __init__(self, status: int, code: str, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(code, message, retryable=status in (429, 503))
        self.status = status
        self.retry_after = retry_after

    def as_json(self) -> dict[str, Any]:
        """The error object of the API."""
        error: dict[str, Any] = {"code": self.code, "message": self.message}
        if self.retryable:
            error["retryable"] = True
        return error

    def response(self) -> HTTPResponse:
        """The same as an HTTP answer."""
        headers = {"Retry-After": str(max(1, round(self.retry_after)))} if self.retry_after else {}
        return json_response({"error": self.as_json()}, status=self.status, headers=headers)


async def read_body(request: Request, limit: int) -> bytes | None:
    """The body of a streamed request, or None when it has more bytes than the limit; then it is read and dropped."""
    stream: Any = request.stream
    if stream is None:
        return b""
    stream.request_max_size = _DRAINED_BYTES
    declared = request.headers.get("content-length", "")
    too_large = declared.isdigit() and int(declared) > limit
    body = bytearray()
    while (chunk := await stream.read()) is not None:
        if too_large:
            continue
        body += chunk
        if len(body) > limit:
            too_large = True
            body.clear()
    return None if too_large else bytes(body)


def from_here(request: Request) -> bool:
    """Whether the peer is a program on this machine: somebody who works on it, or the web server before us."""
    return request.ip in _LOOPBACK


def client_address(request: Request) -> str:
    """Who asks, for limits: the peer, or whom the web server on this machine says it asks for.

    Its word is the last entry of X-Forwarded-For; those before it the visitor may have written. An IPv6 visitor has a
    whole /64 to choose addresses from, so that counts as one.
    """
    text = str(request.ip or "")
    if from_here(request) and (told := request.headers.getall("x-forwarded-for", None)):
        text = told[-1].rpartition(",")[2].strip()[:64]
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return text
    if isinstance(address, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((int(address) >> 64 << 64, 64)))
    return text


def allowed_origin(request: Request, public_url: str, allowed: tuple[str, ...]) -> str | None:
    """The request's origin when its pages may use the chat, "" when there is none (no browser), None when not."""
    origin = request.headers.get("origin", "").rstrip("/").lower()
    if not origin:
        return ""
    own = {urlsplit(public_url).netloc.lower(), request.headers.get("host", "").lower()}
    if urlsplit(origin).netloc in own - {""}:
        return origin
    return origin if origin in {entry.rstrip("/").lower() for entry in allowed} else None


def secured(request: Request, response: HTTPResponse) -> None:
    """Add the headers that every answer of the edge has, unless the handler chose its own."""
    for name, value in _SECURITY.items():
        response.headers.setdefault(name, value)
    if request.path.startswith("/api/"):
        response.headers.setdefault("Cache-Control", "no-store")
