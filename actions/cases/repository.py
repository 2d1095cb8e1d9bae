"""Queries of cases."""

from __future__ import annotations

import base64
import binascii
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from actions.cases.model import Case, CaseFilter, CaseLine, CasePage, JournalEntry, Status
from actions.orders.model import OrderReader
from actions.refunds.model import Refund
from actions.suppliers.model import SupplierClaim
from common.database import lock
from common.errors import NotFoundError, RefusedError
from common.outbox import Conversation

# Lines of these cases are free to be claimed again.
_WITHDRAWN = ("refused", "cancelled", "expired")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def add(session: Session, case: Case) -> None:
    """The case with its lines."""
    session.add(case)
    session.flush()


def get(session: Session, case_id: str) -> Case:
    """By id or by reference. Raises NotFoundError."""
    case = session.scalars(sa.select(Case).where(sa.or_(Case.id == case_id, Case.reference == case_id))).first()
    if case is None:
        raise _unknown(case_id)
    return case


def get_for_change(session: Session, case_id: str) -> Case:
    """The case, locked and read afresh; by id. Raises NotFoundError."""
    if not lock(session, Case, case_id):
        raise _unknown(case_id)
    return session.get_one(Case, case_id, populate_existing=True)


def by_key(session: Session, key: str) -> Case | None:
    return session.scalars(sa.select(Case).where(Case.key == key)).first()


def reference_taken(session: Session, reference: str) -> bool:
    return session.execute(sa.select(Case.id).where(Case.reference == reference)).first() is not None


def has_journal(session: Session, case_id: str, why: str) -> bool:
    query = sa.select(JournalEntry.id).where(JournalEntry.case_id == case_id, JournalEntry.why == why[:500])
    return session.execute(query.limit(1)).first() is not None


def has_been(session: Session, case_id: str, status: Status) -> bool:
    query = sa.select(JournalEntry.id).where(JournalEntry.case_id == case_id, JournalEntry.to_status == status)
    return session.execute(query.limit(1)).first() is not None


def first_in(session: Session, case_id: str, status: Status) -> datetime | None:
    """When the case first came into that status."""
    query = sa.select(sa.func.min(JournalEntry.at)).where(
        JournalEntry.case_id == case_id, JournalEntry.to_status == status
    )
    return session.execute(query).scalar_one_or_none()


def claimed(session: Session, order_id: str, *, except_case: str = "") -> dict[str, int]:
    """Pieces that are in a case already, by order line; one case may be left out."""
    query = (
        sa.select(CaseLine.order_line_id, sa.func.sum(CaseLine.quantity))
        .join(Case, Case.id == CaseLine.case_id)
        .where(Case.order_id == order_id, Case.id != except_case, Case.status.not_in(_WITHDRAWN))
        .group_by(CaseLine.order_line_id)
    )
    return {line: int(quantity) for line, quantity in session.execute(query)}


def of_order(session: Session, order_id: str) -> list[Case]:
    """Newest first."""
    query = sa.select(Case).where(Case.order_id == order_id).order_by(Case.created_at.desc(), Case.id.desc())
    return list(session.scalars(query))


def of_conversation(session: Session, conversation_id: str) -> list[Case]:
    """Newest first."""
    query = sa.select(Case).where(Case.conversation_id == conversation_id)
    return list(session.scalars(query.order_by(Case.created_at.desc(), Case.id.desc())))


def returnless_count(session: Session, email: str, since: datetime) -> int:
    """How many refunds without return this shopper was given since then."""
    query = sa.select(sa.func.count()).where(
        Case.customer_email == email,
        Case.resolution == "refund_without_return",
        Case.created_at >= since,
        Case.status.not_in(_WITHDRAWN),
    )
    return int(session.execute(query).scalar_one())


def followed_in(session: Session, case: Case) -> Conversation | None:
    """Where the shopper of a case spoke last, on whatever channel: the case's own conversation or a later one in which
    its order was proven and that is still about it.
    """
    readers = sa.select(OrderReader.conversation_id).where(OrderReader.order_id == case.order_id)
    query = sa.select(Conversation).where(sa.or_(Conversation.id == case.conversation_id, Conversation.id.in_(readers)))
    spoke_at = sa.func.coalesce(Conversation.last_inbound_at, Conversation.created_at)
    own = sa.case((Conversation.id == case.conversation_id, 0), else_=1)
    return session.scalars(query.order_by(spoke_at.desc(), own).limit(1)).first()


