"""What a case asks of its supplier."""

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
from actions.suppliers.port import ClaimLine, DesiredOutcome, RmaStatus
from common.money import Money
from common.shop_config import SupplierConfig

# Reasons for which the supplier answers even when no parcel comes back.
SUPPLIER_ANSWERS = frozenset({"damaged", "defective", "not_as_described", "wrong_item", "not_received"})


def locked(session: Session, case_id: str) -> SupplierClaim | None:
    """The case's claim, locked. To be called before the case is locked: that is the order of locks."""
    claim = claims.of_case(session, case_id)
    return None if claim is None else claims.lock(session, claim.id)


def supplier_of(runtime: Runtime, case: Case, order: Order) -> SupplierConfig | None:
    """The one supplier of everything the case is about; None when there is none, or more than one."""
    wanted = {line.order_line_id for line in case.lines}
    ids = {line.supplier_id for line in order.lines if line.id in wanted}
    only = ids.pop() if len(ids) == 1 else None
    return runtime.shop.suppliers.get(only) if only else None


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
    """Open the claim, its job and the credit we expect, in the caller's commit. The same case again changes nothing."""
    by_id = {line.id: line for line in order.lines}
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
        ),
        photo_ids=tuple(photo_ids),
    )
    claim = suppliers.open_claim(session, supplier, draft, now=now)
    # A replacement is paid for in goods.
    if desired != "replacement":
        expected = Money(claim.credit_expected_minor, claim.currency)
        ledger.credit_expected(session, case_id=case.id, claim_id=claim.id, amount=expected, at=now)
    return claim


def return_address(runtime: Runtime, claim: SupplierClaim | None) -> str:
    """Where the parcel goes as things stand: to the supplier while it takes it, else to the shop; empty for nowhere."""
    supplier = runtime.shop.suppliers.get(claim.supplier_id) if claim else None
    if claim is None or claim.closed_at is not None or claim.state is RmaStatus.REJECTED:
        return runtime.policy.return_address
    own = suppliers.return_address(claim, supplier) if supplier else claim.return_address or ""
    return own or runtime.policy.return_address


def return_number(case: Case, claim: SupplierClaim | None) -> str:
    """What goes on that parcel: the number of the supplier that takes it, else the case's reference."""
    if claim is None or claim.closed_at is not None or claim.state is RmaStatus.REJECTED:
        return case.reference
    return suppliers.return_number(claim)


def give_up(session: Session, claim: SupplierClaim | None, *, now: datetime, by: str, why: str) -> None:
    """Nothing more is expected of the supplier, money included. `claim` must be locked."""
    if claim is None:
        return
    suppliers.close(session, claim, now=now, by=by, why=why)
    ledger.credit_lost(session, case_id=claim.case_id, claim_id=claim.id, currency=claim.currency, at=now)


def book(session: Session, claim: SupplierClaim, *, now: datetime) -> None:
    """Bring the ledger up to what the claim says. Repeating it changes nothing."""
    if claim.status == "credited":
        total = Money(claim.credit_received_minor, claim.currency)
        ledger.credit_received(session, case_id=claim.case_id, claim_id=claim.id, total=total, at=now)
    elif claim.status == "rejected":
        ledger.credit_lost(session, case_id=claim.case_id, claim_id=claim.id, currency=claim.currency, at=now)
