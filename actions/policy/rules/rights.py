"""Rules that say what the law gives besides: what the shopper may choose, and by when the money is due."""

from __future__ import annotations

from datetime import date, timedelta
from typing import ClassVar

from actions.policy.law.model import RefundDue, Rejection, Remedies, ReplaceWithin, Surcharge
from actions.policy.model import RuleResult
from actions.policy.rules.base import Situation, answer, law_clause, sentence


class Remedy:
    """Says what the shopper of faulty goods may choose on that day; never decides a case."""

    id: ClassVar[str] = "remedy"
    response: ClassVar[str] = "utter_case_in_review"

    def judge(self, situation: Situation) -> RuleResult:
        rejection, remedies = situation.law.find(Rejection), situation.law.find(Remedies)
        if rejection is not None and (situation.days is None or situation.days <= rejection.effect.days):
            return answer(self, "info", law_clause(rejection), choices=["refund", "repair", "replacement"])
        if remedies is None:
            return answer(self, "info", sentence("no_fault"))
        shown = {"choices": sorted(remedies.effect.first), "then": sorted(remedies.effect.then)}
        deadline = situation.law.find(ReplaceWithin)
        if deadline is not None and situation.facts.desired_outcome == "replacement":
            by = situation.facts.requested_at.date() + timedelta(days=deadline.effect.days)
            return answer(self, "info", law_clause(deadline), **shown, replace_by=by.isoformat())
        return answer(self, "info", law_clause(remedies), **shown)


class RefundDeadline:
    """Says by when the law wants the money back, and whether being late costs more; never decides a case."""

    id: ClassVar[str] = "refund_due"
    response: ClassVar[str] = "utter_case_in_review"

    def judge(self, situation: Situation) -> RuleResult:
        row = situation.law.find(RefundDue)
        if row is None:
            return answer(self, "info", sentence("no_deadline"))
        shown: dict[str, object] = {"refund_within_days": row.effect.days, "counted_from": row.effect.since}
        if row.effect.since in ("declared", "terminated"):
            shown["refund_by"] = refund_by(row.effect, situation.facts.requested_at.date()).isoformat()
        late = situation.law.find(Surcharge)
        if late is not None:
            shown["late_costs"] = late.source
        return answer(self, "info", law_clause(row), **shown)


def refund_by(due: RefundDue, start: date) -> date:
    """The last day of a refund whose clock started on `start`; working days leave out Saturdays and Sundays."""
    if not due.working:
        return start + timedelta(days=due.days)
    day, left = start, due.days
    while left:
        day += timedelta(days=1)
        left -= day.weekday() < 5
    return day