def conversation(session: Session, conversation_id: str) -> Conversation | None:
    return session.get(Conversation, conversation_id)


def count_by_status(session: Session) -> dict[str, int]:
    query = sa.select(Case.status, sa.func.count()).group_by(Case.status)
    return {status: int(count) for status, count in session.execute(query)}


def search(session: Session, wanted: CaseFilter, *, cursor: str | None = None, limit: int = 50) -> CasePage:
    """One page, newest first; `cursor` is the last page's `next_cursor`. Raises RefusedError for a broken one."""
    query = sa.select(Case).where(*_conditions(wanted))
    if cursor is not None:
        at, case_id = _read_cursor(cursor)
        query = query.where(sa.tuple_(Case.created_at, Case.id) < sa.tuple_(at, sa.literal(case_id)))
    rows = list(session.scalars(query.order_by(Case.created_at.desc(), Case.id.desc()).limit(limit + 1)))
    more = len(rows) > limit
    return CasePage(rows[:limit], _cursor(rows[limit - 1]) if more else None)


def _conditions(wanted: CaseFilter) -> list[sa.ColumnElement[bool]]:
    conditions: list[sa.ColumnElement[bool]] = []
    if wanted.status:
        conditions.append(Case.status == wanted.status)
    if wanted.order_number:
        conditions.append(Case.order_number == wanted.order_number.strip())
    if wanted.conversation_id:
        conditions.append(Case.conversation_id == wanted.conversation_id)
    if wanted.reason:
        conditions.append(Case.reason == wanted.reason)
    text = wanted.text.strip()
    if text:
        conditions.append(
            sa.or_(
                Case.reference == text.upper(),
                Case.order_number == text.lstrip("#"),
                Case.order_number == text,
                Case.customer_email == text.lower(),
            )
        )
    return conditions


def _cursor(case: Case) -> str:
    # Integer arithmetic: a float timestamp loses microseconds and a page would lose a case.
    micros = (case.created_at - _EPOCH) // timedelta(microseconds=1)
    return base64.urlsafe_b64encode(f"{micros}|{case.id}".encode()).decode()


def _read_cursor(cursor: str) -> tuple[Any, str]:
    try:
        micros, _, case_id = base64.urlsafe_b64decode(cursor.encode()).decode().partition("|")
        at = _EPOCH + timedelta(microseconds=int(micros))
    except (binascii.Error, UnicodeError, ValueError, OverflowError) as error:
        raise RefusedError("case.cursor", "This page cursor is not one of ours; start from the first page.") from error
    return sa.literal(at, type_=Case.created_at.type), case_id


def neglected(session: Session, *, before: datetime, limit: int) -> list[str]:
    """Ids of cases that nothing has moved on since then: undecided, or refunding with no refund under way."""
    under_way = sa.exists().where(Refund.case_id == Case.id, Refund.status.in_(("created", "sent")))
    query = sa.select(Case.id).where(Case.status.in_(("collecting", "refunding")), Case.updated_at < before, ~under_way)
    return list(session.scalars(query.order_by(Case.updated_at).limit(limit)))


def unsent_claims(session: Session, *, before: datetime, limit: int) -> list[str]:
    """Ids of claims the supplier should have had long ago."""
    query = sa.select(SupplierClaim.id).where(
        SupplierClaim.sent_at.is_(None), SupplierClaim.closed_at.is_(None), SupplierClaim.requested_at < before
    )
    return list(session.scalars(query.order_by(SupplierClaim.requested_at).limit(limit)))


def overdue_parcels(session: Session, *, now: datetime, limit: int) -> list[str]:
    """Ids of cases whose return deadline has passed without a parcel."""
    query = sa.select(Case.id).where(Case.status == "awaiting_parcel", Case.return_by < now)
    return list(session.scalars(query.order_by(Case.return_by).limit(limit)))


def _unknown(case_id: str) -> NotFoundError:
    return NotFoundError("case.unknown", f"There is no case {case_id}.")
