"""The shape of a case as CONTRACT.md promises it."""

from __future__ import annotations

import json

from sqlalchemy.orm import Session

from actions.cases.view import case_json, case_row
from actions.runtime import Runtime
from tests.factories import open_case

_PROMISED = [
    "id", "reference", "order_number", "shop", "channel", "conversation_id", "language", "status", "reason",
    "legal_basis", "resolution", "lines", "currency", "evidence", "decision", "supplier", "refunds", "handoff",
    "created_at", "updated_at", "journal",
]  # fmt: skip


def test_every_promised_field_is_there_and_it_is_json(session: Session, runtime: Runtime) -> None:
    shape = json.loads(json.dumps(case_json(session, open_case(session, runtime))))
    assert list(shape)[: len(_PROMISED)] == _PROMISED
    assert set(shape["lines"][0]) >= {"sku", "name", "quantity", "unit_price_minor", "reason"}
    assert set(shape["evidence"][0]) >= {"id", "sha256", "mime", "checks"}
    assert set(shape["decision"]) >= {"outcome", "rules"}
    assert set(shape["decision"]["rules"][0]) >= {"id", "result", "clause", "facts"}
    assert set(shape["supplier"]) >= {
        "name", "status", "external_id", "rma_number", "deadline_at", "credit_expected_minor", "credit_received_minor",
    }  # fmt: skip
    assert set(shape["refunds"][0]) >= {
        "id", "status", "amount_minor", "currency", "method", "idempotency_key", "gateway_id",
    }  # fmt: skip
    assert shape["handoff"] == {"state": "bot", "reason": None}
    assert set(shape["journal"][0]) == {"at", "from", "to", "by", "why"}


def test_a_list_row_is_json_too(session: Session, runtime: Runtime) -> None:
    row = case_row(open_case(session, runtime))
    assert json.loads(json.dumps(row))["items"] == "1 × Blue ceramic mug"
