"""The shop's word for who its visitor is: a signed token in the page (`data-order-token`), RFC 7519.

Only HS256 with the secret of `order_token_secret_env`; a token that names another algorithm, or none, is refused
before anything in it is believed (RFC 8725, 3.1).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

import jwt

from bot.conversation.identity import Identity

AUDIENCE = "retour"
ALGORITHM = "HS256"
# A page may stay open for a day. Longer, and a copied token would be a key to the order.
LONGEST_LIFE = timedelta(hours=24)
_CLOCKS_APART = timedelta(seconds=60)
_MAX_TOKEN = 4_096
_MAX_EMAIL = 254
_MAX_ORDER = 64

Verdict = Literal[
    "accepted", "not_configured", "malformed", "bad_signature", "wrong_audience", "expired", "not_yet_valid",
    "too_long_lived", "claims_missing",
]  # fmt: skip


@dataclass(frozen=True)
class Checked:
    """What a token is worth. Without an identity `verdict` says why, for the shop's developer and the figures."""

    verdict: Verdict
    identity: Identity | None = None


def check(token: str, secret: str, *, now: datetime) -> Checked:
    """Read a token. Nothing wrong with it is an error: a shopper without an identity is simply asked.

    Claims: `aud` is "retour", `iat` and `exp` are seconds since 1970, at most 24 hours apart; `order` (its number),
    `email`, or both say who it is.
    """
    if not secret:
        return Checked("not_configured")
    if not 0 < len(token) <= _MAX_TOKEN:
        return Checked("malformed")
    try:
        # Times are checked below, against the one clock of this server.
        options: Any = {"require": ["exp", "iat", "aud"], "verify_exp": False, "verify_iat": False, "verify_nbf": False}
        claims = jwt.decode(token, secret, algorithms=[ALGORITHM], audience=AUDIENCE, options=options)
    except (jwt.InvalidSignatureError, jwt.InvalidAlgorithmError):
        return Checked("bad_signature")
    except jwt.InvalidAudienceError:
        return Checked("wrong_audience")
    except jwt.MissingRequiredClaimError:
        return Checked("claims_missing")
    except (jwt.PyJWTError, ValueError, TypeError, RecursionError):
        return Checked("malformed")
    return _of_claims(claims, now)


def _of_claims(claims: dict[str, Any], now: datetime) -> Checked:
    issued, expires = claims["iat"], claims["exp"]
    # A bool is an int to Python, and a date in words is no NumericDate (RFC 7519, 2).
    if type(issued) not in (int, float) or type(expires) not in (int, float):
        return Checked("malformed")
    instant, leeway = now.timestamp(), _CLOCKS_APART.total_seconds()
    if instant >= expires + leeway:
        return Checked("expired")
    if issued > instant + leeway:
        return Checked("not_yet_valid")
    if not 0 <= expires - issued <= LONGEST_LIFE.total_seconds():
        return Checked("too_long_lived")
    order, email = _text(claims.get("order"), _MAX_ORDER), _text(claims.get("email"), _MAX_EMAIL)
    if order is None and email is None:
        return Checked("claims_missing")
    return Checked("accepted", Identity(email=email, order=order))


def _text(claim: object, longest: int) -> str | None:
    """A claim as text; shops that number their orders write them as numbers too."""
    if isinstance(claim, int) and not isinstance(claim, bool):
        claim = str(claim)
    if not isinstance(claim, str) or not claim.strip() or len(claim) > longest:
        return None
    return claim.strip()
