"""Events as a payment service sends them."""

from __future__ import annotations

import json
from typing import Any

from common.ids import new_id


def refund_event(
    kind: str = "refund.succeeded", *, event_id: str | None = None, amount_minor: int = 990, **changes: Any
) -> bytes:
    refund = {"id": "re_hand", "payment_reference": "pay_1", "amount_minor": amount_minor, "currency": "EUR"}
    return _body(kind, event_id, {"refund": refund | changes})


def chargeback_event(status: str = "open", *, event_id: str | None = None, **changes: Any) -> bytes:
    chargeback = {
        "id": "cb_1", "payment_reference": "pay_1", "amount_minor": 990, "currency": "EUR", "reason": "fraudulent",
        "status": status, "fee_minor": 1500, "evidence_due_at": "2026-12-01T00:00:00+00:00",
    }  # fmt: skip
    kind = "chargeback.opened" if status == "open" else "chargeback.closed"
    return _body(kind, event_id, {"chargeback": chargeback | changes})


def _body(kind: str, event_id: str | None, content: dict[str, Any]) -> bytes:
    return json.dumps({"event_id": event_id or new_id("evt"), "type": kind, **content}).encode()
