"""Rules about what was bought and what the photos show."""

from __future__ import annotations

from typing import ClassVar

from actions.policy.model import LineFacts, RuleResult
from actions.policy.rules.base import Situation, answer

# Directive 2011/83/EU art. 16 and the British regulations' reg. 28 let a trader exclude these from withdrawal; any
# other exclusion of a shop, such as a final sale, gives way to the right.
_MADE_TO_ORDER = frozenset({"personalised", "personalized", "made_to_order", "perishable"})
# These only once their seal is broken.
_SEALED = frozenset({"hygiene", "sealed"})


class NotExcluded:
    """The goods may be sent back without a fault. Never holds against goods that are faulty, wrong or lost."""

    id: ClassVar[str] = "exclusions"
    response: ClassVar[str] = "utter_refused_excluded"

    def judge(self, situation: Situation) -> RuleResult:
        if situation.basis in ("non_conformity", "transport_risk"):
            return answer(self, "info", "No exclusion holds against a fault of the goods or a loss.")
        judged = [self._judge_line(situation, line) for line in situation.facts.lines]
        refused = [item for item in judged if item.result == "refuse"]
        if refused and len(refused) < len(judged):
            return answer(self, "person", refused[0].clause, **refused[0].facts)
        for result in ("refuse", "person", "info"):
            for item in judged:
                if item.result == result:
                    return item
        return judged[0] if judged else answer(self, "accept", "There are no lines.")

    def _judge_line(self, situation: Situation, line: LineFacts) -> RuleResult:
        exclusions = situation.policy.exclusions
        words = exclusions.tags & set(line.tags)
        if line.category in exclusions.categories:
            words |= {line.category}
        # A tag that names an excluded category excludes too: shops put the word where it fits them.
        words |= exclusions.categories & set(line.tags)
        shown = {"sku": line.sku, "item": line.name, "because": sorted(words)}
        if not words:
            return answer(self, "accept", situation.policy_clause("exclusions", "none of them"), sku=line.sku)
        key = "exclusions.tags" if words & exclusions.tags else "exclusions.categories"
        clause = situation.policy_clause(key, ", ".join(sorted(words)))
        if situation.floor is None or words & _MADE_TO_ORDER:
            return answer(self, "refuse", clause, **shown)
        if not words & _SEALED:
            return answer(self, "info", f"{situation.floor.source}: a shop cannot exclude this.", **shown)
        if situation.facts.opened is None:
            # Only unsealed goods lose the right, and nobody has said whether the seal is broken.
            return answer(self, "person", "Directive 2011/83/EU, art. 16 (e)", **shown)
        return answer(self, "refuse" if situation.facts.opened else "accept", clause, **shown)


class PhotosBelievable:
    """Photos that leave a doubt go to a person, who looks. No photo is ever a condition of a withdrawal."""

    id: ClassVar[str] = "photos"
    response: ClassVar[str] = "utter_case_in_review"

    def judge(self, situation: Situation) -> RuleResult:
        shown = {"photos": situation.facts.photos_count, "good": situation.good_photos}
        if situation.basis == "withdrawal":
            return answer(self, "info", "A withdrawal needs no photo.", **shown)
        if "person" in situation.facts.photo_checks:
            return answer(self, "person", "A photo needs somebody to look at it.", **shown)
        return answer(self, "accept" if situation.good_photos else "info", "What the photos show.", **shown)
