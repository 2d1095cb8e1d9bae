"""The sums. Each outcome is added up from named parts, so that whoever reads the total can check it."""

from __future__ import annotations

from fractions import Fraction

from actions.economics.model import REMEDIES, Addend, CaseCosts, Estimate, Option, Remedy, SupplierShare
from actions.economics.standing import acceptable, standing

# Customs duty on parcels of up to 150 euros that enter the Union: 3 euros for each item type, since 1 July 2026 (as
# glopal.com and dailyfulfill.com report it; a customs agent must confirm it).
DUTY_PER_ITEM_TYPE_MINOR = 300


def estimate(costs: CaseCosts) -> Estimate:
    """What every outcome would cost, and the cheapest lawful one the shopper would accept.

    Pure, and exact to the minor unit: expected amounts are rounded once, each in its own addend. Of two that cost the
    same the one that asks less of the shopper is proposed.
    """
    options = tuple(_option(costs, remedy) for remedy in REMEDIES)
    wished = any(option.remedy == costs.wish and option.standing == "open" for option in options)
    candidates = [
        option
        for option in options
        if option.standing == "open" and (acceptable(costs, option.remedy) or (not wished and _money(option)))
    ]
    best = min(candidates, key=lambda option: option.total_minor, default=None)
    return Estimate(options, best.remedy if best else None, wished)


def _money(option: Option) -> bool:
    return option.remedy in ("return", "refund_without_return")


def _option(costs: CaseCosts, remedy: Remedy) -> Option:
    stands, why = standing(costs, remedy)
    addends = [] if stands == "barred" else _ADDENDS[remedy](costs)
    return Option(remedy, stands, why, tuple(addend for addend in addends if addend.minor))


def _refund_without_return(costs: CaseCosts) -> list[Addend]:
    return [Addend("refund", costs.refund_minor), *_credits_kept(costs)]


def _return(costs: CaseCosts) -> list[Addend]:
    addends = [Addend("refund", costs.refund_minor)]
    receiving = [] if costs.returns_to == "shop" else [share for share in costs.shares if share.receives]
    ours_minor = costs.wholesale_minor - sum(share.wholesale_minor for share in receiving)
    if not receiving or ours_minor:
        if costs.shop_pays_return:
            addends.append(Addend("return_freight", costs.own_freight_minor))
        addends.append(Addend("handling", costs.own_handling_minor))
        if costs.goods_intact:
            brings = _share(ours_minor, Fraction(costs.resale_percent, 100))
            facts = {"of_minor": ours_minor, "percent": costs.resale_percent}
            addends.append(Addend("resale", -brings, facts))
    for share in receiving:
        if costs.shop_pays_return and not share.pays_return:
            addends.append(Addend("return_freight", share.return_freight_minor, {"supplier": share.supplier_id}))
        addends.append(Addend("handling", share.handling_minor, {"supplier": share.supplier_id}))
        addends.append(_credit(share, share.chance))
    return addends


def _replacement(costs: CaseCosts) -> list[Addend]:
    """New goods at wholesale, sent and cleared again; what the supplier takes on itself comes off."""
    addends = []
    for share in costs.shares:
        whose = {"supplier": share.supplier_id}
        addends.append(Addend("goods", share.wholesale_minor, whose))
        addends.append(Addend("dispatch", share.dispatch_minor, whose))
        duty = share.duty_item_types * DUTY_PER_ITEM_TYPE_MINOR
        addends.append(Addend("customs", duty, {**whose, "item_types": share.duty_item_types}))
    return [*addends, *_credits_kept(costs)]


def _partial_refund(costs: CaseCosts) -> list[Addend]:
    part = _share(costs.refund_minor, Fraction(costs.partial_percent, 100))
    facts = {"of_minor": costs.refund_minor, "percent": costs.partial_percent}
    return [Addend("partial_refund", part, facts), *_credits_kept(costs)]


def _store_credit(costs: CaseCosts) -> list[Addend]:
    """Credit is spent at the shop, whose margin stays with it."""
    margin = max(0, costs.refund_minor - costs.wholesale_minor)
    return [Addend("store_credit", costs.refund_minor), Addend("margin_kept", -margin), *_credits_kept(costs)]


def _credits_kept(costs: CaseCosts) -> list[Addend]:
    """What suppliers are expected to credit while the goods stay where they are."""
    return [_credit(share, share.chance_kept) for share in costs.shares]


def _credit(share: SupplierShare, chance: Fraction) -> Addend:
    facts = {
        "supplier": share.supplier_id,
        "of_minor": share.wholesale_minor,
        "percent": round(chance * 100),
    }
    return Addend("supplier_credit", -_share(share.wholesale_minor, chance), facts)


def _share(minor: int, part: Fraction) -> int:
    """A part of an amount, halves rounded away from zero."""
    return int(minor * part + Fraction(1, 2))


_ADDENDS = {
    "refund_without_return": _refund_without_return,
    "return": _return,
    "replacement": _replacement,
    "partial_refund": _partial_refund,
    "store_credit": _store_credit,
}
