"""Chargebacks: while the bank decides, no money of the order leaves; afterwards the refund goes on, or is not needed.

Fees and lost payments are booked when the chargeback is closed, to the newest case of its order.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from actions.cases.model import Case
from actions.cases.transitions import note
from actions.ledger import service as ledger
from actions.refunds import freeze
from actions.refunds import repository as refunds
from actions.refunds.news import repository
from actions.refunds.news.model import Chargeback
from actions.refunds.news.parse import ChargebackReport
from common.ids import new_id
from common.money import Money

_BANK = "bank"
_RANKS = {"open": 0, "won": 1, "lost": 2}


def reported(session: Session, order_id: str, report: ChargebackReport, *, now: datetime) -> bool:
    """Bring the chargeback up to this report; says whether it changed. Late and repeated reports change nothing."""
    cases = freeze.lock_cases(session, order_id)
    refunds.lock_order(session, order_id)
    row = repository.chargeback_by_external_id(session, report.id)
    if row is None:
        row = _opened(session, order_id, cases, report, now=now)
    elif _RANKS[report.status] <= _RANKS[row.status]:
        return False
    if report.status != "open":
        _closed(session, row, cases, report, now=now)
    return True


def _opened(
    session: Session, order_id: str, cases: list[Case], report: ChargebackReport, *, now: datetime
) -> Chargeback:
    row = Chargeback(
        id=new_id("cb"),
        external_id=report.id,
        order_id=order_id,
        payment_reference=report.payment_reference,
        amount_minor=report.amount.minor_units,
        currency=report.amount.currency,
        reason=report.reason,
        status="open",
        evidence_due_at=report.evidence_due_at,
        opened_at=now,
    )
    session.add(row)
    session.flush()
    for case in cases:
        paid = [refund for refund in refunds.of_case(session, case.id) if refund.status == "succeeded"]
        proof = f"; it was refunded already ({', '.join(r.gateway_id or r.id for r in paid)}), tell the bank"
        why = f"Chargeback {report.id} opened over {report.amount.decimal()} {report.amount.currency}"
        note(session, case, at=now, by=_BANK, why=why + (proof if paid else "; refunds of this order wait"))
    return row


def _closed(session: Session, row: Chargeback, cases: list[Case], report: ChargebackReport, *, now: datetime) -> None:
    row.status, row.closed_at = report.status, now
    row.amount_minor, row.fee_minor = report.amount.minor_units, report.fee_minor
    session.flush()
    for case in cases:
        note(session, case, at=now, by=_BANK, why=f"Chargeback {row.external_id} is {row.status}")
    if cases:
        lost = report.amount if row.status == "lost" else Money.zero(row.currency)
        fee = Money(row.fee_minor, row.currency)
        ledger.chargeback_closed(session, case_id=cases[0].id, chargeback_id=row.id, lost=lost, fee=fee, at=now)
    if row.status == "won":
        freeze.release(session, row.order_id, by=_BANK, now=now)
        return
    for refund in refunds.held(session, row.order_id, (freeze.CHARGEBACK,)):
        case = next(item for item in cases if item.id == refund.case_id)
        freeze.give_up(session, case, refund, by=_BANK, why="the shopper has the money by the chargeback", now=now)
