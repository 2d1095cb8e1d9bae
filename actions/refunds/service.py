"""Refunds: the intent that is committed first, the call, and the settlement. One door to all of it.

The call to the payment service happens outside any transaction, between two commits, so that a crash at any instant
leaves a row that says what to look up.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from actions.cases import repository as cases
from actions.cases.model import Case
from actions.credits import service as store_credits
from actions.orders.model import Order
from actions.refunds import freeze, repository
from actions.refunds.intents import OverRefundError, case_ceiling, ceiling, gone_minor, intend, quote
from actions.refunds.model import Refund, RefundMethod
from actions.refunds.news import audit
from actions.refunds.port import (
    GatewayRefund,
    GatewayUnavailableError,
    RefundContradictionError,
    RefundDeclinedError,
    RefundGateway,
    RefundRequest,
)
from actions.refunds.settlement import Settled, hold, record_by_hand, settle
from actions.runtime import Runtime
from common.database import transaction
from common.engine import enqueue
from common.errors import RetourError
from common.money import Money

log = logging.getLogger(__name__)

_LONGEST_POLL = timedelta(minutes=5)
# Longer than the longest pause between two tries of a job, so that only forgotten refunds are picked up.
_FORGOTTEN_WHEN_SENT = timedelta(minutes=20)
_FORGOTTEN_WHEN_CREATED = timedelta(minutes=5)
_RECONCILE_AT_ONCE = 100


@dataclass(frozen=True)
class _Attempt:
    request: RefundRequest
    asked_before: bool
    number: int
    only_look: bool


def execute(runtime: Runtime, refund_id: str) -> Settled:
    """Ask the payment service and settle. Safe to run any number of times, also at once.

    Before the first try it looks at what the service lists for the payment, so that a refund somebody made by hand
    there is asked about and not doubled. Raises GatewayUnavailableError when the outcome is unknown; the next run looks
    the key up before it asks again.
    """
    with transaction(runtime.engine) as session:
        refund = repository.get(session, refund_id)
        method, reference = refund.method, refund.payment_reference if refund.status == "created" else ""
    if method == "store_credit":
        return _hand_out(runtime, refund_id)
    # What the service knows of the payment that we do not, before anything is asked for the first time.
    audit.payment(runtime, reference)
    attempt = _begin(runtime, refund_id)
    if attempt is None:
        return "unchanged"
    try:
        answer = _ask(runtime.gateway, attempt)
    except RefundDeclinedError as error:
        with transaction(runtime.engine) as session:
            return settle(session, runtime, refund_id, _declined(attempt.request, error.message))
    except RefundContradictionError as error:
        _hold(runtime, refund_id, error)
        raise
    if answer is None:
        return "unchanged"
    try:
        with transaction(runtime.engine) as session:
            settled = settle(session, runtime, refund_id, answer)
            if settled == "pending" and not runtime.gateway.by_hand:
                delay = min(timedelta(seconds=2.0 ** min(attempt.number, 12)), _LONGEST_POLL)
                key = f"refund.execute:{refund_id}#{attempt.number}"
                enqueue(session, "refund.execute", {"refund_id": refund_id}, key=key, delay=delay)
    except RefundContradictionError as error:
        _hold(runtime, refund_id, error)
        raise
    return settled


def _hold(runtime: Runtime, refund_id: str, error: RefundContradictionError) -> None:
    with transaction(runtime.engine) as session:
        hold(session, refund_id, error.message, runtime.clock.now())


def _hand_out(runtime: Runtime, refund_id: str) -> Settled:
    """A store credit needs no other system: its code is made and told in one commit."""
    now = runtime.clock.now()
    with transaction(runtime.engine) as session:
        case = cases.get_for_change(session, repository.get(session, refund_id).case_id)
        order = repository.lock_order(session, case.order_id)
        refund = repository.get_for_change(session, refund_id)
        if refund.status in ("succeeded", "failed"):
            return "unchanged"
        if _stopped(session, case, order, refund, now):
            return "unchanged"
        amount = Money(refund.amount_minor, refund.currency)
        credit = store_credits.issue(session, refund_id=refund.id, case_id=case.id, amount=amount, now=now)
        return settle(session, runtime, refund_id, GatewayRefund(credit.code, "succeeded", amount))


def _begin(runtime: Runtime, refund_id: str) -> _Attempt | None:
    """Say in the database that the service is about to be asked; None when it must not be."""
    now = runtime.clock.now()
    with transaction(runtime.engine) as session:
        case = cases.get_for_change(session, repository.get(session, refund_id).case_id)
        order = repository.lock_order(session, case.order_id)
        refund = repository.get_for_change(session, refund_id)
        if refund.status in ("succeeded", "failed"):
            return None
        stopped, asked_before = _stopped(session, case, order, refund, now), refund.status == "sent"
        if stopped and not asked_before:
            return None
        refund.status = "sent"
        refund.attempts += 1
        refund.first_sent_at = refund.first_sent_at or now
        refund.last_sent_at = now
        request = RefundRequest(
            idempotency_key=refund.idempotency_key,
            payment_reference=refund.payment_reference,
            amount=Money(refund.amount_minor, refund.currency),
            refund_id=refund.id,
            case_reference=case.reference,
        )
        # One that was asked for and is held by now is looked up, and not asked for again.
        return _Attempt(request, asked_before, refund.attempts, only_look=stopped)


def _stopped(session: Session, case: Case, order: Order, refund: Refund, now: datetime) -> bool:
    """Whether nothing may be paid now; why stands in the refund. All three rows are locked by the caller."""
    frozen = freeze.reason(session, order.id)
    if frozen is not None:
        refund.failure = refund.failure or frozen
    elif refund.status == "created" and gone_minor(session, order) > order.total_minor:
        freeze.give_up(session, case, refund, by="system", why="the money of the order has gone another way", now=now)
    return refund.failure is not None


def _ask(gateway: RefundGateway, attempt: _Attempt) -> GatewayRefund | None:
    """The service's answer; None when nothing may be asked and it knows nothing."""
    if not attempt.request.payment_reference and not gateway.by_hand:
        raise RefundDeclinedError("The order has no payment reference; pay by hand and record it in the console.")
    if attempt.asked_before:
        # A stored answer may be older than the key's memory at the service, so look before asking twice.
        found = gateway.find(attempt.request.idempotency_key)
        if found is not None:
            return found
    return None if attempt.only_look else gateway.refund(attempt.request)


