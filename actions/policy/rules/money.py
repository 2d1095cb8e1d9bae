"""Rules about money: what is left to refund, what may go out by itself, and what needs no parcel."""

from __future__ import annotations

from typing import ClassVar

from actions.policy.law.model import ReturnCost as ReturnCostRow
from actions.policy.model import RuleResult
from actions.policy.rules.base import Situation, answer, law_clause, sentence


class SomethingLeft:
    """A refund never exceeds what was paid and not given back yet."""

    id: ClassVar[str] = "ceiling"
    response: ClassVar[str] = "utter_refused_nothing_left"

    def judge(self, situation: Situation) -> RuleResult:
        facts = situation.facts
        left = facts.total_minor - facts.already_refunded_minor
        clause = sentence("ceiling")
        shown = {
            "claim_minor": facts.claim_minor,
            "outbound_shipping_minor": situation.outbound_minor,
            "fee_minor": situation.fee_minor,
            "left_minor": left,
            "refund_minor": situation.refund_minor,
            "currency": facts.currency,
        }
        if not facts.lines or facts.claim_minor <= 0 or left <= 0:
            return answer(self, "refuse", clause, **shown)
        # Somebody gave money back outside this case; whether for these pieces only a person can tell.
        return answer(self, "person" if left < facts.claim_minor else "accept", clause, **shown)


class BelowAutomaticLimit:
    """Above the policy's limit a person approves; so does a currency the policy does not name. A shopper the policy
    trusts has no limit."""

    id: ClassVar[str] = "automatic_refund_limit"
    response: ClassVar[str] = "utter_case_in_review"

    def judge(self, situation: Situation) -> RuleResult:
        currency = situation.facts.currency
        limit = situation.policy.automatic_refund_limit_minor.get(currency)
        if limit is None:
            clause = situation.policy_clause("automatic_refund_limit", f"nothing for {currency}")
        else:
            clause = situation.policy_clause(f"automatic_refund_limit.{currency}", limit)
        if situation.facts.shopper_standing == "trusted":
            clause = situation.policy_clause("shoppers.trusted", "no limit")
            return answer(self, "accept", clause, refund_minor=situation.refund_minor, limit_minor=limit)
        within = limit is not None and situation.refund_minor <= limit
        return answer(
            self, "accept" if within else "person", clause, refund_minor=situation.refund_minor, limit_minor=limit
        )


class KeepTheItem:
    """Accepts when the money may go back while the item stays; otherwise says (`info`) which conditions miss."""

    id: ClassVar[str] = "returnless"
    response: ClassVar[str] = "utter_case_in_review"

    def judge(self, situation: Situation) -> RuleResult:
        facts, rule = situation.facts, situation.policy.returnless
        if facts.reason == "not_received":
            return answer(self, "accept", sentence("never_came"))
        key, most = self._most(situation)
        conditions = {
            "reason": facts.reason in rule.reasons,
            "value": most is not None and facts.claim_minor <= most,
            "photos": situation.good_photos >= rule.photos_minimum,
            "per_shopper": facts.shopper_standing == "trusted" or facts.returnless_before < rule.per_shopper_count,
        }
        missing = [name for name, holds in conditions.items() if not holds]
        return answer(
            self,
            "info" if missing else "accept",
            situation.policy_clause(key, most),
            claim_minor=facts.claim_minor,
            max_value_minor=most,
            good_photos=situation.good_photos,
            photos_minimum=rule.photos_minimum,
            before=facts.returnless_before,
            missing=missing,
        )

    def _most(self, situation: Situation) -> tuple[str, int | None]:
        """The highest value and the key it stands under: the lowest of the claimed categories' limits, where one of
        them has its own, else the general one."""
        facts, rule = situation.facts, situation.policy.returnless
        own = [
            (f"returnless.by_category.{line.category}", rule.by_category[line.category].get(facts.currency))
            for line in facts.lines
            if line.category is not None and line.category in rule.by_category
        ]
        general = rule.max_value_minor.get(facts.currency)
        if len(own) < len(facts.lines) or not own:
            key = f"returnless.max_value.{facts.currency}" if general is not None else "returnless.max_value"
            own.append((key, general))
        return min(own, key=lambda item: -1 if item[1] is None else item[1])


class ReturnCost:
    """Says who pays the way back; never decides a case."""

    id: ClassVar[str] = "return_cost"
    response: ClassVar[str] = "utter_case_in_review"

    def judge(self, situation: Situation) -> RuleResult:
        payer = situation.who_pays_return
        own = situation.policy.who_pays_return[situation.facts.reason]
        clause = situation.policy_clause(f"who_pays_return.{situation.facts.reason}", own)
        row = situation.law.find(ReturnCostRow)
        if row is not None and payer != own:
            clause = law_clause(row)
        return answer(self, "info", clause, payer=payer)
