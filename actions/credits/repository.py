"""Queries of store credits."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from actions.credits.model import StoreCredit, StoreCreditUse
from common.database import lock
from common.errors import NotFoundError


def of_refund(session: Session, refund_id: str) -> StoreCredit | None:
    return session.scalars(sa.select(StoreCredit).where(StoreCredit.refund_id == refund_id)).first()


def of_case(session: Session, case_id: str) -> list[StoreCredit]:
    """Oldest first."""
    query = sa.select(StoreCredit).where(StoreCredit.case_id == case_id)
    return list(session.scalars(query.order_by(StoreCredit.issued_at, StoreCredit.id)))


def code_taken(session: Session, code: str) -> bool:
    return session.execute(sa.select(StoreCredit.id).where(StoreCredit.code == code)).first() is not None


def by_code(session: Session, code: str) -> StoreCredit:
    """The credit, locked and read afresh. Raises NotFoundError."""
    found = session.scalars(sa.select(StoreCredit.id).where(StoreCredit.code == code)).first()
    if found is None or not lock(session, StoreCredit, found):
        raise NotFoundError("credit.unknown", f"There is no store credit {code}; look at the code again.")
    return session.get_one(StoreCredit, found, populate_existing=True)


def listed(session: Session, *, open_only: bool) -> list[StoreCredit]:
    """Newest first."""
    query = sa.select(StoreCredit).order_by(StoreCredit.issued_at.desc(), StoreCredit.id)
    return list(session.scalars(query.where(StoreCredit.balance_minor > 0) if open_only else query))


def use(session: Session, credit_id: str, reference: str) -> StoreCreditUse | None:
    query = sa.select(StoreCreditUse).where(
        StoreCreditUse.credit_id == credit_id, StoreCreditUse.reference == reference
    )
    return session.scalars(query).first()


def uses(session: Session, credit_id: str) -> list[StoreCreditUse]:
    """Oldest first."""
    query = sa.select(StoreCreditUse).where(StoreCreditUse.credit_id == credit_id)
    return list(session.scalars(query.order_by(StoreCreditUse.at, StoreCreditUse.id)))
