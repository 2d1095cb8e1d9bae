"""The one place where the payment service's events become our types; what does not fit is refused by field name."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from actions.refunds.news.model import ChargebackStatus
from actions.refunds.port import GatewayRefund, GatewayStatus
from common.clock import parse_instant
from common.errors import RetourError, UpstreamError
from common.money import Money

# What the database keeps; everything else has 128 characters.
_LIMITS = {"event_id": 200, "type": 64, "failure_reason": 300, "reason": 300}
_USUAL_LIMIT = 128
_REFUNDS: dict[str, GatewayStatus] = {
    "refund.created": "pending",
    "refund.pending": "pending",
    "refund.succeeded": "succeeded",
    "refund.failed": "failed",
}
_CHARGEBACKS: dict[str, frozenset[ChargebackStatus]] = {
    "chargeback.opened": frozenset({"open"}),
    "chargeback.closed": frozenset({"won", "lost"}),
}


@dataclass(frozen=True)
class ChargebackReport:
    """One chargeback as the service sees it now."""

    id: str
    payment_reference: str
    amount: Money
    status: ChargebackStatus
    reason: str
    fee_minor: int
    evidence_due_at: datetime | None


@dataclass(frozen=True)
class PaymentMessage:
    """One event. Without `refund` and `chargeback` its type is none that we know; it is kept and otherwise ignored."""

    event_id: str
    type: str
    payload: dict[str, Any]
    refund: GatewayRefund | None = None
    chargeback: ChargebackReport | None = None


def parse_event(raw: bytes) -> PaymentMessage:
    """One webhook body, verified by the caller. Raises UpstreamError `payment.malformed` naming the field."""
    payload = _load(raw)
    event_id, kind = _text(payload, "event_id"), _text(payload, "type")
    if kind in _REFUNDS:
        return PaymentMessage(event_id, kind, payload, refund=_refund(_object(payload, "refund"), _REFUNDS[kind]))
    if kind in _CHARGEBACKS:
        report = _chargeback(_object(payload, "chargeback"))
        if report.status not in _CHARGEBACKS[kind]:
            raise _malformed(f"the chargeback's status {report.status} does not fit the type {kind}")
        return PaymentMessage(event_id, kind, payload, chargeback=report)
    return PaymentMessage(event_id, kind, payload)


def _refund(value: dict[str, Any], status: GatewayStatus) -> GatewayRefund:
    metadata = value.get("metadata")
    refund_id = metadata.get("refund_id") if isinstance(metadata, dict) else ""
    return GatewayRefund(
        id=_text(value, "id"),
        status=status,
        amount=_money(value),
        failure_reason=_optional(value, "failure_reason") or None,
        idempotency_key=_optional(value, "idempotency_key"),
        payment_reference=_text(value, "payment_reference"),
        refund_id=refund_id if isinstance(refund_id, str) else "",
    )


def _chargeback(value: dict[str, Any]) -> ChargebackReport:
    status = _text(value, "status")
    if status not in ("open", "won", "lost"):
        raise _malformed(f"the field status is {status[:40]!r}, which is none of open, won, lost")
    fee = value.get("fee_minor", 0)
    if not _whole(fee) or fee < 0:
        raise _malformed("the field fee_minor is not a whole number of minor units")
    due = _optional(value, "evidence_due_at")
    try:
        due_at = parse_instant(due) if due else None
    except ValueError as error:
        raise _malformed("the field evidence_due_at is not an instant of ISO 8601 with an offset") from error
    return ChargebackReport(
        id=_text(value, "id"),
        payment_reference=_text(value, "payment_reference"),
        amount=_money(value),
        status=status,  # type: ignore[arg-type]  # one of the three, as was just checked
        reason=_optional(value, "reason")[:120],
        fee_minor=fee,
        evidence_due_at=due_at,
    )


def _load(raw: bytes) -> dict[str, Any]:
    try:
        value = json.loads(raw.decode("utf-8"))
        # A lone surrogate passes the JSON reader and would fail later, when it is stored.
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode("utf-8")
    except (ValueError, RecursionError) as error:
        raise _malformed("the body is not valid JSON in UTF-8") from error
    if not isinstance(value, dict):
        raise _malformed("the body is not a JSON object")
    return value


def _object(value: dict[str, Any], field: str) -> dict[str, Any]:
    found = value.get(field)
    if not isinstance(found, dict):
        raise _malformed(f"the field {field} is not a JSON object")
    return found


def _text(value: dict[str, Any], field: str) -> str:
    text = _optional(value, field)
    if not text:
        raise _malformed(f"the field {field} is missing or empty")
    return text


def _optional(value: dict[str, Any], field: str) -> str:
    text = value.get(field)
    if text is None:
        return ""
    longest = _LIMITS.get(field, _USUAL_LIMIT)
    if not isinstance(text, str) or "\x00" in text or len(text) > longest:
        raise _malformed(f"the field {field} is not text of at most {longest} characters")
    return text.strip()


def _money(value: dict[str, Any]) -> Money:
    amount, currency = value.get("amount_minor"), value.get("currency")
    if not isinstance(amount, int) or not _whole(amount) or not 0 < amount <= 10**12:
        raise _malformed("the field amount_minor is not a positive whole number of minor units")
    try:
        return Money(amount, currency if isinstance(currency, str) else "")
    except RetourError as error:
        raise _malformed("the field currency is not an ISO 4217 code") from error


def _whole(value: object) -> bool:
    # JSON's true is an int to Python.
    return isinstance(value, int) and not isinstance(value, bool)


def _malformed(what: str) -> UpstreamError:
    return UpstreamError("payment.malformed", f"Payment event: {what}; see docs/payment-api.md.")
