"""Refunds: how much may go back, the intent that is committed first, the call, and the settlement.

The call to the payment service happens outside any transaction, between two commits, so that a crash at any instant
leaves a row that says what to look up.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy.orm import Session

from actions.cases import notices
from actions.cases import repository as cases
from actions.cases.model import Case
from actions.cases.transitions import note, transition
from actions.ledger import service as ledger
from actions.orders.model import Order
from actions.refunds import repository
from actions.refunds.model import Refund, RefundMethod
from actions.refunds.port import (
    GatewayRefund,
    GatewayUnavailableError,
    RefundContradictionError,
    RefundDeclinedError,
    RefundGateway,
    RefundRequest,
)
from actions.runtime import Runtime
from common.database import transaction
from common.engine import enqueue
from common.errors import RefusedError, RetourError
from common.ids import new_id
from common.money import Money

log = logging.getLogger(__name__)

_LONGEST_POLL = timedelta(minutes=5)
# Longer than the longest pause between two tries of a job, so that only forgotten refunds are picked up.
_FORGOTTEN_WHEN_SENT = timedelta(minutes=20)
_FORGOTTEN_WHEN_CREATED = timedelta(minutes=5)
_RECONCILE_AT_ONCE = 100

Settled = Literal["succeeded", "failed", "pending", "unchanged"]


class OverRefundError(RefusedError):
    """More would go back than was paid."""


@dataclass(frozen=True)
class _Attempt:
    request: RefundRequest
    asked_before: bool
    number: int


def ceiling(session: Session, order: Order) -> Money:
    """What of the order can still go back; money on its way, or given back outside Retour, counts as gone."""
    gone = order.refunded_minor + repository.committed_minor(session, order.id)
    return Money(max(0, order.total_minor - gone), order.currency)


def quote(session: Session, case: Case, order: Order) -> Money:
    """Exactly what `intend` will be asked for: the agreed amount, or what is left of the order if that is less."""
    left = ceiling(session, order)
    agreed = Money(case.refund_minor, case.currency)
    return agreed if agreed <= left else left


def intend(
    session: Session, case: Case, amount: Money, *, now: datetime, method: RefundMethod = "original_payment"
) -> Refund:
    """Write the refund and its job in the caller's commit. Raises OverRefundError when it exceeds what was paid."""
    order = repository.lock_order(session, case.order_id)
    left = ceiling(session, order)
    if amount > left or amount.minor_units <= 0:
        raise OverRefundError(
            "refund.too_much",
            f"Case {case.reference} asks for {amount.minor_units} {amount.currency} minor units, "
            f"and {left.minor_units} of order {order.number} are left; correct the amount.",
        )
    ordinal = repository.next_ordinal(session, case.id)
    refund = Refund(
        id=new_id("ref"),
        case_id=case.id,
        order_id=order.id,
        ordinal=ordinal,
        amount_minor=amount.minor_units,
        currency=amount.currency,
        method=method,
        status="created",
        idempotency_key=f"refund:{case.id}:{ordinal}",
        payment_reference=order.payment_reference or "",
        attempts=0,
        created_at=now,
    )
    repository.add(session, refund)
    if method == "original_payment":
        enqueue(session, "refund.execute", {"refund_id": refund.id}, key=f"refund.execute:{refund.id}")
    return refund


def execute(runtime: Runtime, refund_id: str) -> Settled:
    """Ask the payment service and settle. Safe to run any number of times, also at once.

    Raises GatewayUnavailableError when the outcome is unknown; the next run looks the key up before it asks again.
    """
    attempt = _begin(runtime, refund_id)
    if attempt is None:
        return "unchanged"
    try:
        answer = _ask(runtime.gateway, attempt)
        if answer.amount != attempt.request.amount:
            raise RefundContradictionError(
                f"The payment service has {answer.amount.decimal()} {answer.amount.currency} for refund {refund_id}, "
                f"we have {attempt.request.amount.decimal()} {attempt.request.amount.currency}; compare both."
            )
    except RefundDeclinedError as error:
        with transaction(runtime.engine) as session:
            return settle(session, runtime, refund_id, _declined(attempt.request, error.message))
    except RefundContradictionError as error:
        with transaction(runtime.engine) as session:
            _hold(session, refund_id, error.message, runtime.clock.now())
        raise
    with transaction(runtime.engine) as session:
        settled = settle(session, runtime, refund_id, answer)
        if settled == "pending" and not runtime.gateway.by_hand:
            delay = min(timedelta(seconds=2.0 ** min(attempt.number, 12)), _LONGEST_POLL)
            key = f"refund.execute:{refund_id}#{attempt.number}"
            enqueue(session, "refund.execute", {"refund_id": refund_id}, key=key, delay=delay)
    return settled


def _begin(runtime: Runtime, refund_id: str) -> _Attempt | None:
    now = runtime.clock.now()
    with transaction(runtime.engine) as session:
        refund = repository.get_for_change(session, refund_id)
        if refund.status in ("succeeded", "failed") or refund.method != "original_payment":
            return None
        case = cases.get(session, refund.case_id)
        asked_before = refund.status == "sent"
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
        return _Attempt(request, asked_before, refund.attempts)


