"""Signed order links: https://t.me/BOT?start=WORD opens the chat with an order that need not be proven again.

The word has at most 64 letters, digits, - and _ (https://core.telegram.org/bots/features#deep-linking): base 64 of the
last valid second (4 bytes), 16 bytes of an HMAC-SHA256 over second and number, and the number. The shop's server makes
it with the secret it signs order tokens with (docs/connect-telegram.md).
"""

from __future__ import annotations

import base64
import binascii
import hmac
import re
from datetime import datetime

_PURPOSE = b"retour.telegram.start:"
_SECOND_BYTES, _MAC_BYTES = 4, 16
# 48 bytes are 64 characters.
MAX_NUMBER_BYTES = 48 - _SECOND_BYTES - _MAC_BYTES
_WORD = re.compile(r"[A-Za-z0-9_-]{28,64}")


def order_of(word: str, secret: str, *, now: datetime) -> str | None:
    """The order number that was signed; None for anything that is not valid now."""
    if not secret or not _WORD.fullmatch(word):
        return None
    try:
        content = base64.urlsafe_b64decode(word + "=" * (-len(word) % 4))
    except (binascii.Error, ValueError):
        return None
    until, mac, number = content[:4], content[4:20], content[20:]
    if not hmac.compare_digest(mac, _mac(secret, until, number)) or int.from_bytes(until) < now.timestamp():
        return None
    try:
        return number.decode("utf-8") or None
    except UnicodeDecodeError:
        return None


def start_word(number: str, secret: str, *, until: datetime) -> str:
    """What a shop's server makes. Raises ValueError for a number of more than 28 bytes."""
    second, name = int(until.timestamp()).to_bytes(_SECOND_BYTES), number.encode("utf-8")
    if not 0 < len(name) <= MAX_NUMBER_BYTES:
        raise ValueError(f"An order number in a link has 1 to {MAX_NUMBER_BYTES} bytes.")
    return base64.urlsafe_b64encode(second + _mac(secret, second, name) + name).decode().rstrip("=")


def _mac(secret: str, until: bytes, number: bytes) -> bytes:
    return hmac.digest(secret.encode(), _PURPOSE + until + number, "sha256")[:_MAC_BYTES]
