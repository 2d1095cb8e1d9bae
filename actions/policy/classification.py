"""The legal basis of a case, found before any rule of the shop is looked at."""

from __future__ import annotations

from datetime import datetime, timedelta

from actions.policy.law import law_of
from actions.policy.law.model import Delivery, Period
from actions.policy.model import CaseFacts, LegalBasis, Policy, Reason

_FAULT: frozenset[Reason] = frozenset({"damaged", "defective", "not_as_described", "wrong_item"})
# What a carrier says of a parcel that will not come any more.
NEVER_ARRIVES = frozenset({"lost", "returned_to_sender", "failure", "cancelled"})


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


def days_without_news(facts: CaseFacts) -> int | None:
    """Days since a parcel under way was last heard of; its dispatch counts as news. None for what was never sent."""
    if facts.fulfilled_at is None:
        return None
    last = max(facts.tracking_last_event_at or facts.fulfilled_at, facts.fulfilled_at)
    return (facts.requested_at.date() - last.date()).days


def legal_basis(facts: CaseFacts, policy: Policy) -> LegalBasis:
    """What the shopper's claim rests on, whatever the shop or the shopper calls it.

    A wish to send back without a fault is a withdrawal while the statutory period runs, and goodwill afterwards.
    """
    if facts.reason in _FAULT:
        return "non_conformity"
    if facts.reason == "not_received":
        return "late_delivery" if _is_late(facts, policy) else "transport_risk"
    right = law_of(facts.country, "withdrawal", facts.placed_at.date()).find(Period)
    start = delivered_at(facts, policy)
    if right is None:
        return "goodwill"
    # Before delivery the right exists already: it ends 14 days after, it does not begin there.
    last = None if start is None else right.effect.last_day(start.date(), informed=policy.informed.withdrawal)
    return "withdrawal" if last is None or facts.requested_at.date() <= last else "goodwill"


def _is_late(facts: CaseFacts, policy: Policy) -> bool:
    """Whether nothing is lost and nothing has come: it was never sent, or still moves when it should long be there."""
    if facts.delivered_at is not None or facts.tracking_status in NEVER_ARRIVES | {"delivered"}:
        return False
    silent = days_without_news(facts)
    if silent is None:
        return True
    rule = law_of(facts.country, "late_delivery", facts.placed_at.date()).find(Delivery)
    waited = (facts.requested_at.date() - facts.placed_at.date()).days
    return silent < policy.not_received_after_days and rule is not None and waited > rule.effect.days
