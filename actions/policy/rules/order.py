"""Rules about the order itself and the shopper's wish."""

from __future__ import annotations

from typing import ClassVar

from actions.policy.model import RuleResult
from actions.policy.rules.base import Situation, answer


class OrderOpen:
    """A cancelled or unpaid order and an open chargeback are looked at by a person: there may be nothing to give back,
    or the money may be moving already."""

    id: ClassVar[str] = "order_state"
    response: ClassVar[str] = "utter_case_in_review"

    def judge(self, situation: Situation) -> RuleResult:
        facts = situation.facts
        if facts.open_chargeback:
            return answer(self, "person", "The bank is deciding about this payment already.", open_chargeback=True)
        if facts.order_cancelled:
            return answer(self, "person", "The order was cancelled.", order_cancelled=True)
        if facts.unpaid:
            return answer(self, "person", "The shop system knows no payment for this order.", unpaid=True)
        return answer(self, "accept", "The order stands and no bank disputes it.")


class PlainWish:
    """Money back is automatic. Another article or store credit is arranged by a person, who knows the stock; it is an
    offer and never replaces the refund the law gives."""

    id: ClassVar[str] = "wish"
    response: ClassVar[str] = "utter_case_in_review"

    def judge(self, situation: Situation) -> RuleResult:
        wish = situation.facts.desired_outcome
        if wish in ("replacement", "store_credit"):
            return answer(self, "person", "A person arranges it.", desired_outcome=wish)
        return answer(self, "info", "The shopper asks for money back or has no wish.", desired_outcome=wish)
