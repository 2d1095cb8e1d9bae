"""Queries of the console's own lists, over the tables of others; read only, but for a problem that is settled."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from actions.cases.model import Case, JournalEntry
from actions.refunds.model import Refund
from actions.suppliers.model import SupplierClaim, SupplierDeadline
from common.engine import JobProblem
from common.outbox import Conversation


def count_cases_in_review(session: Session) -> int:
    return session.scalar(sa.select(sa.func.count()).where(Case.status == "awaiting_review")) or 0


def cases_in_review(session: Session, limit: int) -> list[Case]:
    """The ones that have waited longest first."""
    query = sa.select(Case).where(Case.status == "awaiting_review").order_by(Case.created_at, Case.id)
    return list(session.scalars(query.limit(limit)))


def in_review_since(session: Session, case_ids: Sequence[str]) -> dict[str, datetime]:
    """When each of these cases was last given to a person."""
    query = (
        sa.select(JournalEntry.case_id, sa.func.max(JournalEntry.at))
        .where(
            JournalEntry.case_id.in_(case_ids),
            JournalEntry.to_status == "awaiting_review",
            sa.or_(JournalEntry.from_status.is_(None), JournalEntry.from_status != "awaiting_review"),
        )
        .group_by(JournalEntry.case_id)
    )
    return {str(row[0]): row[1] for row in session.execute(query)}


def cases_under_way(session: Session, limit: int) -> list[Case]:
    """Cases in which money may still be owed, oldest first."""
    ended = ("refunded", "replaced", "refused", "cancelled", "expired")
    query = sa.select(Case).where(Case.status.not_in(ended)).order_by(Case.created_at, Case.id)
    return list(session.scalars(query.limit(limit)))


def count_conversations(session: Session, state: str) -> int:
    return session.scalar(sa.select(sa.func.count()).where(Conversation.state == state)) or 0


def conversations_in(session: Session, state: str, limit: int) -> list[Conversation]:
    """The ones whose shopper has waited longest first."""
    query = sa.select(Conversation).where(Conversation.state == state)
    return list(session.scalars(query.order_by(Conversation.last_inbound_at, Conversation.id).limit(limit)))


def conversations(session: Session, *, state: str | None, after: Conversation | None, limit: int) -> list[Conversation]:
    """One page by latest message of the shopper, newest first; those who never wrote are not listed."""
    query = sa.select(Conversation).where(Conversation.last_inbound_at.is_not(None))
    if state:
        query = query.where(Conversation.state == state)
    if after is not None:
        position = sa.tuple_(Conversation.last_inbound_at, Conversation.id)
        last = sa.literal(after.last_inbound_at, type_=Conversation.last_inbound_at.type)
        query = query.where(position < sa.tuple_(last, sa.literal(after.id)))
    query = query.order_by(Conversation.last_inbound_at.desc(), Conversation.id.desc())
    return list(session.scalars(query.limit(limit)))


def conversation(session: Session, conversation_id: str) -> Conversation | None:
    return session.get(Conversation, conversation_id, populate_existing=True)


def cases_of_conversations(session: Session, conversation_ids: Sequence[str]) -> dict[str, Case]:
    """The newest case of each conversation that has one."""
    query = sa.select(Case).where(Case.conversation_id.in_(conversation_ids)).order_by(Case.created_at)
    return {case.conversation_id: case for case in session.scalars(query)}


def refunds_to_pay(session: Session, limit: int) -> list[tuple[Refund, Case]]:
    """Refunds that wait for somebody to pay them, oldest first."""
    query = (
        sa.select(Refund, Case)
        .join(Case, Case.id == Refund.case_id)
        .where(Refund.status.in_(("created", "sent")), Refund.method == "original_payment")
        .order_by(Refund.created_at)
        .limit(limit)
    )
    return [(refund, case) for refund, case in session.execute(query)]


def claims_with_attention(session: Session, limit: int) -> list[tuple[SupplierClaim, Case]]:
    """Supplier claims somebody should look at, oldest first."""
    query = (
        sa.select(SupplierClaim, Case)
        .join(Case, Case.id == SupplierClaim.case_id)
        .where(SupplierClaim.attention.is_not(None))
        .order_by(SupplierClaim.updated_at)
        .limit(limit)
    )
    return [(claim, case) for claim, case in session.execute(query)]


def deadlines_warned(session: Session, limit: int) -> list[tuple[SupplierDeadline, Case]]:
    """Suppliers' deadlines whose alarm went off and that no claim has met, the most urgent first."""
    query = (
        sa.select(SupplierDeadline, Case)
        .join(Case, Case.id == SupplierDeadline.case_id)
        .where(
            SupplierDeadline.warned_at.is_not(None),
            SupplierDeadline.met_at.is_(None),
            Case.status.not_in(("refused", "cancelled", "expired")),
        )
        .order_by(SupplierDeadline.deadline_at)
        .limit(limit)
    )
    return [(row, case) for row, case in session.execute(query)]


def case_of(session: Session, *, case_id: str = "", refund_id: str = "", claim_id: str = "") -> Case | None:
    """The case behind any of these ids."""
    if refund_id:
        case_id = session.scalar(sa.select(Refund.case_id).where(Refund.id == refund_id)) or ""
    elif claim_id:
        case_id = session.scalar(sa.select(SupplierClaim.case_id).where(SupplierClaim.id == claim_id)) or ""
    return session.get(Case, case_id) if case_id else None


def settle_problem(session: Session, key: str, now: datetime) -> bool:
    """A person has dealt with a failed job; False when it was settled before."""
    found = session.execute(
        sa.update(JobProblem)
        .where(JobProblem.key == key, JobProblem.resolved_at.is_(None))
        .values(resolved_at=now)
        .returning(JobProblem.key)
    )
    return found.first() is not None
