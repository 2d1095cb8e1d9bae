"""What every rule is given and must answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Protocol

from actions.policy import classification
from actions.policy.law import Floor, floor
from actions.policy.model import CaseFacts, LegalBasis, Payer, Policy, Result, RuleResult


@dataclass(frozen=True)
class Situation:
    """A case seen through law and policy, computed once for all rules. `days` is since delivery, None before it."""

    facts: CaseFacts
    policy: Policy
    basis: LegalBasis
    floor: Floor | None
    delivered_at: datetime | None
    days: int | None

    @classmethod
    def of(cls, facts: CaseFacts, policy: Policy) -> Situation:
        basis = classification.legal_basis(facts, policy)
        return cls(
            facts=facts,
            policy=policy,
            basis=basis,
            floor=floor(facts.country, basis, facts.requested_at.date()),
            delivered_at=classification.delivered_at(facts, policy),
            days=classification.days_since_delivery(facts, policy),
        )

    @property
    def good_photos(self) -> int:
        return sum(verdict == "ok" for verdict in self.facts.photo_checks)

    @property
    def refund_minor(self) -> int:
        """The most this case may pay: what was paid for the pieces, outbound shipping where the law gives it back with
        the whole order, and never more than what is left of the order."""
        wanted = self.facts.claim_minor + self.outbound_minor
        return max(0, min(wanted, self.facts.total_minor - self.facts.already_refunded_minor))

    @property
    def outbound_minor(self) -> int:
        owed = self.facts.whole_order and self.floor is not None and self.floor.shop_refunds_outbound
        return self.facts.shipping_minor if owed else 0

    @property
    def who_pays_return(self) -> Payer:
        if self.floor is not None and self.floor.shop_pays_return:
            return "shop"
        return self.policy.who_pays_return[self.facts.reason]

    def policy_clause(self, key: str, value: object) -> str:
        """Where the policy says so, for the merchant's eyes."""
        line = self.policy.lines.get(key)
        return f"{self.policy.path.name}{f':{line}' if line else ''} {key}: {value}"


class Rule(Protocol):
    """Speaks about every case, also to say that it does not concern it (`info`). Pure; knows no other rule.

    `response` is the phrase a refusal is told with; its parameters come from the result's facts.
    """

    id: ClassVar[str]
    response: ClassVar[str]

    def judge(self, situation: Situation) -> RuleResult: ...


def answer(rule: Rule, result: Result, clause: str, **facts: Any) -> RuleResult:
    """A rule's result under its own id."""
    return RuleResult(rule.id, result, clause, facts)
