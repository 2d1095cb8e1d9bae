"""Credits that suppliers owe and never paid: what is still expected, with its age, and what was given up."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from actions.cases.model import Case
from actions.ledger.model import LedgerEntry
from actions.suppliers.model import SupplierClaim


@dataclass(frozen=True)
class Leak:
    """Wholesale money of one case that one supplier has not paid. `days` is the age of the claim."""

    case_id: str
    reference: str
    supplier: str
    claim_status: str
    currency: str
    expected_minor: int
    written_off_minor: int
    since: datetime
    days: int

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {"since": self.since.isoformat()}


@dataclass(frozen=True)
class SupplierLeaks:
    """What one supplier owes in one currency; `oldest_days` is the age of its oldest open claim."""

    supplier: str
    currency: str
    cases: int
    expected_minor: int
    written_off_minor: int
    oldest_days: int


def leaks(session: Session, *, now: datetime) -> list[Leak]:
    """Every claim with money that is expected or was written off, the oldest first."""
    net = sa.func.sum(LedgerEntry.debit_minor - LedgerEntry.credit_minor)

    def balance(account: str) -> sa.ColumnElement[int]:
        of_account = sa.case((LedgerEntry.account == account, LedgerEntry.debit_minor - LedgerEntry.credit_minor))
        return sa.func.coalesce(sa.func.sum(of_account), 0)

    expected, lost = balance("supplier_credit_expected"), balance("write_off")
    query = (
        sa.select(Case.id, Case.reference, SupplierClaim, LedgerEntry.currency, expected, lost)
        .join(Case, Case.id == LedgerEntry.case_id)
        .join(SupplierClaim, SupplierClaim.id == LedgerEntry.claim_id)
        .where(LedgerEntry.account.in_(("supplier_credit_expected", "write_off")))
        .group_by(Case.id, Case.reference, SupplierClaim.id, LedgerEntry.currency)
        .having(net > 0)
        .order_by(SupplierClaim.requested_at, SupplierClaim.id)
    )
    return [
        Leak(
            case_id=case_id,
            reference=reference,
            supplier=claim.supplier_id,
            claim_status=claim.status,
            currency=currency,
            expected_minor=int(open_minor),
            written_off_minor=int(lost_minor),
            since=claim.requested_at,
            days=max(0, (now - claim.requested_at).days),
        )
        for case_id, reference, claim, currency, open_minor, lost_minor in session.execute(query)
    ]


def by_supplier(found: list[Leak]) -> list[SupplierLeaks]:
    """The same by supplier and currency, who owes most first."""
    groups: dict[tuple[str, str], list[Leak]] = {}
    for leak in found:
        groups.setdefault((leak.supplier, leak.currency), []).append(leak)
    totals = [
        SupplierLeaks(
            supplier=supplier,
            currency=currency,
            cases=len(group),
            expected_minor=sum(leak.expected_minor for leak in group),
            written_off_minor=sum(leak.written_off_minor for leak in group),
            oldest_days=max((leak.days for leak in group if leak.expected_minor), default=0),
        )
        for (supplier, currency), group in groups.items()
    ]
    return sorted(totals, key=lambda total: (-total.expected_minor - total.written_off_minor, total.supplier))
