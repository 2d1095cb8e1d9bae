"""Rules about the order itself, its shopper and the shopper's wish."""

from __future__ import annotations

from typing import ClassVar

from actions.policy.model import RuleResult
from actions.policy.rules.base import Situation, answer, sentence
from actions.policy.rules.money import KeepTheItem

_SAME_AGAIN = frozenset({"damaged", "defective", "not_as_described", "wrong_item", "not_received"})


class OrderOpen:
    """A cancelled or unpaid order and an open chargeback are looked at by a person: there may be nothing to give back,
    or the money may be moving already."""

    id: ClassVar[str] = "order_state"
    response: ClassVar[str] = "utter_case_in_review"

    def judge(self, situation: Situation) -> RuleResult:
        facts = situation.facts
        if facts.open_chargeback:
            return answer(self, "person", sentence("bank_decides"), open_chargeback=True)
        if facts.order_cancelled:
            return answer(self, "person", sentence("order_cancelled"), order_cancelled=True)
        if facts.unpaid:
            return answer(self, "person", sentence("unpaid"), unpaid=True)
        return answer(self, "accept", sentence("order_stands"))


class Listed:
    """A shopper on the policy's watched list is always looked at by a person, and never refused for being on it."""

    id: ClassVar[str] = "shopper"
    response: ClassVar[str] = "utter_case_in_review"

    def judge(self, situation: Situation) -> RuleResult:
        standing = situation.facts.shopper_standing
        clause = situation.policy_clause(f"shoppers.{standing}" if standing != "ordinary" else "shoppers", standing)
        return answer(self, "person" if standing == "watched" else "info", clause, standing=standing)


class PlainWish:
    """Money back is automatic. Where the policy offers it, so is the same article again for one with a fault, and store
    credit for what may be kept; anything else is arranged by a person. It never replaces the refund the law gives."""

    id: ClassVar[str] = "wish"
    response: ClassVar[str] = "utter_case_in_review"

    def judge(self, situation: Situation) -> RuleResult:
        wish = situation.facts.desired_outcome
        offered = wish in situation.policy.outcomes.get(situation.facts.reason, ())
        # Another size is a choice that somebody who knows the stock has to talk over.
        again = wish == "replacement" and situation.facts.reason in _SAME_AGAIN
        if offered and (again or (wish == "store_credit" and KeepTheItem().judge(situation).result == "accept")):
            key = f"outcomes.{situation.facts.reason}"
            return answer(self, "accept", situation.policy_clause(key, wish), desired_outcome=wish)
        if wish in ("replacement", "store_credit"):
            return answer(self, "person", sentence("person_arranges"), desired_outcome=wish)
        return answer(self, "info", sentence("refund_wish"), desired_outcome=wish)
