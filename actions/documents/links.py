"""Addresses of the documents. Each is a capability: who has it may read that one document until it expires."""

from __future__ import annotations

from datetime import datetime, timedelta

from common import links
from common.settings import Settings

EVIDENCE = "evidence"
SLIP = "return-slip"
PACK = "evidence-pack"
RECEIPT = "withdrawal-receipt"

# Longer than any return takes, so that a slip opened again weeks later still opens.
_SLIP_LIFETIME = timedelta(days=180)
# A receipt is evidence: it opens as long as a claim from the sale can be brought in most places.
_RECEIPT_LIFETIME = timedelta(days=5 * 366)


def evidence_url(settings: Settings, photo_id: str, *, expires_at: datetime) -> str:
    """Where a supplier may see one picture."""
    token = links.sign(settings.secret_key, EVIDENCE, {"photo": photo_id}, expires_at=expires_at)
    return f"{settings.public_url}/evidence/{token}"


def pack_url(settings: Settings, claim_id: str, *, expires_at: datetime) -> str:
    """Where a supplier gets everything there is about one claim, as one file."""
    token = links.sign(settings.secret_key, PACK, {"claim": claim_id}, expires_at=expires_at)
    return f"{settings.public_url}/claims/{token}.zip"


def slip_url(settings: Settings, case_id: str, *, now: datetime, leg: str = "") -> str:
    """Where the shopper gets the return slip of a case, or of one of its parcels."""
    content = {"case": case_id} | ({"leg": leg} if leg else {})
    token = links.sign(settings.secret_key, SLIP, content, expires_at=now + _SLIP_LIFETIME)
    return f"{settings.public_url}/returns/{token}.pdf"


def receipt_url(settings: Settings, case_id: str, *, now: datetime) -> str:
    """Where the shopper gets the receipt of a withdrawal, at once and later."""
    token = links.sign(settings.secret_key, RECEIPT, {"case": case_id}, expires_at=now + _RECEIPT_LIFETIME)
    return f"{settings.public_url}/withdrawals/{token}.pdf"
