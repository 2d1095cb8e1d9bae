"""Reading a request body that may be hostile."""

from __future__ import annotations

from typing import Any

from sanic import Request
from sanic.exceptions import PayloadTooLarge


async def read_body(request: Request, limit: int) -> bytes:
    """The whole body of a `stream=True` handler. Raises PayloadTooLarge as soon as it exceeds `limit` bytes."""
    body = bytearray()
    # Sanic declares only a base class without `read`, which every real stream has.
    stream: Any = request.stream
    while (chunk := await stream.read()) is not None:
        body += chunk
        if len(body) > limit:
            raise PayloadTooLarge(f"The body is larger than {limit} bytes.")
    return bytes(body)
