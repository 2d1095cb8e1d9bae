"""What about money waits for the merchant, for the overview."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from actions.cases import repository as cases
from actions.refunds.news import repository as news
from console.visit import Visit

_SHOWN = 20


@dataclass(frozen=True)
class MoneyRow:
    """One thing to look at; `kind` is outside or chargeback. `due` is when it is too late, if there is such a time."""

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
    return found
