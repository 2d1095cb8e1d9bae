"""The words of the estimate: what is known of a case, and the sum of each outcome with every addend named."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Literal

from actions.policy.model import LegalBasis, Outcome, Reason

Remedy = Literal["refund_without_return", "return", "replacement", "partial_refund", "store_credit"]
# `open`: the shop may give it unasked and the shopper loses nothing by it. `on_wish`: only if the shopper wants it.
# `barred`: cannot be carried out here.
Standing = Literal["open", "on_wish", "barred"]
AddendName = Literal[
    "refund", "partial_refund", "store_credit", "margin_kept", "return_freight", "handling", "supplier_credit",
    "resale", "goods", "dispatch", "customs",
]  # fmt: skip

REMEDIES: tuple[Remedy, ...] = (
    "refund_without_return", "return", "replacement", "partial_refund", "store_credit",
)  # fmt: skip


@dataclass(frozen=True)
class Addend:
    """One part of a sum: minor units, positive for what leaves the merchant, negative for what comes back.

    `facts` say how it was found, such as the chance it was weighed with.
    """

    name: AddendName
    minor: int
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Option:
    """One outcome with its sum. `why` names what its standing rests on (a word of the console, `standing.…`)."""

    remedy: Remedy
    standing: Standing
    why: str
    addends: tuple[Addend, ...]

    @property
    def total_minor(self) -> int:
        """What it is expected to cost; below zero it would bring something in."""
        return sum(addend.minor for addend in self.addends)


@dataclass(frozen=True)
class SupplierShare:
    """The part of a case that one supplier answers for, with its terms for the reason and its record so far.

    `chance` that it credits when the parcel comes back, `chance_kept` when the item stays with the shopper. Amounts are
    minor units for the whole share. Without `receives` a parcel of its goods comes to the shop.
    """

    supplier_id: str
    wholesale_minor: int
    chance: Fraction
    chance_kept: Fraction
    return_freight_minor: int
    pays_return: bool
    handling_minor: int
    dispatch_minor: int
    duty_item_types: int = 0
    receives: bool = True


@dataclass(frozen=True)
class CaseCosts:
    """Everything the estimate rests on. `refund_minor` is what the shopper is owed in money for the whole case.

    `returns_to` says where parcels would go: to suppliers, only to the shop itself, or nowhere. `goods_intact` is what
    an inspection is expected to find; `own_freight_minor` and `own_handling_minor` are for a parcel to the shop.
    """

    reason: Reason
    basis: LegalBasis
    wish: Outcome | None
    refund_minor: int
    wholesale_minor: int
    shop_pays_return: bool
    returns_to: Literal["supplier", "shop", "nowhere"]
    goods_intact: bool
    shares: tuple[SupplierShare, ...]
    own_freight_minor: int
    own_handling_minor: int
    resale_percent: int
    partial_percent: int


@dataclass(frozen=True)
class Estimate:
    """All outcomes in a fixed order, and the cheapest that is lawful and that the shopper would accept."""

    options: tuple[Option, ...]
    proposed: Remedy | None
    wished: bool

    def option(self, remedy: Remedy) -> Option:
        return next(option for option in self.options if option.remedy == remedy)

    @property
    def saving_minor(self) -> int:
        """What the proposal saves against the dearest of the outcomes that are open to the shop."""
        costs = [option.total_minor for option in self.options if option.standing == "open"]
        return max(costs) - self.option(self.proposed).total_minor if self.proposed else 0
