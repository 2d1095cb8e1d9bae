"""Queries of the ledger."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from actions.ledger.model import LedgerEntry


def exists(session: Session, transaction_id: str) -> bool:
    query = sa.select(LedgerEntry.id).where(LedgerEntry.transaction_id == transaction_id).limit(1)
    return session.execute(query).first() is not None


def add(session: Session, entries: list[LedgerEntry]) -> None:
    session.add_all(entries)
    session.flush()


def of_case(session: Session, case_id: str) -> list[LedgerEntry]:
    """Every entry of a case in the order it was written."""
    return list(session.scalars(sa.select(LedgerEntry).where(LedgerEntry.case_id == case_id).order_by(LedgerEntry.id)))


def balances(
    session: Session, *, case_id: str | None = None, claim_id: str | None = None
) -> dict[tuple[str, str], int]:
    """Debit minus credit by (account, currency), of one case, of one claim or of everything."""
    net = sa.func.sum(LedgerEntry.debit_minor - LedgerEntry.credit_minor)
    query = sa.select(LedgerEntry.account, LedgerEntry.currency, net).group_by(
        LedgerEntry.account, LedgerEntry.currency
    )
    if case_id is not None:
        query = query.where(LedgerEntry.case_id == case_id)
    if claim_id is not None:
        query = query.where(LedgerEntry.claim_id == claim_id)
    return {(account, currency): int(total) for account, currency, total in session.execute(query)}
