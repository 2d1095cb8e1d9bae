"""The legal basis of a case, found before any rule of the shop is looked at."""

from __future__ import annotations

from datetime import datetime, timedelta

from actions.policy.law import floor
from actions.policy.model import CaseFacts, LegalBasis, Policy, Reason

_FAULT: frozenset[Reason] = frozenset({"damaged", "defective", "not_as_described", "wrong_item"})


def delivered_at(facts: CaseFacts, policy: Policy) -> datetime | None:
    """The day of delivery, or the best the facts allow: dispatch plus transit; None for what was never sent."""
    if facts.delivered_at is not None:
        return facts.delivered_at
    if facts.fulfilled_at is not None:
        return facts.fulfilled_at + timedelta(days=policy.window.transit_days)
    return None


def days_since_delivery(facts: CaseFacts, policy: Policy) -> int | None:
    """Whole calendar days between delivery and request; the day of delivery itself does not count (0)."""
    start = delivered_at(facts, policy)
    return None if start is None else (facts.requested_at.date() - start.date()).days


def legal_basis(facts: CaseFacts, policy: Policy) -> LegalBasis:
    """What the shopper's claim rests on, whatever the shop or the shopper calls it.

    A wish to send back without a fault is a withdrawal while the statutory period runs, and goodwill afterwards.
    """
    if facts.reason in _FAULT:
        return "non_conformity"
    if facts.reason == "not_received":
        return "transport_risk"
    rule = floor(facts.country, "withdrawal", facts.requested_at.date())
    days = days_since_delivery(facts, policy)
    # Before delivery the right exists already: it ends 14 days after, it does not begin there.
    if rule is not None and (days is None or days <= rule.days):
        return "withdrawal"
    return "goodwill"
