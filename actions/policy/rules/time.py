"""Rules about time: the window, and the parcel that does not come."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar

from actions.policy.law import Floor, floor
from actions.policy.model import RuleResult
from actions.policy.rules.base import Situation, answer

_NEVER_ARRIVES = frozenset({"lost", "returned_to_sender", "failure", "cancelled"})
# Directive 2011/83/EU art. 18: without an agreed date a trader delivers within thirty days.
_DELIVERY_DAYS = 30


class WithinWindow:
    """The request came within the days that law and policy give for its basis; the last day counts in full."""

    id: ClassVar[str] = "window"
    response: ClassVar[str] = "utter_refused_window"

    def judge(self, situation: Situation) -> RuleResult:
        if situation.basis == "transport_risk":
            return answer(self, "info", "A parcel that never came has no return window.")
        key, own = self._own_days(situation)
        days, clause = own, situation.policy_clause(key, own)
        least = self._least(situation)
        if least is not None and least.days > own:
            days, clause = least.days, least.source
        shown: dict[str, Any] = {
            "window_days": days,
            "days_since_delivery": situation.days,
            "lifted_by_law": days != own,
        }
        if situation.delivered_at is not None:
            shown["delivered"] = situation.delivered_at.date().isoformat()
            shown["delivery_known"] = situation.facts.delivered_at is not None
        if situation.days is None or situation.days <= days:
            return answer(self, "accept", clause, **shown)
        if situation.facts.delivered_at is None:
            # An estimated delivery date is too little to refuse somebody on.
            return answer(self, "person", clause, **shown)
        return answer(self, "refuse", clause, **shown)

    def _least(self, situation: Situation) -> Floor | None:
        if situation.basis != "goodwill":
            return situation.floor
        # Past the statutory period: still the longer of both is what the shopper had, and is told.
        return floor(situation.facts.country, "withdrawal", situation.facts.requested_at.date())

    def _own_days(self, situation: Situation) -> tuple[str, int]:
        if situation.basis == "non_conformity":
            return "window.non_conformity_days", situation.policy.window.non_conformity_days
        return "window.days", situation.policy.window.days


class ParcelOverdue:
    """A parcel counts as lost when nothing has moved for the policy's days. Who pays for a loss is settled by law: the
    seller, until the goods are in the shopper's hands."""

    id: ClassVar[str] = "not_received"
    response: ClassVar[str] = "utter_refused_not_yet"

    def judge(self, situation: Situation) -> RuleResult:
        facts, policy = situation.facts, situation.policy
        if facts.reason != "not_received":
            return answer(self, "info", "The shopper has the parcel.")
        clause = situation.policy_clause("not_received_after_days", policy.not_received_after_days)
        if facts.delivered_at is not None or facts.tracking_status == "delivered":
            law = situation.floor.source if situation.floor else "A carrier's word is no proof of possession."
            return answer(self, "person", law, tracking_status=facts.tracking_status)
        if facts.tracking_status in _NEVER_ARRIVES:
            return answer(self, "accept", clause, tracking_status=facts.tracking_status)
        if facts.fulfilled_at is None:
            return self._never_sent(situation)
        last = max(facts.tracking_last_event_at or facts.fulfilled_at, facts.fulfilled_at)
        still = (facts.requested_at.date() - last.date()).days
        shown = {"days_without_news": still, "last_event": last.date().isoformat()}
        if still >= policy.not_received_after_days:
            return answer(self, "accept", clause, **shown)
        until = last.date() + timedelta(days=policy.not_received_after_days)
        return answer(self, "refuse", clause, **shown, until=until.isoformat())

    def _never_sent(self, situation: Situation) -> RuleResult:
        waited = (situation.facts.requested_at.date() - situation.facts.placed_at.date()).days
        clause = "Directive 2011/83/EU, art. 18" if situation.floor else "The order was never sent."
        if waited > _DELIVERY_DAYS:
            return answer(self, "accept", clause, days_since_order=waited)
        return answer(self, "person", clause, days_since_order=waited)
