"""The sums of the outcomes, checked against sums done by hand."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actions.economics import chance
from actions.economics.chance import Record
from actions.economics.estimate import estimate
from actions.economics.model import REMEDIES, CaseCosts, Remedy, SupplierShare

NORTHWIND = SupplierShare(
    supplier_id="northwind", wholesale_minor=280, chance=Fraction(2, 3), chance_kept=Fraction(2, 3),
    return_freight_minor=690, pays_return=False, handling_minor=150, dispatch_minor=390, duty_item_types=1,
)  # fmt: skip
MUG = CaseCosts(
    reason="damaged", basis="non_conformity", wish=None, refund_minor=990, wholesale_minor=280, shop_pays_return=True,
    returns_to="supplier", goods_intact=False, shares=(NORTHWIND,), own_freight_minor=690, own_handling_minor=200,
    resale_percent=60, partial_percent=30,
)  # fmt: skip


def addends(costs: CaseCosts, remedy: Remedy) -> dict[str, int]:
    return {addend.name: addend.minor for addend in estimate(costs).option(remedy).addends}


def test_every_addend_of_a_broken_mug() -> None:
    # 280 at two thirds is 186.67, rounded to 187.
    assert addends(MUG, "refund_without_return") == {"refund": 990, "supplier_credit": -187}
    assert addends(MUG, "return") == {"refund": 990, "return_freight": 690, "handling": 150, "supplier_credit": -187}
    assert addends(MUG, "replacement") == {"goods": 280, "dispatch": 390, "customs": 300, "supplier_credit": -187}
    assert addends(MUG, "partial_refund") == {"partial_refund": 297, "supplier_credit": -187}
    assert addends(MUG, "store_credit") == {"store_credit": 990, "margin_kept": -710, "supplier_credit": -187}
    found = estimate(MUG)
    assert found.proposed == "refund_without_return"
    assert found.option("return").total_minor == 1643
    assert found.saving_minor == 1643 - 803


def test_a_dear_item_comes_back_when_the_supplier_wants_the_parcel() -> None:
    share = replace(NORTHWIND, wholesale_minor=31000, chance_kept=Fraction(0))
    chair = replace(MUG, refund_minor=64900, wholesale_minor=31000, shares=(share,))
    found = estimate(chair)
    assert found.proposed == "return"
    assert found.option("return").total_minor == 64900 + 690 + 150 - 20667


def test_a_parcel_to_the_shop_brings_an_intact_item_to_the_shelf() -> None:
    costs = replace(
        MUG, reason="wrong_size", basis="withdrawal", returns_to="shop", goods_intact=True, shop_pays_return=False
    )
    assert addends(costs, "return") == {"refund": 990, "handling": 200, "resale": -168}
    broken = replace(costs, goods_intact=False)
    assert "resale" not in addends(broken, "return")


def test_freight_is_the_suppliers_where_its_terms_say_so_and_the_shoppers_where_the_law_does() -> None:
    paying = replace(MUG, shares=(replace(NORTHWIND, pays_return=True),))
    assert "return_freight" not in addends(paying, "return")
    assert "return_freight" not in addends(replace(MUG, shop_pays_return=False), "return")


def test_several_suppliers_add_up() -> None:
    other = replace(NORTHWIND, supplier_id="atelier", wholesale_minor=500, chance_kept=Fraction(0), chance=Fraction(0))
    both = replace(MUG, shares=(NORTHWIND, other), wholesale_minor=780)
    freight = [item for item in estimate(both).option("return").addends if item.name == "return_freight"]
    assert [item.facts["supplier"] for item in freight] == ["northwind", "atelier"]
    assert estimate(both).option("replacement").total_minor == (280 + 390 + 300) + (500 + 390 + 300) - 187


@pytest.mark.parametrize("wish", ["replacement", "store_credit"])
def test_what_the_shopper_lawfully_chooses_wins_over_what_is_cheaper(wish: Remedy) -> None:
    # A replacement is the dearest by far here, and yet the one that is proposed.
    share = replace(NORTHWIND, wholesale_minor=90000, dispatch_minor=5000, chance_kept=Fraction(0))
    costs = replace(MUG, wish=wish, shares=(share,), wholesale_minor=90000)
    found = estimate(costs)
    assert found.proposed == wish
    assert found.option(wish).standing == "open"
    if wish == "replacement":
        assert found.option(wish).total_minor == max(option.total_minor for option in found.options)


@pytest.mark.parametrize("remedy", ["partial_refund", "store_credit", "replacement"])
def test_less_than_the_money_is_never_proposed_unasked(remedy: Remedy) -> None:
    # Everything but the money is free here.
    share = replace(NORTHWIND, wholesale_minor=0, dispatch_minor=0, duty_item_types=0)
    for basis in ("withdrawal", "non_conformity", "transport_risk", "goodwill"):
        costs = replace(MUG, basis=basis, wholesale_minor=0, shares=(share,), partial_percent=1)
        found = estimate(costs)
        assert found.option(remedy).total_minor <= found.option("refund_without_return").total_minor
        assert found.proposed in ("refund_without_return", "return")
        assert found.option(remedy).standing == "on_wish"


def test_a_wish_that_cannot_be_carried_out_leaves_the_money() -> None:
    own_goods = replace(MUG, wish="replacement", shares=(), returns_to="nowhere")
    found = estimate(own_goods)
    assert found.option("replacement").standing == "barred"
    assert found.proposed == "refund_without_return"


def test_what_never_came_cannot_be_sent_back_or_kept() -> None:
    lost = estimate(replace(MUG, reason="not_received", basis="transport_risk"))
    assert lost.option("return").standing == "barred"
    assert lost.option("partial_refund").standing == "barred"
    assert lost.proposed == "refund_without_return"


def test_of_two_equal_costs_the_shopper_is_asked_for_less() -> None:
    free = replace(NORTHWIND, return_freight_minor=0, handling_minor=0)
    assert estimate(replace(MUG, shares=(free,))).proposed == "refund_without_return"


def test_a_suppliers_record_moves_its_chance() -> None:
    assert chance.with_parcel(Record(), covered=True) == Fraction(2, 3)
    assert chance.with_parcel(Record(accepted=0, decided=9), covered=True) == Fraction(2, 12)
    assert chance.with_parcel(Record(accepted=97, decided=97), covered=True) == Fraction(99, 100)
    assert chance.without_parcel(Record(), covered=True, needs_parcel=True) == 0
    # It asks for parcels and yet has paid without one: the record counts more than the terms.
    assert chance.without_parcel(Record(kept_accepted=8, kept_decided=8), covered=True, needs_parcel=True) == Fraction(
        8, 10
    )
    assert chance.with_parcel(Record(accepted=5, decided=5), covered=False) == 0


_MINOR = st.integers(0, 10**7)
_CHANCE = st.fractions(0, 1, max_denominator=200)
_SHARES = st.lists(
    st.builds(
        SupplierShare, supplier_id=st.just("s"), wholesale_minor=_MINOR, chance=_CHANCE, chance_kept=_CHANCE,
        return_freight_minor=_MINOR, pays_return=st.booleans(), handling_minor=_MINOR, dispatch_minor=_MINOR,
        duty_item_types=st.integers(0, 9),
    ), max_size=3,
).map(tuple)  # fmt: skip
_COSTS = st.builds(
    CaseCosts,
    reason=st.sampled_from(["damaged", "wrong_size", "not_received", "changed_mind"]),
    basis=st.sampled_from(["withdrawal", "non_conformity", "transport_risk", "goodwill"]),
    wish=st.sampled_from([None, "replacement", "store_credit", "return", "refund_without_return"]),
    refund_minor=_MINOR, wholesale_minor=_MINOR, shop_pays_return=st.booleans(),
    returns_to=st.sampled_from(["supplier", "shop", "nowhere"]), goods_intact=st.booleans(), shares=_SHARES,
    own_freight_minor=_MINOR, own_handling_minor=_MINOR, resale_percent=st.integers(0, 100),
    partial_percent=st.integers(1, 99),
)  # fmt: skip


@given(_COSTS)
def test_the_proposal_is_always_lawful_and_there_is_always_one(costs: CaseCosts) -> None:
    found = estimate(costs)
    assert [option.remedy for option in found.options] == list(REMEDIES)
    assert found.proposed is not None
    chosen = found.option(found.proposed)
    assert chosen.standing == "open"
    if found.wished and costs.wish in ("replacement", "store_credit"):
        assert found.proposed == costs.wish
    else:
        money = [found.option(name) for name in ("return", "refund_without_return")]
        assert chosen.total_minor == min(option.total_minor for option in money if option.standing == "open")
    for option in found.options:
        assert option.total_minor == sum(addend.minor for addend in option.addends)
        assert all(addend.minor for addend in option.addends)
    assert found.saving_minor >= 0
