"""Deciding past requests again, and counting what comes of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from actions.policy.engine import decide
from actions.policy.model import Decision, Outcome, Policy
from common.money import minor_digits
from retour.simulation.requests import PastRequest

# What a parcel back and a look by a person cost the merchant, in whole units of the order's currency. Assumptions.
PARCEL_COST = 6
PERSON_COST = 4
_SHOWN = 200


@dataclass
class Tally:
    """What one policy did. Money is in minor units by currency; a request that waits for a person counts as approved.

    `cost_minor` is refunds, plus parcels the shop pays for, plus the time of persons; what comes back is not taken off.
    """

    requests: int = 0
    outcomes: Counter[Outcome] = field(default_factory=Counter)
    bases: Counter[str] = field(default_factory=Counter)
    refunds_minor: Counter[str] = field(default_factory=Counter)
    refunds_by_reason: Counter[tuple[str, str]] = field(default_factory=Counter)
    cost_minor: Counter[str] = field(default_factory=Counter)
    parcels: int = 0
    parcels_paid_by_shop: int = 0
    rules: Counter[tuple[str, str]] = field(default_factory=Counter)

    def add(self, request: PastRequest, decision: Decision) -> None:
        currency = decision.currency
        whole: int = 10 ** minor_digits(currency)
        self.requests += 1
        self.outcomes[decision.outcome] += 1
        self.bases[decision.legal_basis] += 1
        self.refunds_minor[currency] += decision.refund_minor
        self.refunds_by_reason[request.facts.reason, currency] += decision.refund_minor
        self.cost_minor[currency] += decision.refund_minor
        if decision.outcome == "needs_person":
            self.cost_minor[currency] += PERSON_COST * whole
        if decision.outcome != "refused" and decision.proposed_outcome == "return":
            self.parcels += 1
            if decision.who_pays_return == "shop":
                self.parcels_paid_by_shop += 1
                self.cost_minor[currency] += PARCEL_COST * whole
        for rule in decision.rules:
            if rule.result in ("refuse", "person"):
                self.rules[rule.id, rule.result] += 1


@dataclass(frozen=True)
class Change:
    """A request that one policy decides otherwise than the other, and the rules that made the difference."""

    order_number: str
    reason: str
    currency: str
    before: Outcome
    after: Outcome
    before_minor: int
    after_minor: int
    rules: tuple[str, ...]


@dataclass
class Comparison:
    """Two policies over the same requests. `changes` holds the first ones; `changed` counts all, by outcome pair."""

    base: Tally = field(default_factory=Tally)
    other: Tally = field(default_factory=Tally)
    changed: Counter[tuple[Outcome, Outcome]] = field(default_factory=Counter)
    changed_rules: Counter[str] = field(default_factory=Counter)
    amounts_changed: int = 0
    changes: list[Change] = field(default_factory=list)
    origins: Counter[str] = field(default_factory=Counter)

    def add(self, request: PastRequest, before: Decision, after: Decision) -> None:
        self.origins[request.origin] += 1
        self.base.add(request, before)
        self.other.add(request, after)
        if before.outcome == after.outcome and before.refund_minor == after.refund_minor:
            return
        if before.outcome == after.outcome:
            self.amounts_changed += 1
        else:
            self.changed[before.outcome, after.outcome] += 1
        rules = tuple(
            old.id for old, new in zip(before.rules, after.rules, strict=True) if old.result != new.result
        ) or ("ceiling",)
        self.changed_rules.update(rules)
        if len(self.changes) < _SHOWN:
            self.changes.append(
                Change(
                    request.order_number,
                    request.facts.reason,
                    before.currency,
                    before.outcome,
                    after.outcome,
                    before.refund_minor,
                    after.refund_minor,
                    rules,
                )
            )


class _Replay:
    """One policy's run through time: it remembers which shoppers it gave money without a parcel."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._given: dict[str, list[datetime]] = {}

    def decide(self, request: PastRequest) -> Decision:
        policy, at = self._policy, request.facts.requested_at
        since = at - timedelta(days=policy.returnless.per_shopper_days)
        before = [given for given in self._given.get(request.email, ()) if given >= since]
        standing = policy.shoppers.standing(request.email)
        facts = replace(request.facts, returnless_before=len(before), shopper_standing=standing)
        decision = decide(facts, policy)
        if decision.outcome == "refund_without_return" and request.email:
            self._given[request.email] = [*before, at]
        return decision


def compare(requests: Iterable[PastRequest], base: Policy, other: Policy) -> Comparison:
    """Both policies over the requests, in the order of their days."""
    before, after, result = _Replay(base), _Replay(other), Comparison()
    for request in sorted(requests, key=lambda item: (item.facts.requested_at, item.order_number)):
        result.add(request, before.decide(request), after.decide(request))
    return result
