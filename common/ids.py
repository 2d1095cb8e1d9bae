"""Identifiers: long random ones for machines, short unambiguous ones for people."""

from __future__ import annotations

import secrets

# Crockford's base 32 without vowels that spell words and without I, L, O, U, 0, 1, which people mix up on paper.
_READABLE = "23456789BCDFGHJKMNPQRSTVWXYZ"


def new_id(prefix: str) -> str:
    """A new unguessable id such as `case_9f2c...` (96 random bits)."""
    return f"{prefix}_{secrets.token_hex(12)}"


def new_reference(prefix: str, length: int = 6) -> str:
    """A short code a person can read aloud, such as `RT-7K2P9X`; the caller guards uniqueness."""
    return f"{prefix}-" + "".join(secrets.choice(_READABLE) for _ in range(length))


def new_token() -> str:
    """A bearer secret of 256 random bits, safe in URLs and headers."""
    return secrets.token_urlsafe(32)
