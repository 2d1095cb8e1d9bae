"""When no money of an order may leave by itself, and how it goes on afterwards."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from actions.cases import repository as cases
from actions.cases.model import Case
from actions.cases.transitions import note, transition
from actions.refunds import intents, repository
from actions.refunds.model import Refund
from actions.refunds.news import repository as news
from common.engine import enqueue

CHARGEBACK = "An open chargeback: the bank decides about this payment"
BY_HAND = "A refund was made by hand at the payment service; say what it was for"


def reason(session: Session, order_id: str) -> str | None:
    """Why nothing of this order may be sent now; None when it may."""
    if news.has_open_chargeback(session, order_id):
        return CHARGEBACK
    return BY_HAND if news.is_asked(session, order_id) else None


def release(session: Session, order_id: str, *, by: str, now: datetime) -> None:
    """Let the held refunds of an order go on, unless something else holds them or their money is gone by now.

    The caller has locked the order's cases and the order.
    """
    if reason(session, order_id) is not None:
        return
    order = repository.lock_order(session, order_id)
    for refund in repository.held(session, order_id, (CHARGEBACK, BY_HAND)):
        case = cases.get(session, refund.case_id)
        if intents.gone_minor(session, order) > order.total_minor:
            give_up(session, case, refund, by=by, why="the money of the order has gone another way", now=now)
            continue
        refund.failure = None
        note(session, case, at=now, by=by, why=f"Refund {refund.ordinal} goes on")
        # A key of its own: the first job has ended, and the same key would be ignored.
        key = f"refund.execute:{refund.id}!{int(now.timestamp() * 1000)}"
        enqueue(session, "refund.execute", {"refund_id": refund.id}, key=key)


def give_up(session: Session, case: Case, refund: Refund, *, by: str, why: str, now: datetime) -> None:
    """A refund is not needed any more; a person says how its case goes on.

    One that was asked for already stays open, because it may have been paid: only a person can compare both sides.
    """
    text = f"Refund {refund.ordinal} is not paid: {why}"
    if refund.status == "created":
        refund.status, refund.failure, refund.settled_at = "failed", why[:300], now
    else:
        refund.failure = f"It was asked for, then {why}; compare with the payment service"[:300]
        text = f"Refund {refund.ordinal}: {refund.failure}"
    session.flush()
    if case.status == "refunding":
        transition(session, case, "awaiting_review", at=now, by=by, why=text)
    else:
        note(session, case, at=now, by=by, why=text)


def lock_cases(session: Session, order_id: str) -> list[Case]:
    """Every case of the order, locked in the order of their ids, newest first in the answer."""
    for case_id in sorted(case.id for case in cases.of_order(session, order_id)):
        cases.get_for_change(session, case_id)
    return cases.of_order(session, order_id)
