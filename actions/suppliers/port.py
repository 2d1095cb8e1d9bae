"""What Retour needs from a supplier, whatever way it is reached. Amounts are minor units of the claim's currency."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Literal, Protocol

from common.errors import UpstreamError

DesiredOutcome = Literal["return", "refund_without_return", "replacement"]


class RmaStatus(StrEnum):
    """How far a supplier has come with one request, in the supplier's own words."""

    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"
    RECEIVED = "received"
    INSPECTED = "inspected"
    CREDITED = "credited"


@dataclass(frozen=True)
class Capabilities:
    """What to expect of an adapter: `api` false means a person at the supplier answers on the portal page.

    `polling` says that `fetch` may tell something new; `rma_number` that the supplier usually issues one.
    """

    api: bool
    polling: bool
    webhook: bool
    rma_number: bool


@dataclass(frozen=True)
class ClaimLine:
    """One order line, or a part of its quantity, that the claim is about; the price is that of one piece."""

    sku: str
    name: str
    quantity: int
    wholesale_minor: int


@dataclass(frozen=True)
class EvidenceLink:
    """A picture the supplier may fetch without logging in, for as long as the link is valid."""

    url: str
    sha256: str
    mime: str


@dataclass(frozen=True)
class ClaimRequest:
    """Everything a supplier is told. It is the same for the same claim at every try."""

    reference: str
    order_number: str
    supplier_order_number: str | None
    reason: str
    legal_basis: str
    description: str
    desired_outcome: DesiredOutcome
    currency: str
    lines: tuple[ClaimLine, ...]
    evidence: tuple[EvidenceLink, ...] = ()


@dataclass(frozen=True)
class Inspection:
    """What the supplier found when it opened the parcel."""

    condition: str
    note: str = ""


@dataclass(frozen=True)
class RmaReport:
    """One answer of a supplier. None means that the answer does not say, never that a value is withdrawn."""

    external_id: str
    status: RmaStatus
    rma_number: str | None = None
    return_address: str | None = None
    instructions: str | None = None
    reason: str | None = None
    inspection: Inspection | None = None
    credit_minor: int | None = None


class SupplierBusyError(UpstreamError):
    """The supplier asks us to come back after `retry_after`."""

    def __init__(self, message: str, retry_after: timedelta) -> None:
        super().__init__("supplier.busy", message, retryable=True)
        self.retry_after = retry_after


class Supplier(Protocol):
    """One supplier. Both calls raise UpstreamError; it is retryable when the same call may succeed later."""

    @property
    def capabilities(self) -> Capabilities: ...

    def request(self, claim: ClaimRequest, key: str) -> RmaReport:
        """File the claim. The same key again files nothing new and answers what is known by then."""
        ...

    def fetch(self, external_id: str) -> RmaReport:
        """The present state of a claim that was filed before."""
        ...
