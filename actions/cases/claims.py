"""What a case asks of its suppliers: one claim to each that answers for some of its goods."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from actions.cases.model import Case
from actions.ledger import service as ledger
from actions.orders.model import Order
from actions.runtime import Runtime
from actions.suppliers import repository as claims
from actions.suppliers import service as suppliers
from actions.suppliers.model import ClaimDraft, SupplierClaim
from actions.suppliers.port import ClaimLine, DesiredOutcome
from common.money import Money
from common.shop_config import SupplierConfig

# Reasons for which the supplier answers even when no parcel comes back.
SUPPLIER_ANSWERS = frozenset({"damaged", "defective", "not_as_described", "wrong_item", "not_received"})


def locked(session: Session, case_id: str) -> list[SupplierClaim]:
    """The case's claims, locked. To be called before the case is locked: that is the order of locks."""
    return [claims.lock(session, claim.id) for claim in claims.of_case(session, case_id)]


def suppliers_of(runtime: Runtime, case: Case, order: Order) -> list[SupplierConfig]:
    """The suppliers of what the case is about, each once, in the order of the lines; unknown ones are left out."""
    wanted = {line.order_line_id for line in case.lines}
    ids = dict.fromkeys(line.supplier_id for line in order.lines if line.id in wanted and line.supplier_id)
    return [runtime.shop.suppliers[key] for key in ids if key in runtime.shop.suppliers]


def takes_back(runtime: Runtime, supplier: SupplierConfig, case: Case) -> bool:
    """Whether a return goes to this supplier. One that does not cover the reason is still asked where the shop has no
    address to send to."""
    return supplier.terms.of(case.reason).covered or not runtime.policy.return_address


def open_for(
    session: Session,
    supplier: SupplierConfig,
    case: Case,
    order: Order,
    desired: DesiredOutcome,
    photo_ids: list[str],
    *,
    now: datetime,
) -> SupplierClaim:
    """Open the claim for this supplier's goods, its job and the credit we expect, in the caller's commit.

    The same case and supplier again change nothing.
    """
    by_id = {line.id: line for line in order.lines if line.supplier_id == supplier.id}
    draft = ClaimDraft(
        case_id=case.id,
        reference=case.reference,
        order_number=case.order_number,
        reason=case.reason,
        legal_basis=case.legal_basis or "",
        description=case.description,
        desired_outcome=desired,
        currency=case.currency,
        lines=tuple(
            ClaimLine(line.sku, line.name, line.quantity, by_id[line.order_line_id].wholesale_minor or 0)
            for line in case.lines
            if line.order_line_id in by_id
        ),
        photo_ids=tuple(photo_ids),
    )
    claim = suppliers.open_claim(session, supplier, draft, now=now)
    # A replacement is paid for in goods.
    if desired != "replacement":
        expected = Money(claim.credit_expected_minor, claim.currency)
        ledger.credit_expected(session, case_id=case.id, claim_id=claim.id, amount=expected, at=now)
    return claim


def give_up(session: Session, claim: SupplierClaim, *, now: datetime, by: str, why: str) -> None:
    """Nothing more is expected of the supplier, money included. `claim` must be locked."""
    suppliers.close(session, claim, now=now, by=by, why=why)
    ledger.credit_lost(session, case_id=claim.case_id, claim_id=claim.id, currency=claim.currency, at=now)


def book(session: Session, claim: SupplierClaim, *, now: datetime) -> None:
    """Bring the ledger up to what the claim says. Repeating it changes nothing."""
    if claim.status == "credited":
        total = Money(claim.credit_received_minor, claim.currency)
        ledger.credit_received(session, case_id=claim.case_id, claim_id=claim.id, total=total, at=now)
    elif claim.status == "rejected":
        ledger.credit_lost(session, case_id=claim.case_id, claim_id=claim.id, currency=claim.currency, at=now)
