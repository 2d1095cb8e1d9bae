"""By when the law wants a case's money back, and what being late costs on top: told to the merchant before it bites."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from actions.cases import repository as cases
from actions.cases.model import Case
from actions.orders.model import Order
from actions.policy.law import law_of
from actions.policy.law.model import RefundDue
from actions.policy.rules.rights import refund_by
from common.clock import parse_instant
from common.money import Money

_MONEY_IS_OUT = frozenset({"refunded", "replaced", "refused", "cancelled", "expired"})


@dataclass(frozen=True)
class Lateness:
    """`surcharge` is owed today on top, legal interest included; from `next_on` on it will be `next_surcharge`, when
    the law's ladder has a further step."""

    due_by: date
    days_late: int
    surcharge: Money
    next_on: date | None
    next_surcharge: Money
    source: str


def lateness(session: Session, case: Case, order: Order, *, now: datetime) -> Lateness | None:
    """None when nothing is due: the case has ended, no law sets a day, or its clock has not started.

    Rows of law: `actions/policy/law/rows`, such as Code de la consommation, art. L242-4.
    """
    if case.status in _MONEY_IS_OUT or case.legal_basis is None:
        return None
    law = law_of(order.country, case.legal_basis, order.placed_at.date())
    row = law.find(RefundDue)
    start = None if row is None else _start(session, case, row.effect)
    if row is None or start is None:
        return None
    price = case.refund_minor or case.claim_minor
    due_by, today = refund_by(row.effect, start.date()), now.date()
    late = max(0, (today - due_by).days)
    owed = law.surcharge_minor(price, due_by, late)
    ahead = law.next_step(late)
    # Before the due day the ladder has not begun: its days count from there.
    reached = max(today, due_by)
    return Lateness(
        due_by=due_by,
        days_late=late,
        surcharge=Money(owed, case.currency),
        next_on=reached + timedelta(days=ahead) if ahead else None,
        next_surcharge=Money(law.surcharge_minor(price, due_by, late + ahead) if ahead else owed, case.currency),
        source=row.source,
    )


def _start(session: Session, case: Case, due: RefundDue) -> datetime | None:
    """When the law's clock started: with the declaration, with the shop's yes, or with the goods or the proof that they
    were sent."""
    if due.since in ("declared", "terminated"):
        return case.created_at
    if due.since == "agreed":
        return cases.first_in(session, case.id, "refunding")
    reported = (case.parcel or {}).get("reported_at")
    if reported:
        return parse_instant(str(reported))
    return cases.first_in(session, case.id, "received")
