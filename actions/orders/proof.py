"""Does this proof belong to this order? Compared in constant time, so that the answer's speed tells nothing."""

from __future__ import annotations

import hashlib
import hmac
import unicodedata

from actions.orders.model import Proof, number_key
from actions.orders.repository import Candidate

# ITU-T E.164 country codes (https://www.itu.int/pub/T-SP-E.164D) of the countries a shop in Europe or North America
# mostly sells to. An order's national number of another country cannot be completed and so proves nothing.
_CALLING_CODES = {
    "AT": "43", "AU": "61", "BE": "32", "BG": "359", "CA": "1", "CH": "41", "CY": "357", "CZ": "420", "DE": "49",
    "DK": "45", "EE": "372", "ES": "34", "FI": "358", "FR": "33", "GB": "44", "GR": "30", "HR": "385", "HU": "36",
    "IE": "353", "IS": "354", "IT": "39", "LT": "370", "LU": "352", "LV": "371", "MC": "377", "MT": "356",
    "NL": "31", "NO": "47", "NZ": "64", "PL": "48", "PT": "351", "RO": "40", "SE": "46", "SI": "386", "SK": "421",
    "US": "1",
}  # fmt: skip
# There the leading zero is part of the number.
_KEEPS_ZERO = {"IT"}
_NOBODY = Candidate(id="", email=None, phone=None, country="")


def matching(number: str, candidates: list[Candidate], proof: Proof) -> Candidate | None:
    """The candidate this proof belongs to. A comparison runs also when there is no candidate at all."""
    found: Candidate | None = None
    # The signature names a number, not a shop: where two shops have it, it says too little.
    signed = len(candidates) == 1 and _same(number_key(number), number_key(proof.verified_order or ""))
    for candidate in candidates or [_NOBODY]:
        email = _email(candidate.email)
        phone = _phone(candidate.phone, candidate.country)
        holds = _same(email, _email(proof.email))
        holds |= _same(email, _email(proof.verified_email))
        holds |= _same(phone, _phone(proof.verified_phone, candidate.country))
        if holds or signed:
            found = candidate
    return found


def _same(known: str, given: str) -> bool:
    """Equal and not empty. Digests first: compare_digest is constant in time only for equal lengths."""
    digests = [hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest() for text in (known, given)]
    return hmac.compare_digest(*digests) & bool(known) & bool(given)


def _email(text: str | None) -> str:
    return unicodedata.normalize("NFKC", text or "").strip().casefold()


def _phone(text: str | None, country: str) -> str:
    """The number in international digits, or nothing when it cannot be completed."""
    # Spreadsheets and Shopify's export put an apostrophe before a plus sign.
    written = unicodedata.normalize("NFKC", text or "").strip().lstrip("'")
    digits = "".join(char for char in written if char in "0123456789")
    if len(digits) < 6:
        return ""
    if written.startswith("+"):
        return digits
    if written.startswith("00"):
        return digits[2:]
    code = _CALLING_CODES.get(country)
    if code and not written.startswith("0") and digits.startswith(code) and len(digits) >= len(code) + 8:
        # WhatsApp gives 33612345678, without any plus sign.
        return digits
    if not code:
        return digits if not written.startswith("0") else ""
    return code + (digits if country in _KEEPS_ZERO else digits.lstrip("0"))