def _declined(request: RefundRequest, why: str) -> GatewayRefund:
    return GatewayRefund(id="", status="failed", amount=request.amount, failure_reason=why)


def reconcile(runtime: Runtime) -> int:
    """Look up every refund that was left without an answer; says how many were settled.

    When the service is away the rest waits for the next time. A contradiction is raised after all others had their
    turn; its refund is held for a person and not looked up again.
    """
    # Nobody can be asked what became of money that people pay by hand.
    methods: tuple[RefundMethod, ...] = ("store_credit",)
    if not runtime.gateway.by_hand:
        methods = ("store_credit", "original_payment")
    now = runtime.clock.now()
    with transaction(runtime.engine) as session:
        forgotten = repository.unanswered(
            session,
            created_before=now - _FORGOTTEN_WHEN_CREATED,
            sent_before=now - _FORGOTTEN_WHEN_SENT,
            methods=methods,
            limit=_RECONCILE_AT_ONCE,
        )
    settled = 0
    contradiction: RefundContradictionError | None = None
    for refund_id in forgotten:
        try:
            settled += execute(runtime, refund_id) in ("succeeded", "failed")
        except GatewayUnavailableError as error:
            log.warning("payment service away during reconciliation", extra={"code": error.code})
            break
        except RefundContradictionError as error:
            contradiction = error
        except RetourError as error:
            log.warning("refund not reconciled", extra={"refund": refund_id, "code": error.code})
    if contradiction is not None:
        raise contradiction
    return settled


__all__ = [
    "OverRefundError",
    "case_ceiling",
    "ceiling",
    "execute",
    "intend",
    "quote",
    "reconcile",
    "record_by_hand",
    "settle",
]
