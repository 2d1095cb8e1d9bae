"""A claim as the supplier gets to see it."""

from __future__ import annotations

import hashlib
from datetime import timedelta

from sqlalchemy.orm import Session

from actions.documents.links import evidence_url, pack_url
from actions.suppliers.model import SupplierClaim
from actions.suppliers.port import ClaimLine, ClaimRequest, EvidenceLink
from common.photos import store
from common.settings import Settings

# Counted from the claim's own date, not from now: every try must send the same bytes under the same key.
_EVIDENCE_LIFETIME = timedelta(days=180)


def claim_lines(claim: SupplierClaim) -> tuple[ClaimLine, ...]:
    return tuple(ClaimLine(**line) for line in claim.request["lines"])


def evidence_links(session: Session, claim: SupplierClaim, settings: Settings) -> tuple[EvidenceLink, ...]:
    """The claim's pictures in order. `sha256` is that of the bytes the link answers, so that it can be checked."""
    expires_at = claim.requested_at + _EVIDENCE_LIFETIME
    return tuple(
        EvidenceLink(
            url=evidence_url(settings, row.id, expires_at=expires_at),
            sha256=hashlib.sha256(store.path_of(settings.home, row.id).read_bytes()).hexdigest(),
            mime="image/jpeg",
        )
        for row in store.find(session, list(claim.request["photo_ids"]))
    )


def pack_link(claim: SupplierClaim, settings: Settings) -> str:
    """The claim's evidence as one file, for as long as its pictures can be seen."""
    return pack_url(settings, claim.id, expires_at=claim.requested_at + _EVIDENCE_LIFETIME)


def claim_request(session: Session, claim: SupplierClaim, settings: Settings) -> ClaimRequest:
    """What is filed with the supplier; the same for the same claim at every try."""
    draft = claim.request
    return ClaimRequest(
        reference=claim.reference,
        order_number=draft["order_number"],
        supplier_order_number=draft["supplier_order_number"],
        reason=draft["reason"],
        legal_basis=draft["legal_basis"],
        description=draft["description"],
        desired_outcome=draft["desired_outcome"],
        currency=claim.currency,
        lines=claim_lines(claim),
        evidence=evidence_links(session, claim, settings),
    )
