"""Claims and events for tests; every default is lawful on its own."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import HealthCheck, settings
from sqlalchemy.orm import Session

from actions.suppliers import repository, service
from actions.suppliers.model import ClaimDraft, SupplierClaim
from actions.suppliers.port import ClaimLine, RmaReport, RmaStatus
from common.shop_config import SupplierConfig
from tests.factories import NOW

# The machine that runs this is shared; slowness there says nothing about the code.
patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

LINES = (ClaimLine("SWEATER-M", "Wool sweater, size M", 1, 1900), ClaimLine("MUG-BLUE", "Blue ceramic mug", 2, 280))


def draft(**values: Any) -> ClaimDraft:
    defaults: dict[str, Any] = {
        "case_id": "case_1",
        "reference": "RT-7K2P9X",
        "order_number": "1043",
        "reason": "wrong_size",
        "legal_basis": "withdrawal",
        "description": "The sleeves are too short.",
        "desired_outcome": "return",
        "currency": "EUR",
        "lines": LINES,
    }
    return ClaimDraft(**(defaults | values))


def open_claim(session: Session, supplier: SupplierConfig, **values: Any) -> SupplierClaim:
    return service.open_claim(session, supplier, draft(**values), now=NOW)


def sent_claim(session: Session, supplier: SupplierConfig, external_id: str = "rma_1", **values: Any) -> SupplierClaim:
    """A claim the supplier has acknowledged."""
    claim = repository.lock(session, open_claim(session, supplier, **values).id)
    service.record_sent(session, claim, report("pending", id=external_id), now=NOW, by="supplier:Northwind")
    return claim


def report(status: str, *, id: str = "rma_1", **values: Any) -> RmaReport:  # noqa: A002 (the field's own name)
    return RmaReport(id, RmaStatus(status), **values)


def event_body(status: str = "approved", *, event_id: str = "evt_1", type_: str | None = None, **rma: Any) -> bytes:
    content = {"id": "rma_1", "status": status} | ({"credit_minor": 2460} if status == "credited" else {}) | rma
    return json.dumps({"event_id": event_id, "type": type_ or f"rma.{status}", "rma": content}).encode()
