"""Where a case stands, as phrases for its shopper."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from actions.cases import legs, notices
from actions.cases.legs import Leg
from actions.cases.model import Case
from actions.refunds import repository as refunds
from actions.runtime import Runtime
from common.money import Money

StatusLine = tuple[str, dict[str, Any]]


def status_lines(session: Session, runtime: Runtime, case: Case) -> list[StatusLine]:
    """What to tell: `utter_status_<status>` with its parameters. Every parameter is text, ready to be read."""
    parameters: dict[str, Any] = {"reference": case.reference}
    if case.status == "awaiting_parcel":
        return _returns(session, runtime, case)
    if case.status in ("refunding", "refunded"):
        parameters |= {"amount": _amount(session, case), "days": runtime.policy.refund_days}
    elif case.status == "in_transit":
        parameters["tracking"] = (case.parcel or {}).get("number", "")
    return [(f"utter_status_{case.status}", parameters)]


def _returns(session: Session, runtime: Runtime, case: Case) -> list[StatusLine]:
    """Where to send what: one line, or one for each parcel that is still expected."""
    deadline = notices.short_date(case.return_by, notices.language(session, case)) if case.return_by else ""

    def parameters(leg: Leg) -> dict[str, Any]:
        return {
            "reference": case.reference,
            "rma_number": leg.number,
            "address": legs.shown_address(leg),
            "deadline": deadline,
        }

    parcels = legs.of_case(session, runtime, case)
    if len(parcels) == 1:
        return [("utter_status_awaiting_parcel", parameters(parcels[0]))]
    expected = [leg for leg in parcels if leg.step == "expected" and leg.address]
    told = [("utter_status_awaiting_parcel_part", {**parameters(leg), "items": legs.items(leg)}) for leg in expected]
    return told or [("utter_status_awaiting_supplier", {"reference": case.reference})]


def _amount(session: Session, case: Case) -> str:
    paid = sum(refund.amount_minor for refund in refunds.of_case(session, case.id) if refund.status != "failed")
    return Money(paid, case.currency).format(notices.language(session, case))
