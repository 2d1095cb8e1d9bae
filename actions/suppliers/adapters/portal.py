"""A supplier without an API: the claim waits, and a person there answers on the portal page."""

from __future__ import annotations

from actions.suppliers.port import Capabilities, ClaimRequest, RmaReport, RmaStatus
from common.shop_config import SupplierConfig


def external_id_of(reference: str) -> str:
    """Such a supplier has no id of its own for the claim, so ours stands in."""
    return f"portal:{reference}"


class PortalSupplier:
    """Answers at once that the claim is pending; everything later comes from the page (`actions.suppliers.portal`)."""

    capabilities = Capabilities(api=False, polling=False, webhook=False, rma_number=True)

    def __init__(self, config: SupplierConfig) -> None:
        self._config = config

    def request(self, claim: ClaimRequest, key: str) -> RmaReport:
        return RmaReport(external_id_of(claim.reference), RmaStatus.PENDING)

    def fetch(self, external_id: str) -> RmaReport:
        """Pending tells nothing new, so merging it changes nothing."""
        return RmaReport(external_id, RmaStatus.PENDING)
