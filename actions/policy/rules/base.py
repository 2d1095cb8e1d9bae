"""What every rule is given and must answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache, cached_property
from typing import Any, ClassVar, Protocol

from actions.policy import classification
from actions.policy.law import Law, law_of, row_of
from actions.policy.law.model import Effect, Row
from actions.policy.model import CaseFacts, LegalBasis, Payer, Policy, Result, RuleResult

# What a rule says when neither an article of law nor a line of the policy says it. The console has each in French too.
SENTENCES = {
    "arrives": "The shopper has the parcel.",
    "bank_decides": "The bank is deciding about this payment already.",
    "ceiling": "No more than what was paid for these pieces and is left of the order.",
    "delivery_estimated": "The day of delivery is only an estimate; nobody is refused on it.",
    "fault_beats_exclusion": "No exclusion holds against a fault of the goods or a loss.",
    "never_came": "A parcel that never came has no return window and cannot be sent back.",
    "never_sent": "The order was never sent.",
    "no_deadline": "No law known here sets a date for this refund.",
    "no_fault": "The shopper claims no fault of the goods.",
    "no_lines": "There are no lines.",
    "no_proof": "A carrier's word is no proof of possession.",
    "order_cancelled": "The order was cancelled.",
    "order_stands": "The order stands and no bank disputes it.",
    "person_arranges": "A person arranges it: somebody must know the stock.",
    "photos_doubtful": "A photo needs somebody to look at it.",
    "photos_show": "What the photos show.",
    "refund_wish": "The shopper asks for money back or has no wish.",
    "unpaid": "The shop system knows no payment for this order.",
    "withdrawal_no_photo": "A withdrawal needs no photo.",
}


@dataclass(frozen=True)
class Clause:
    """Where a rule's word comes from. `ground` is its stable name: a row of law, a key of the policy, a sentence."""

    ground: str
    text: str


@dataclass(frozen=True)
class Situation:
    """A case seen through law and policy, computed once for all rules. `days` is since delivery, None before it."""

    facts: CaseFacts
    policy: Policy
    basis: LegalBasis
    law: Law
    delivered_at: datetime | None
    days: int | None

    @classmethod
    def of(cls, facts: CaseFacts, policy: Policy) -> Situation:
        basis = classification.legal_basis(facts, policy)
        return cls(
            facts=facts,
            policy=policy,
            basis=basis,
            law=law_of(facts.country, basis, facts.placed_at.date()),
            delivered_at=classification.delivered_at(facts, policy),
            days=classification.days_since_delivery(facts, policy),
        )

    @cached_property
    def good_photos(self) -> int:
        return sum(verdict == "ok" for verdict in self.facts.photo_checks)

    @cached_property
    def refund_minor(self) -> int:
        """The most this case may pay: what was paid for the pieces less a fee, outbound shipping where the law gives it
        back with the whole order, and never more than what is left of the order."""
        wanted = self.facts.claim_minor - self.fee_minor + self.outbound_minor
        return max(0, min(wanted, self.facts.total_minor - self.facts.already_refunded_minor))

    @cached_property
    def fee_minor(self) -> int:
        """What the policy keeps back, in whole minor units rounded down; nothing where the law forbids it."""
        percent = 0 if self.law.forbids_fees else self.policy.fee_percent.get(self.facts.reason, 0)
        return max(0, self.facts.claim_minor) * percent // 100

    @cached_property
    def outbound_minor(self) -> int:
        return self.facts.shipping_minor if self.facts.whole_order and self.law.refunds_outbound else 0

    @cached_property
    def who_pays_return(self) -> Payer:
        if self.law.shop_pays_return(informed=self.policy.informed.return_cost):
            return "shop"
        return self.policy.who_pays_return[self.facts.reason]

    def policy_clause(self, key: str, value: object) -> Clause:
        """Where the policy says so, for the merchant's eyes."""
        line = self.policy.lines.get(key)
        return Clause(key, f"{self.policy.path.name}{f':{line}' if line else ''} {key}: {value}")


def law_clause(row: Row[Effect]) -> Clause:
    """An article of law, in plain words with its source."""
    return _law_clause(row.id)


@cache
def _law_clause(row_id: str) -> Clause:
    row = row_of(row_id)
    return Clause(row_id, "" if row is None else row.sentence("en"))


def sentence(name: str) -> Clause:
    """One of SENTENCES."""
    return Clause(name, SENTENCES[name])


class Rule(Protocol):
    """Speaks about every case, also to say that it does not concern it (`info`). Pure; knows no other rule.

    `response` is the phrase a refusal is told with; its parameters come from the result's facts.
    """

    id: ClassVar[str]
    response: ClassVar[str]

    def judge(self, situation: Situation) -> RuleResult: ...


def answer(rule: Rule, result: Result, clause: Clause, **facts: Any) -> RuleResult:
    """A rule's result under its own id."""
    return RuleResult(rule.id, result, clause.text, facts, clause.ground)
