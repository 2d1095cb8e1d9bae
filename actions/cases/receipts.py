"""The receipt of a withdrawal: on a durable medium, at once, whatever becomes of the case."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from actions.cases import notices
from actions.cases.model import Case
from actions.documents.links import receipt_url
from actions.orders.model import Order
from actions.policy.law import law_of
from actions.runtime import Runtime


def acknowledge(session: Session, runtime: Runtime, case: Case, order: Order, *, now: datetime) -> None:
    """Send the receipt of a withdrawal in the caller's commit, where the law asks for one (Directive 2011/83/EU,
    art. 11a); a case on another basis gets none."""
    if not has_receipt(case, order):
        return
    title = runtime.phrases.render("utter_receipt_title", case.language).text
    link = {"url": receipt_url(runtime.settings, case.id, now=now), "title": title, "mime": "application/pdf"}
    notices.tell(session, case, "utter_withdrawal_receipt", event="withdrawal_receipt", now=now, attachments=[link])


def has_receipt(case: Case, order: Order) -> bool:
    """Whether the case is a withdrawal that the law wants acknowledged. A shopper who would rather have another article
    does not withdraw, and neither does one whose goods the law excepts."""
    refused = (case.decision or {}).get("outcome") == "refused"
    if case.legal_basis != "withdrawal" or case.desired_outcome is not None or refused:
        return False
    return law_of(order.country, "withdrawal", order.placed_at.date()).asks_two_steps
