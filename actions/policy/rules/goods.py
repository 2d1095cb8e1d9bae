"""Rules about what was bought and what the photos show."""

from __future__ import annotations

from typing import Any, ClassVar

from actions.policy.law.model import Excluded, Period, Presumption, Row
from actions.policy.model import LineFacts, Result, RuleResult
from actions.policy.rules.base import Clause, Situation, answer, law_clause, sentence


class NotExcluded:
    """The goods may be sent back without a fault. Never holds against goods that are faulty, wrong or lost.

    A withdrawal is excluded only for what the law itself excepts; any other exclusion of a shop, such as a final sale,
    gives way to the right.
    """

    id: ClassVar[str] = "exclusions"
    response: ClassVar[str] = "utter_refused_excluded"

    def judge(self, situation: Situation) -> RuleResult:
        if situation.basis not in ("withdrawal", "goodwill"):
            return answer(self, "info", sentence("fault_beats_exclusion"))
        judged = [self._judge_line(situation, line) for line in situation.facts.lines]
        refused = [item for item in judged if item.result == "refuse"]
        if refused and len(refused) < len(judged):
            return answer(self, "person", Clause(refused[0].ground, refused[0].clause), **refused[0].facts)
        for result in ("refuse", "person", "info"):
            for item in judged:
                if item.result == result:
                    return item
        return judged[0] if judged else answer(self, "accept", sentence("no_lines"))

    def _judge_line(self, situation: Situation, line: LineFacts) -> RuleResult:
        words = excluding_words(situation, line)
        shown: dict[str, Any] = {"sku": line.sku, "item": line.name, "because": sorted(words)}
        if not words:
            return answer(self, "accept", situation.policy_clause("exclusions", "–"), sku=line.sku)
        key = "exclusions.tags" if words & situation.policy.exclusions.tags else "exclusions.categories"
        clause = situation.policy_clause(key, ", ".join(sorted(words)))
        if situation.basis == "goodwill":
            return answer(self, "refuse", clause, **shown)
        excepted = [row for row in situation.law.all(Excluded) if words & row.effect.words]
        for row in excepted:
            if not row.effect.unsealed:
                return answer(self, "refuse", law_clause(row), **shown)
        if excepted:
            return self._sealed(situation, excepted[0], shown)
        right = situation.law.find(Period)
        return answer(self, "info", law_clause(right) if right is not None else clause, **shown)

    def _sealed(self, situation: Situation, row: Row[Excluded], shown: dict[str, Any]) -> RuleResult:
        opened = situation.facts.opened
        # Only unsealed goods lose the right; where nobody has said whether the seal is broken, a person asks.
        result: Result = "person" if opened is None else "refuse" if opened else "accept"
        return answer(self, result, law_clause(row), **shown, opened=opened)


def excluding_words(situation: Situation, line: LineFacts) -> frozenset[str]:
    """The words of the policy's exclusions that name this line.

    A tag that names an excluded category excludes too: shops put the word where it fits them.
    """
    exclusions = situation.policy.exclusions
    named = set(line.tags) | ({line.category} if line.category else set())
    return frozenset(named & exclusions.categories) | frozenset(exclusions.tags & set(line.tags))


def asks_for_seal(situation: Situation) -> bool:
    """Whether the decision hangs on a seal that nobody has asked about yet."""
    if situation.basis != "withdrawal" or situation.facts.opened is not None:
        return False
    sealed = [row.effect.words for row in situation.law.all(Excluded) if row.effect.unsealed]
    return any(words & excluding_words(situation, line) for words in sealed for line in situation.facts.lines)


class FaultPresumed:
    """Within the law's months a fault counts as there from the start. After them, and after the policy's own days, a
    person weighs whether it was."""

    id: ClassVar[str] = "presumption"
    response: ClassVar[str] = "utter_case_in_review"

    def judge(self, situation: Situation) -> RuleResult:
        if situation.basis != "non_conformity":
            return answer(self, "info", sentence("no_fault"))
        row, start = situation.law.find(Presumption), situation.delivered_at
        own = situation.policy.window.non_conformity_days
        clause = situation.policy_clause("window.non_conformity_days", own)
        if row is None or start is None:
            return answer(self, "info", clause if row is None else law_clause(row))
        last = row.effect.last_day(start.date())
        shown = {"last_day": last.isoformat(), "days_since_delivery": situation.days}
        if situation.facts.requested_at.date() <= last:
            return answer(self, "accept", law_clause(row), **shown)
        within_own = situation.days is not None and situation.days <= own
        return answer(self, "info" if within_own else "person", clause if within_own else law_clause(row), **shown)


class PhotosBelievable:
    """Photos that leave a doubt go to a person, who looks. No photo is ever a condition of a withdrawal."""

    id: ClassVar[str] = "photos"
    response: ClassVar[str] = "utter_case_in_review"

    def judge(self, situation: Situation) -> RuleResult:
        shown = {"photos": situation.facts.photos_count, "good": situation.good_photos}
        if situation.basis == "withdrawal":
            return answer(self, "info", sentence("withdrawal_no_photo"), **shown)
        if "person" in situation.facts.photo_checks:
            return answer(self, "person", sentence("photos_doubtful"), **shown)
        return answer(self, "accept" if situation.good_photos else "info", sentence("photos_show"), **shown)
