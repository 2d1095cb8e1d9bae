"""The words the policy speaks in: a case's facts, a rule's result, a decision, and the policy file as values."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, get_args

Reason = Literal[
    "damaged", "defective", "not_as_described", "wrong_item", "wrong_size", "not_received", "changed_mind", "other"
]
Outcome = Literal["refund_without_return", "return", "replacement", "store_credit", "needs_person", "refused"]
LegalBasis = Literal["withdrawal", "non_conformity", "transport_risk", "late_delivery", "goodwill"]
Result = Literal["accept", "person", "refuse", "info"]
PhotoVerdict = Literal["ok", "ask_again", "person"]
Payer = Literal["shop", "shopper"]
Standing = Literal["ordinary", "trusted", "watched"]
Offer = Literal["refund", "replacement", "store_credit"]

OFFERS: tuple[Offer, ...] = get_args(Offer)
BASES: tuple[LegalBasis, ...] = get_args(LegalBasis)
REASONS: tuple[Reason, ...] = (
    "damaged", "defective", "not_as_described", "wrong_item", "wrong_size", "not_received", "changed_mind", "other",
)  # fmt: skip


@dataclass(frozen=True)
class LineFacts:
    """One line the shopper claims for; `quantity` is the claimed one, `paid_minor` what was paid for those pieces."""

    sku: str
    name: str
    quantity: int
    unit_paid_minor: int
    paid_minor: int
    category: str | None = None
    tags: tuple[str, ...] = ()


@dataclass(frozen=True)
class CaseFacts:
    """Everything a decision may rest on, at the moment of the request. Two equal facts give two equal decisions.

    `country` is the two-letter country whose law protects the shopper; `claim_minor` what was paid for the claimed
    pieces; `whole_order` whether nothing is left that is not claimed; `opened` whether a sealed product was unsealed
    (None when nobody asked); `photo_checks` one verdict a photo; `returnless_before` how many refunds without return
    this shopper had in the policy's period; `delivered_at` when the last of the goods arrived; `shopper_standing` the
    policy's list the shopper is on.
    """

    reason: Reason
    country: str
    currency: str
    requested_at: datetime
    placed_at: datetime
    lines: tuple[LineFacts, ...]
    claim_minor: int
    total_minor: int
    fulfilled_at: datetime | None = None
    delivered_at: datetime | None = None
    tracking_status: str | None = None
    tracking_last_event_at: datetime | None = None
    desired_outcome: Outcome | None = None
    photos_count: int = 0
    photo_checks: tuple[PhotoVerdict, ...] = ()
    returnless_before: int = 0
    open_chargeback: bool = False
    order_cancelled: bool = False
    already_refunded_minor: int = 0
    shipping_minor: int = 0
    whole_order: bool = False
    opened: bool | None = None
    unpaid: bool = False
    shopper_standing: Standing = "ordinary"


@dataclass(frozen=True)
class RuleResult:
    """What one rule says about one case. `clause` is the sentence of the policy or the article of law it rests on, and
    `ground` its name: a row of law, a key of the policy, or a sentence of `rules.base`."""

    id: str
    result: Result
    clause: str
    facts: dict[str, Any] = field(default_factory=dict)
    ground: str = ""


@dataclass(frozen=True)
class Decision:
    """The engine's answer. `proposed_outcome` is what an approval does when `outcome` is `needs_person`.

    `refund_minor` is the most that may be paid; `reason_response` with `parameters` tells the shopper why (a phrase of
    domain.yml). The parameters are raw values: `answers.explain` turns them into what that phrase shows. `asks` names
    facts nobody has told yet and that would decide the case.
    """

    outcome: Outcome
    proposed_outcome: Outcome
    legal_basis: LegalBasis
    refund_minor: int
    currency: str
    rules: tuple[RuleResult, ...]
    reason_response: str
    parameters: dict[str, Any] = field(default_factory=dict)
    who_pays_return: Payer = "shop"
    asks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Window:
    """How long after delivery a return is taken. Without a delivery date it counts from fulfilment plus transit.

    What is written for a tag, a category, a reason or a country takes the place of `days`, in that order.
    """

    days: int
    non_conformity_days: int
    transit_days: int
    by_market: Mapping[str, int] = field(default_factory=dict)
    by_category: Mapping[str, int] = field(default_factory=dict)
    by_reason: Mapping[str, int] = field(default_factory=dict)
    by_tag: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Exclusions:
    """What is not taken back without a fault of the goods."""

    categories: frozenset[str]
    tags: frozenset[str]


@dataclass(frozen=True)
class Returnless:
    """When money goes back and the item stays. `max_value_minor` by currency; no currency, no such refund."""

    max_value_minor: Mapping[str, int]
    reasons: frozenset[Reason]
    photos_minimum: int
    per_shopper_count: int
    per_shopper_days: int
    by_category: Mapping[str, Mapping[str, int]] = field(default_factory=dict)


@dataclass(frozen=True)
class Informed:
    """What the shop tells before an order. What it does not tell turns to the shopper's favour."""

    withdrawal: bool = True
    return_cost: bool = True


@dataclass(frozen=True)
class Shoppers:
    """E-mail addresses, in small letters: whom no limit holds for, and whose every request a person looks at."""

    trusted: frozenset[str] = frozenset()
    watched: frozenset[str] = frozenset()

    def standing(self, email: str) -> Standing:
        address = email.strip().lower()
        if address in self.watched:
            return "watched"
        return "trusted" if address in self.trusted else "ordinary"


@dataclass(frozen=True)
class Policy:
    """The shop's policy. `fee_percent` is kept back of a refund by reason, where the law lets it; `outcomes` is what
    shoppers are offered by reason. `clauses` are the sentences of its published terms by name and language, quoted to
    shoppers who are refused; `lines` says where each value stands in `path`, for messages. `source` is the file's text;
    `valid_from` the day from which orders are under it, where the file says one."""

    window: Window
    exclusions: Exclusions
    returnless: Returnless
    automatic_refund_limit_minor: Mapping[str, int]
    not_received_after_days: int
    who_pays_return: Mapping[Reason, Payer]
    refund_days: int
    return_deadline_days: int
    return_address: str
    clauses: Mapping[str, Mapping[str, str]]
    path: Path
    fee_percent: Mapping[Reason, int] = field(default_factory=dict)
    outcomes: Mapping[Reason, frozenset[Offer]] = field(default_factory=dict)
    informed: Informed = field(default_factory=Informed)
    shoppers: Shoppers = field(default_factory=Shoppers)
    lines: Mapping[str, int] = field(default_factory=dict)
    source: str = ""
    valid_from: date | None = None

    @cached_property
    def sha256(self) -> str:
        """What tells this policy from any other: the digest of the file's text."""
        return hashlib.sha256(self.source.encode()).hexdigest()
