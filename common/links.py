"""Signed, expiring links: what they carry is readable, what they allow cannot be forged."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from itsdangerous import BadSignature, URLSafeSerializer

from common.errors import RefusedError


def sign(secret_key: str, purpose: str, data: dict[str, Any], *, expires_at: datetime) -> str:
    """A URL-safe token for one purpose. Put ids into `data`, never secrets: anyone can read it."""
    return URLSafeSerializer(secret_key, salt=f"retour.{purpose}").dumps(
        {"data": data, "exp": int(expires_at.timestamp())}
    )


def read(secret_key: str, purpose: str, token: str, *, now: datetime) -> dict[str, Any]:
    """What `sign` put in. Raises RefusedError `link.invalid` (forged, other purpose) or `link.expired`."""
    try:
        content = URLSafeSerializer(secret_key, salt=f"retour.{purpose}").loads(token)
    except BadSignature as error:
        raise RefusedError("link.invalid", "This link is not one of ours; ask for a new one.") from error
    if content["exp"] < now.timestamp():
        raise RefusedError("link.expired", "This link has expired; ask for a new one.")
    data: dict[str, Any] = content["data"]
    return data
