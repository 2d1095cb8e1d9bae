"""The one place where a supplier's JSON becomes our types; anything that does not fit is refused by field name."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from actions.suppliers.port import Inspection, RmaReport, RmaStatus
from common.errors import UpstreamError

# Generous, but a database column and a printed slip have an end.
_LIMITS = {
    "id": 128,
    "event_id": 200,
    "type": 64,
    "rma_number": 64,
    "return_address": 500,
    "instructions": 5000,
    "reason": 2000,
    "condition": 200,
    "note": 2000,
}
_LARGEST_CREDIT = 10**12

EVENT_TYPES = frozenset({"rma.approved", "rma.rejected", "rma.received", "rma.inspected", "rma.credited"})


@dataclass(frozen=True)
class SupplierMessage:
    """One event of a supplier. `report` is None for a type we do not know, which is kept and otherwise ignored."""

    event_id: str
    type: str
    report: RmaReport | None
    payload: dict[str, Any]


def malformed(where: str, what: str) -> UpstreamError:
    """The error for an answer that makes no sense; asking again would not change it."""
    return UpstreamError("supplier.malformed", f"{where}: {what}; ask the supplier to correct it.")


def load_json(raw: bytes, where: str) -> dict[str, Any]:
    """Read a JSON object. Raises UpstreamError for anything else, hostile input included."""
    try:
        value = json.loads(raw.decode("utf-8"), parse_constant=_no_constant)
        # A lone surrogate passes the JSON reader and would fail later, when it is stored.
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except (ValueError, RecursionError) as error:
        raise malformed(where, "the body is not valid JSON in UTF-8") from error
    if not isinstance(value, dict):
        raise malformed(where, "the body is not a JSON object")
    return value


def parse_report(value: object, where: str) -> RmaReport:
    """One RMA as the generic API writes it. Raises UpstreamError `supplier.malformed` naming the field."""
    if not isinstance(value, dict):
        raise malformed(where, "the RMA is not a JSON object")
    external_id = _text(value, "id", where)
    if external_id is None:
        raise malformed(where, "the field id is missing or empty")
    status = _status(value.get("status"), where)
    credit = _credit(value.get("credit_minor"), where)
    if status is RmaStatus.CREDITED and credit is None:
        raise malformed(where, "the field credit_minor is missing though the status is credited")
    return RmaReport(
        external_id=external_id,
        status=status,
        rma_number=_text(value, "rma_number", where),
        return_address=_text(value, "return_address", where),
        instructions=_text(value, "instructions", where),
        reason=_text(value, "reason", where),
        inspection=_inspection(value.get("inspection"), where),
        credit_minor=credit,
    )


def parse_event(raw: bytes, where: str) -> SupplierMessage:
    """One webhook body. Raises UpstreamError `supplier.malformed` naming the field."""
    payload = load_json(raw, where)
    event_id = _text(payload, "event_id", where)
    kind = _text(payload, "type", where)
    if event_id is None or kind is None:
        raise malformed(where, f"the field {'event_id' if event_id is None else 'type'} is missing or empty")
    report = parse_report(payload.get("rma"), f"{where}, rma") if kind in EVENT_TYPES else None
    return SupplierMessage(event_id, kind, report, payload)


def _no_constant(name: str) -> None:
    raise ValueError(name)


def _text(value: dict[str, Any], field: str, where: str) -> str | None:
    """The trimmed text, or None when it is absent, null or blank."""
    text = value.get(field)
    if text is None:
        return None
    if not isinstance(text, str):
        raise malformed(where, f"the field {field} is not text")
    if "\x00" in text or len(text) > _LIMITS[field]:
        raise malformed(where, f"the field {field} is longer than {_LIMITS[field]} characters or holds a zero byte")
    return text.strip() or None


def _status(value: object, where: str) -> RmaStatus:
    if not isinstance(value, str) or value not in set(RmaStatus):
        raise malformed(where, f"the field status is {str(value)[:40]!r}, which is none of {', '.join(RmaStatus)}")
    return RmaStatus(value)


def _credit(value: object, where: str) -> int | None:
    if value is None:
        return None
    # JSON's true is an int to Python.
    if not isinstance(value, int) or isinstance(value, bool):
        raise malformed(where, "the field credit_minor is not a whole number of minor units")
    if not 0 <= value <= _LARGEST_CREDIT:
        raise malformed(where, "the field credit_minor is negative or absurdly large")
    return value


def _inspection(value: object, where: str) -> Inspection | None:
    if value is None:
        return None
    if not isinstance(value, dict):
        raise malformed(where, "the field inspection is not a JSON object")
    condition = _text(value, "condition", f"{where}, inspection")
    if condition is None:
        raise malformed(where, "the field inspection.condition is missing or empty")
    return Inspection(condition, _text(value, "note", f"{where}, inspection") or "")
