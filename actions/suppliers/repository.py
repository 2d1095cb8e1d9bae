"""All queries on claims, their events and notes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from actions.economics.chance import Record
from actions.suppliers.model import SupplierClaim, SupplierEvent, SupplierNote
from actions.suppliers.port import RmaStatus
from common.errors import NotFoundError


def add(session: Session, claim: SupplierClaim) -> None:
    session.add(claim)
    session.flush()


def get(session: Session, claim_id: str) -> SupplierClaim:
    """Raises NotFoundError `claim.unknown`."""
    claim = session.get(SupplierClaim, claim_id)
    if claim is None:
        raise NotFoundError("claim.unknown", f"There is no supplier claim {claim_id}.")
    return claim


def lock(session: Session, claim_id: str) -> SupplierClaim:
    """The claim as it is now, held until the transaction ends. Raises NotFoundError `claim.unknown`."""
    # A write, because SQLite begins its transaction with the first one; a plain read there would hold nothing.
    session.execute(
        sa.update(SupplierClaim)
        .where(SupplierClaim.id == claim_id)
        .values(updated_at=SupplierClaim.updated_at)
        .execution_options(synchronize_session=False)
    )
    claim = session.get(SupplierClaim, claim_id, populate_existing=True)
    if claim is None:
        raise NotFoundError("claim.unknown", f"There is no supplier claim {claim_id}.")
    return claim


def of_case(session: Session, case_id: str) -> list[SupplierClaim]:
    """The claims of a case as they are now, one a supplier, always in the same order."""
    query = sa.select(SupplierClaim).where(SupplierClaim.case_id == case_id).order_by(SupplierClaim.supplier_id)
    return list(session.scalars(query.execution_options(populate_existing=True)))


def to_supplier(session: Session, case_id: str, supplier_id: str) -> SupplierClaim | None:
    """The claim of a case to that supplier."""
    query = sa.select(SupplierClaim).where(SupplierClaim.case_id == case_id, SupplierClaim.supplier_id == supplier_id)
    return session.scalars(query).first()


def by_external_id(session: Session, supplier_id: str, external_id: str) -> SupplierClaim | None:
    query = sa.select(SupplierClaim).where(
        SupplierClaim.supplier_id == supplier_id, SupplierClaim.external_id == external_id
    )
    return session.scalars(query).first()


def keep_event(session: Session, supplier_id: str, values: dict[str, Any]) -> int | None:
    """Store an event; None when this supplier sent the same `event_id` before."""
    dialect = session.get_bind().dialect.name
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    statement = (
        insert(SupplierEvent)
        .values(supplier_id=supplier_id, **values)
        .on_conflict_do_nothing()
        .returning(SupplierEvent.id)
    )
    return session.execute(statement).scalar_one_or_none()


def event(session: Session, event_row_id: int) -> SupplierEvent:
    return session.get_one(SupplierEvent, event_row_id)


def waiting_events(session: Session, supplier_id: str, external_id: str) -> list[SupplierEvent]:
    """Events that came before we knew whose they are, oldest first."""
    query = (
        sa.select(SupplierEvent)
        .where(
            SupplierEvent.supplier_id == supplier_id,
            SupplierEvent.external_id == external_id,
            SupplierEvent.outcome == "waiting",
        )
        .order_by(SupplierEvent.id)
    )
    return list(session.scalars(query))


def events(session: Session, supplier_id: str, external_id: str) -> list[SupplierEvent]:
    """Everything the supplier ever sent about one claim, oldest first."""
    query = (
        sa.select(SupplierEvent)
        .where(SupplierEvent.supplier_id == supplier_id, SupplierEvent.external_id == external_id)
        .order_by(SupplierEvent.id)
    )
    return list(session.scalars(query))


def record(session: Session, supplier_id: str) -> Record:
    """How often this supplier said yes, to claims with a parcel and to claims without one."""
    query = (
        sa.select(SupplierClaim.status, SupplierClaim.desired_outcome, sa.func.count())
        .where(SupplierClaim.supplier_id == supplier_id, SupplierClaim.status != RmaStatus.PENDING.value)
        .group_by(SupplierClaim.status, SupplierClaim.desired_outcome)
    )
    counts = [0, 0, 0, 0]
    for status, desired, number in session.execute(query):
        at = 2 if desired == "refund_without_return" else 0
        counts[at + 1] += number
        counts[at] += number if status != RmaStatus.REJECTED.value else 0
    return Record(*counts)


def note(session: Session, claim: SupplierClaim, kind: str, text: str, *, by: str, now: datetime) -> None:
    session.add(SupplierNote(claim_id=claim.id, kind=kind, text=text[:500], by=by, at=now))
    session.flush()


def notes(session: Session, claim_id: str) -> list[SupplierNote]:
    """The claim's history, oldest first."""
    query = sa.select(SupplierNote).where(SupplierNote.claim_id == claim_id).order_by(SupplierNote.id)
    return list(session.scalars(query))


def has_note(session: Session, claim_id: str, kind: str, text: str) -> bool:
    query = sa.select(SupplierNote.id).where(
        SupplierNote.claim_id == claim_id, SupplierNote.kind == kind, SupplierNote.text == text[:500]
    )
    return session.execute(query).first() is not None
