"""The decision: all rules run, all reasons are kept, and the gravest of them decides."""

from __future__ import annotations

from typing import Any

from actions.policy.law import days_to_send
from actions.policy.model import CaseFacts, Decision, Outcome, Policy, RuleResult
from actions.policy.rules.base import Rule, Situation
from actions.policy.rules.goods import FaultPresumed, NotExcluded, PhotosBelievable, asks_for_seal
from actions.policy.rules.money import BelowAutomaticLimit, KeepTheItem, ReturnCost, SomethingLeft
from actions.policy.rules.order import Listed, OrderOpen, PlainWish
from actions.policy.rules.rights import RefundDeadline, Remedy
from actions.policy.rules.time import ParcelOverdue, WithinWindow

# The order is the one reasons are shown in; it changes no decision.
RULES: tuple[Rule, ...] = (
    SomethingLeft(),
    OrderOpen(),
    Listed(),
    WithinWindow(),
    NotExcluded(),
    ParcelOverdue(),
    FaultPresumed(),
    PhotosBelievable(),
    KeepTheItem(),
    BelowAutomaticLimit(),
    PlainWish(),
    ReturnCost(),
    Remedy(),
    RefundDeadline(),
)


def decide(facts: CaseFacts, policy: Policy) -> Decision:
    """What this case gets under law and policy. Pure: the same facts and policy give the same decision."""
    situation = Situation.of(facts, policy)
    results = tuple(rule.judge(situation) for rule in RULES)
    proposed = _proposed(facts, results)
    outcome = _outcome(proposed, results)
    response, parameters = _reason(situation, outcome, results)
    return Decision(
        outcome=outcome,
        proposed_outcome=proposed,
        legal_basis=situation.basis,
        refund_minor=0 if outcome == "refused" else situation.refund_minor,
        currency=facts.currency,
        rules=results,
        reason_response=response,
        parameters=parameters,
        who_pays_return=situation.who_pays_return,
        asks=("opened",) if asks_for_seal(situation) else (),
    )


def _proposed(facts: CaseFacts, results: tuple[RuleResult, ...]) -> Outcome:
    """What happens if nothing and nobody objects."""
    if facts.desired_outcome in ("replacement", "store_credit"):
        return facts.desired_outcome
    keeps = any(result.id == KeepTheItem.id and result.result == "accept" for result in results)
    return "refund_without_return" if keeps else "return"


def _outcome(proposed: Outcome, results: tuple[RuleResult, ...]) -> Outcome:
    said = {result.result for result in results}
    if "refuse" in said:
        return "refused"
    return "needs_person" if "person" in said else proposed


def _reason(situation: Situation, outcome: Outcome, results: tuple[RuleResult, ...]) -> tuple[str, dict[str, Any]]:
    """The phrase that tells the shopper why, with raw parameters; a refusal is told by the first rule that refuses."""
    if outcome == "refused":
        rule, result = next(
            (rule, result) for rule, result in zip(RULES, results, strict=True) if result.result == "refuse"
        )
        return rule.response, {"rule": rule.id, "clause": result.clause, "ground": result.ground, **result.facts}
    if outcome == "needs_person":
        return "utter_case_in_review", {}
    money = {"refund_minor": situation.refund_minor, "currency": situation.facts.currency}
    if outcome == "replacement":
        return "utter_decided_replacement", {}
    if outcome == "store_credit":
        return "utter_decided_store_credit", money
    if situation.facts.reason == "not_received":
        return "utter_decided_not_received", {**money, "days": situation.policy.refund_days}
    if outcome == "refund_without_return":
        return "utter_decided_keep_item", {**money, "days": situation.policy.refund_days}
    days = days_to_send(situation.policy.return_deadline_days, situation.law)
    payer = "shop" if situation.who_pays_return == "shop" else "shopper"
    return f"utter_decided_return_{payer}", {**money, "deadline_days": days}
