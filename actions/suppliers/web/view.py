"""What the portal page shows of a claim. Nothing about the shopper but their words and pictures of the goods."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from sqlalchemy.orm import Session

from actions.runtime import Runtime
from actions.suppliers import outgoing, portal, repository, service
from actions.suppliers.model import SupplierClaim
from actions.suppliers.port import RmaStatus
from actions.suppliers.web.words import WORDS, language_of, long_date
from common.errors import NotFoundError
from common.money import Money
from common.shop_config import SupplierConfig

_STEPS = (RmaStatus.PENDING, RmaStatus.APPROVED, RmaStatus.RECEIVED, RmaStatus.INSPECTED, RmaStatus.CREDITED)
_RETURNLESS_STEPS = (RmaStatus.PENDING, RmaStatus.APPROVED, RmaStatus.CREDITED)


@dataclass(frozen=True)
class Step:
    """One station of the way. `state` is done, current or ahead; current is what is waited for."""

    name: str
    state: str


@dataclass(frozen=True)
class Line:
    name: str
    sku: str
    quantity: int
    price: str


@dataclass(frozen=True)
class PortalPage:
    language: str
    other_language: str
    shop: str
    support_email: str
    supplier: str
    reference: str
    order_number: str
    supplier_order_number: str | None
    requested_on: str
    answer_by: str
    reason: str
    outcome: str
    description: str
    lines: list[Line]
    total: str
    total_plain: str
    currency: str
    pictures: list[str]
    pack: str
    status: str
    closed: bool
    returnless: bool
    steps: list[Step]
    actions: tuple[portal.Action, ...]
    number: str
    address: str
    default_address: str
    instructions: str
    refusal: str
    condition: str
    inspection_note: str
    credited: str


def supplier_of(runtime: Runtime, claim: SupplierClaim) -> SupplierConfig:
    """Raises NotFoundError `supplier.unknown` when retour.toml lost it."""
    supplier = runtime.shop.suppliers.get(claim.supplier_id)
    if supplier is None:
        raise NotFoundError("supplier.unknown", f"retour.toml has no [suppliers.{claim.supplier_id}]; add it back.")
    return supplier


def load(session: Session, runtime: Runtime, claim_id: str, language: str | None) -> PortalPage:
    """Raises NotFoundError `claim.unknown`."""
    claim = repository.get(session, claim_id)
    supplier = supplier_of(runtime, claim)
    spoken = language_of(language if language in WORDS else supplier.language)
    words = WORDS[spoken]
    expected = Money(claim.credit_expected_minor, claim.currency)
    inspection = claim.inspection or {}
    return PortalPage(
        language=spoken,
        other_language="en" if spoken == "fr" else "fr",
        shop=runtime.shop.name,
        support_email=runtime.shop.support_email,
        supplier=supplier.name,
        reference=claim.reference,
        order_number=claim.request["order_number"],
        supplier_order_number=claim.request["supplier_order_number"],
        requested_on=long_date(claim.requested_at, spoken),
        answer_by=long_date(claim.deadline_at, spoken),
        reason=words.get(f"reason_{claim.request['reason']}", claim.request["reason"]),
        outcome=words[f"outcome_{claim.request['desired_outcome']}"],
        description=claim.request["description"],
        lines=[
            Line(
                line.name,
                line.sku,
                line.quantity,
                Money(line.wholesale_minor * line.quantity, claim.currency).format(spoken),
            )
            for line in outgoing.claim_lines(claim)
        ],
        total=expected.format(spoken),
        total_plain=expected.decimal(),
        currency=claim.currency,
        # The path only: the page may be served under another name than the one put into mails.
        pictures=[urlsplit(item.url).path for item in outgoing.evidence_links(session, claim, runtime.settings)],
        pack=urlsplit(outgoing.pack_link(claim, runtime.settings)).path,
        status=claim.status,
        closed=claim.closed_at is not None,
        returnless=claim.returnless,
        steps=_steps(claim),
        actions=portal.actions_for(claim),
        number=service.return_number(claim),
        address=service.return_address(claim, supplier),
        default_address=supplier.return_address,
        instructions=claim.instructions or "",
        refusal=claim.reason or "",
        condition=words.get(f"condition_{inspection.get('condition')}", inspection.get("condition", "")),
        inspection_note=inspection.get("note", ""),
        credited=Money(claim.credit_received_minor, claim.currency).format(spoken),
    )


def _steps(claim: SupplierClaim) -> list[Step]:
    if claim.state is RmaStatus.REJECTED:
        return [Step("pending", "done"), Step("rejected", "done")]
    steps = _RETURNLESS_STEPS if claim.returnless else _STEPS
    # A claim may have skipped a station, so the last one reached is found by order, not by name.
    reached = max(index for index, step in enumerate(steps) if _STEPS.index(step) <= _STEPS.index(claim.state))
    return [
        Step(step.value, "done" if index <= reached else "current" if index == reached + 1 else "ahead")
        for index, step in enumerate(steps)
    ]