def _ask(gateway: RefundGateway, attempt: _Attempt) -> GatewayRefund:
    if not attempt.request.payment_reference and not gateway.by_hand:
        raise RefundDeclinedError("The order has no payment reference; pay by hand and record it in the console.")
    if attempt.asked_before:
        # A stored answer may be older than the key's memory at the service, so look before asking twice.
        found = gateway.find(attempt.request.idempotency_key)
        if found is not None:
            return found
    return gateway.refund(attempt.request)


def _declined(request: RefundRequest, why: str) -> GatewayRefund:
    return GatewayRefund(id="", status="failed", amount=request.amount, failure_reason=why)


def _hold(session: Session, refund_id: str, why: str, now: datetime) -> None:
    case = cases.get_for_change(session, repository.get(session, refund_id).case_id)
    refund = repository.get_for_change(session, refund_id)
    if refund.failure is None:
        refund.failure = why[:300]
        note(session, case, at=now, by="system", why=f"Refund {refund.ordinal} is held: {why}")


def settle(session: Session, runtime: Runtime, refund_id: str, answer: GatewayRefund) -> Settled:
    """Book the payment service's answer: refund, case, ledger and message in the caller's one commit.

    The same answer twice changes nothing. Raises RefundContradictionError when a final refund is said to be otherwise.
    """
    now = runtime.clock.now()
    case = cases.get_for_change(session, repository.get(session, refund_id).case_id)
    refund = repository.get_for_change(session, refund_id)
    if refund.status in ("succeeded", "failed"):
        if answer.status not in (refund.status, "pending"):
            raise RefundContradictionError(
                f"Refund {refund_id} is {refund.status} here and {answer.status} at the payment service; compare both."
            )
        return "unchanged"
    refund.gateway_id = answer.id or refund.gateway_id
    if answer.status == "pending":
        return "pending"
    refund.settled_at = now
    if answer.status == "failed":
        _failed(session, case, refund, answer.failure_reason or "declined", now)
        return "failed"
    _succeeded(session, runtime, case, refund, now)
    return "succeeded"


def _succeeded(session: Session, runtime: Runtime, case: Case, refund: Refund, now: datetime) -> None:
    amount = Money(refund.amount_minor, refund.currency)
    credit_note = refund.method == "store_credit"
    refund.status, refund.failure = "succeeded", None
    ledger.refund_paid(session, case_id=case.id, refund_id=refund.id, amount=amount, credit_note=credit_note, at=now)
    session.flush()
    in_flight = [item for item in repository.of_case(session, case.id) if item.status in ("created", "sent")]
    if case.status == "refunding" and not in_flight:
        why = f"{amount.decimal()} {amount.currency} paid back"
        transition(session, case, "refunded", at=now, by="payment service", why=why)
    formatted = amount.format(notices.language(session, case))
    if credit_note:
        notices.tell(
            session,
            case,
            "utter_case_store_credit",
            event=f"refunded:{refund.id}",
            now=now,
            parameters={"amount": formatted, "code": refund.gateway_id or ""},
        )
        return
    notices.tell(
        session,
        case,
        "utter_case_refunded",
        event=f"refunded:{refund.id}",
        now=now,
        parameters={"amount": formatted, "days": runtime.policy.refund_days},
    )


def _failed(session: Session, case: Case, refund: Refund, why: str, now: datetime) -> None:
    refund.status, refund.failure = "failed", why[:300]
    reason = f"Refund {refund.ordinal} failed: {why}"
    if case.status == "refunding":
        transition(session, case, "awaiting_review", at=now, by="payment service", why=reason)
    else:
        note(session, case, at=now, by="payment service", why=reason)
    notices.tell(session, case, "utter_case_refund_trouble", event=f"refund_trouble:{refund.id}", now=now)


def record_by_hand(session: Session, runtime: Runtime, refund_id: str, *, by: str, gateway_id: str) -> Settled:
    """A named person says that this refund was paid outside Retour, or which credit note was handed out."""
    now = runtime.clock.now()
    case = cases.get_for_change(session, repository.get(session, refund_id).case_id)
    refund = repository.get_for_change(session, refund_id)
    if refund.status == "failed":
        raise RefusedError("refund.final", f"Refund {refund_id} has failed; approve the case again instead.")
    if refund.status == "succeeded":
        return "unchanged"
    note(session, case, at=now, by=by, why=f"Recorded refund {refund.ordinal} as paid: {gateway_id}")
    amount = Money(refund.amount_minor, refund.currency)
    return settle(session, runtime, refund_id, GatewayRefund(gateway_id, "succeeded", amount))


def reconcile(runtime: Runtime) -> int:
    """Look up every refund that was left without an answer; says how many were settled.

    When the service is away the rest waits for the next time. A contradiction is raised after all others had their
    turn; its refund is held for a person and not looked up again.
    """
    if runtime.gateway.by_hand:
        return 0
    now = runtime.clock.now()
    with transaction(runtime.engine) as session:
        forgotten = repository.unanswered(
            session,
            created_before=now - _FORGOTTEN_WHEN_CREATED,
            sent_before=now - _FORGOTTEN_WHEN_SENT,
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
