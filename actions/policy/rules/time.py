"""Rules about time: the window, and the parcel that does not come."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, ClassVar

from actions.policy.classification import NEVER_ARRIVES, days_without_news
from actions.policy.law import law_of
from actions.policy.law.model import Delivery, Limitation, Period, Possession, Row
from actions.policy.model import LineFacts, RuleResult
from actions.policy.rules.base import Clause, Situation, answer, law_clause, sentence

# Where no law sets a date, an order that was not sent for so long is not coming either.
_DELIVERY_DAYS = 30


class WithinWindow:
    """The request came within the days that law and policy give for its basis; the last day counts in full."""

    id: ClassVar[str] = "window"
    response: ClassVar[str] = "utter_refused_window"

    def judge(self, situation: Situation) -> RuleResult:
        if situation.basis in ("transport_risk", "late_delivery"):
            return answer(self, "info", sentence("never_came"))
        lines = situation.facts.lines or (LineFacts("", "", 0, 0, 0),)
        judged = [self._judge_line(situation, line) for line in lines]
        late = [item for item in judged if item.result != "accept"]
        if late and len(late) < len(judged):
            # Some pieces are in time and some are not: a person sorts them.
            return answer(self, "person", Clause(late[0].ground, late[0].clause), **late[0].facts)
        return (late or judged)[0]

    def _judge_line(self, situation: Situation, line: LineFacts) -> RuleResult:
        key, own = own_days(situation, line)
        days, clause = own, situation.policy_clause(key, own)
        start = situation.delivered_at
        last = None if start is None else start.date() + timedelta(days=own)
        lawful = self._lawful(situation)
        if lawful is not None and lawful.effect.days > own:
            days, clause = lawful.effect.days, law_clause(lawful)
        if lawful is not None and start is not None and last is not None:
            by_law = lawful.effect.last_day(start.date(), informed=situation.policy.informed.withdrawal)
            if by_law > last:
                last, clause = by_law, law_clause(lawful)
                days = max(days, own if situation.policy.informed.withdrawal else (by_law - start.date()).days)
        shown = self._shown(situation, days, own, last)
        if last is None or situation.facts.requested_at.date() <= last:
            return answer(self, "accept", clause, **shown)
        if situation.facts.delivered_at is None:
            return answer(self, "person", sentence("delivery_estimated"), **shown)
        limit = situation.law.find(Limitation)
        if limit is not None and situation.facts.requested_at.date() <= limit.effect.last_day(
            situation.facts.delivered_at.date()
        ):
            return answer(self, "person", law_clause(limit), **shown)
        return answer(self, "refuse", clause, **shown)

    def _shown(self, situation: Situation, days: int, own: int, last: date | None) -> dict[str, Any]:
        shown: dict[str, Any] = {
            "window_days": days,
            "days_since_delivery": situation.days,
            "lifted_by_law": days != own,
        }
        if situation.delivered_at is not None and last is not None:
            shown["delivered"] = situation.delivered_at.date().isoformat()
            shown["delivery_known"] = situation.facts.delivered_at is not None
            shown["last_day"] = last.isoformat()
        return shown

    def _lawful(self, situation: Situation) -> Row[Period] | None:
        if situation.basis != "goodwill":
            return situation.law.find(Period)
        # Past the statutory period: still the longer of both is what the shopper had, and is told.
        facts = situation.facts
        return law_of(facts.country, "withdrawal", facts.placed_at.date()).find(Period)


def own_days(situation: Situation, line: LineFacts) -> tuple[str, int]:
    """The policy's days for one line and the key they stand under: what names the product most closely decides.

    A tag of the product, then its category, then the shopper's reason, then the country, then `window.days`.
    """
    window = situation.policy.window
    if situation.basis == "non_conformity":
        return "window.non_conformity_days", window.non_conformity_days
    tagged = [(f"window.by_tag.{tag}", window.by_tag[tag]) for tag in sorted(line.tags) if tag in window.by_tag]
    if tagged:
        return max(tagged, key=lambda item: item[1])
    if line.category is not None and line.category in window.by_category:
        return f"window.by_category.{line.category}", window.by_category[line.category]
    if situation.facts.reason in window.by_reason:
        return f"window.by_reason.{situation.facts.reason}", window.by_reason[situation.facts.reason]
    if situation.facts.country in window.by_market:
        return f"window.by_market.{situation.facts.country}", window.by_market[situation.facts.country]
    return "window.days", window.days


class ParcelOverdue:
    """A parcel counts as lost when nothing has moved for the policy's days. Who pays for a loss is settled by law: the
    seller, until the goods are in the shopper's hands."""

    id: ClassVar[str] = "not_received"
    response: ClassVar[str] = "utter_refused_not_yet"

    def judge(self, situation: Situation) -> RuleResult:
        facts, policy = situation.facts, situation.policy
        if facts.reason != "not_received":
            return answer(self, "info", sentence("arrives"))
        clause = situation.policy_clause("not_received_after_days", policy.not_received_after_days)
        if facts.delivered_at is not None or facts.tracking_status == "delivered":
            risk = situation.law.find(Possession)
            law = law_clause(risk) if risk is not None else sentence("no_proof")
            return answer(self, "person", law, tracking_status=facts.tracking_status)
        if facts.tracking_status in NEVER_ARRIVES:
            return answer(self, "accept", clause, tracking_status=facts.tracking_status)
        still = days_without_news(facts)
        if still is None:
            return self._never_sent(situation)
        last = facts.requested_at.date() - timedelta(days=still)
        shown = {"days_without_news": still, "last_event": last.isoformat()}
        if still >= policy.not_received_after_days:
            return answer(self, "accept", clause, **shown)
        late = situation.law.find(Delivery)
        if late is not None:
            # It moves, but the date by which it had to be there is past: a last date is agreed on, or money goes back.
            return answer(self, "person", law_clause(late), **shown, days_since_order=self._waited(situation))
        until = last + timedelta(days=policy.not_received_after_days)
        return answer(self, "refuse", clause, **shown, until=until.isoformat())

    def _never_sent(self, situation: Situation) -> RuleResult:
        waited, row = self._waited(situation), situation.law.find(Delivery)
        clause = law_clause(row) if row is not None else sentence("never_sent")
        most = row.effect.days if row is not None else _DELIVERY_DAYS
        return answer(self, "accept" if waited > most else "person", clause, days_since_order=waited)

    def _waited(self, situation: Situation) -> int:
        return (situation.facts.requested_at.date() - situation.facts.placed_at.date()).days
