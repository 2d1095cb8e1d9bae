"""Where a case stands, as phrases for its shopper."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from actions.cases import notices
from actions.cases.claims import return_address, return_number
from actions.cases.model import Case
from actions.refunds import repository as refunds
from actions.runtime import Runtime
from actions.suppliers import repository as claims
from common.money import Money

StatusLine = tuple[str, dict[str, Any]]


def status_lines(session: Session, runtime: Runtime, case: Case) -> list[StatusLine]:
    """What to tell: `utter_status_<status>` with its parameters. Every parameter is text, ready to be read."""
    parameters: dict[str, Any] = {"reference": case.reference}
    if case.status == "awaiting_parcel":
        parameters |= _return(session, runtime, case)
    elif case.status in ("refunding", "refunded"):
        parameters |= {"amount": _amount(session, case), "days": runtime.policy.refund_days}
    elif case.status == "in_transit":
        parameters["tracking"] = (case.parcel or {}).get("number", "")
    return [(f"utter_status_{case.status}", parameters)]


def _return(session: Session, runtime: Runtime, case: Case) -> dict[str, Any]:
    claim = claims.of_case(session, case.id)
    address = return_address(runtime, claim)
    return {
        "rma_number": return_number(case, claim),
        "address": "\n".join(line.strip() for line in address.splitlines() if line.strip()),
        "deadline": notices.short_date(case.return_by, notices.language(session, case)) if case.return_by else "",
    }


def _amount(session: Session, case: Case) -> str:
    paid = sum(refund.amount_minor for refund in refunds.of_case(session, case.id) if refund.status != "failed")
    return Money(paid, case.currency).format(notices.language(session, case))
