"""What becomes of a refund once the payment service, or a person, has said so."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from sqlalchemy.orm import Session

from actions.cases import notices
from actions.cases import repository as cases
from actions.cases.model import Case
from actions.cases.transitions import note, transition
from actions.ledger import service as ledger
from actions.refunds import repository
from actions.refunds.model import Refund
from actions.refunds.port import GatewayRefund, RefundContradictionError
from actions.runtime import Runtime
from common.errors import RefusedError
from common.money import Money

Settled = Literal["succeeded", "failed", "pending", "unchanged"]


def hold(session: Session, refund_id: str, why: str, now: datetime) -> None:
    """A person must compare both sides before this refund moves again."""
    case = cases.get_for_change(session, repository.get(session, refund_id).case_id)
    refund = repository.get_for_change(session, refund_id)
    if refund.failure is None:
        refund.failure = why[:300]
        note(session, case, at=now, by="system", why=f"Refund {refund.ordinal} is held: {why}")


def settle(session: Session, runtime: Runtime, refund_id: str, answer: GatewayRefund) -> Settled:
    """Book the payment service's answer: refund, case, ledger and message in the caller's one commit.

    The same answer twice changes nothing. Raises RefundContradictionError when a final refund is said to be otherwise,
    or the amount is another one.
    """
    now = runtime.clock.now()
    case = cases.get_for_change(session, repository.get(session, refund_id).case_id)
    refund = repository.get_for_change(session, refund_id)
    if answer.amount != Money(refund.amount_minor, refund.currency):
        raise RefundContradictionError(
            f"The payment service has {answer.amount.decimal()} {answer.amount.currency} for refund {refund_id}, "
            f"we have {Money(refund.amount_minor, refund.currency).decimal()} {refund.currency}; compare both."
        )
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
    """A named person says that this refund was paid outside Retour."""
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
