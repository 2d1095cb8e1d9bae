"""What about money waits for the merchant, for the overview."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from actions.cases import repository as cases
from actions.orders import repository as orders
from actions.refunds.lateness import lateness
from actions.refunds.news import repository as news
from console import repository
from console.visit import Visit

_SHOWN = 20
# The oldest cases that are under way; one that is younger than the law's days cannot be late.
_LOOKED_AT = 200
_BEFORE_IT_BITES = timedelta(days=7)


@dataclass(frozen=True)
class MoneyRow:
    """One thing to look at; `kind` is outside, chargeback or late. `due` is when it is too late, or costs more."""

    kind: str
    case_id: str
    reference: str
    amount_minor: int
    currency: str
    at: datetime
    due: datetime | None = None


def rows(visit: Visit) -> list[MoneyRow]:
    """Chargebacks first, whose evidence has a date; then the refunds somebody made by hand."""
    session = visit.session
    found: list[MoneyRow] = []
    for dispute in news.chargebacks_open(session, _SHOWN):
        case = next(iter(cases.of_order(session, dispute.order_id)), None)
        found.append(
            MoneyRow(
                "chargeback", case.id if case else "", case.reference if case else dispute.payment_reference,
                dispute.amount_minor, dispute.currency, dispute.opened_at, dispute.evidence_due_at,
            )
        )  # fmt: skip
    for row in news.outside_asked(session, _SHOWN):
        case = next(iter(cases.of_order(session, row.order_id)), None)
        found.append(
            MoneyRow(
                "outside", case.id if case else "", case.reference if case else row.payment_reference,
                row.amount_minor, row.currency, row.found_at,
            )
        )  # fmt: skip
    return found + _late(visit)


def _late(visit: Visit) -> list[MoneyRow]:
    """Refunds whose lateness costs more already, or will within a week; the law's ladder bites step by step."""
    found = []
    for case in repository.cases_under_way(visit.session, _LOOKED_AT):
        order = orders.get(visit.session, case.order_id)
        late = lateness(visit.session, case, order, now=visit.now) if order else None
        if late is None or late.next_on is None or late.next_on > (visit.now + _BEFORE_IT_BITES).date():
            continue
        due = datetime.combine(late.next_on, time(), tzinfo=UTC)
        amount = late.next_surcharge
        found.append(
            MoneyRow("late", case.id, case.reference, amount.minor_units, amount.currency, case.created_at, due)
        )
    return sorted(found, key=lambda row: row.due or row.at)[:_SHOWN]
