"""From rows to the facts of the estimate: terms, record, deadlines, customs and addresses are all looked at."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from fractions import Fraction

import pytest
from sqlalchemy.orm import Session

from actions.cases import costs, service
from actions.cases.model import Case
from actions.economics.model import CaseCosts
from actions.orders.model import Order
from actions.policy.model import Outcome, Reason
from actions.runtime import Runtime
from actions.suppliers import service as suppliers
from actions.suppliers.port import RmaReport, RmaStatus
from common.database import transaction
from common.shop_config import CostConfig
from common.supplier_terms import ReasonTerms, SupplierTerms
from tests.actions.cases.conftest import reload
from tests.factories import NOW, claim_of, create_order, open_case, order_line

_TERMS = SupplierTerms(
    usual=ReasonTerms(deadline_days=15),
    by_reason={
        "damaged": ReasonTerms(deadline_days=15, needs_parcel=False),
        "changed_mind": ReasonTerms(covered=False),
    },
    return_freight_minor=690,
    dispatch_minor=390,
)


@pytest.fixture
def priced(runtime: Runtime) -> Runtime:
    """A shop in the Union whose supplier sends from outside it."""
    northwind = replace(runtime.shop.suppliers["northwind"], terms=_TERMS, ships_from="CN")
    shop = replace(runtime.shop, suppliers={"northwind": northwind}, costs=CostConfig(500, 200, 60, 30))
    return replace(runtime, shop=shop)


def chair(session: Session, runtime: Runtime, reason: Reason = "damaged", **values: object) -> tuple[Case, Order]:
    line = order_line(sku="CHAIR", unit_paid_minor=64900, wholesale_minor=30000)
    order = create_order(session, lines=[line], **values)  # type: ignore[arg-type]
    return open_case(session, runtime, order=order, reason=reason), order


def facts(runtime: Runtime, reason: Reason = "damaged", days_later: int = 0, **values: object) -> CaseCosts:
    with transaction(runtime.engine) as session:
        case, order = chair(session, runtime, reason, **values)
        return costs.facts(session, runtime, case, order, now=NOW + timedelta(days=days_later))


def test_the_suppliers_terms_and_its_distance_count(priced: Runtime) -> None:
    found = facts(priced)
    [share] = found.shares
    assert (share.chance, share.chance_kept) == (Fraction(2, 3), Fraction(2, 3))
    assert (share.return_freight_minor, share.dispatch_minor, share.duty_item_types) == (690, 390, 1)
    assert (found.returns_to, found.goods_intact, found.wholesale_minor) == ("supplier", False, 30000)


def test_nothing_is_expected_after_a_missed_deadline(priced: Runtime) -> None:
    [share] = facts(priced, days_later=11).shares
    assert (share.chance, share.chance_kept) == (0, 0)


def test_sound_goods_that_stay_bring_no_credit(priced: Runtime) -> None:
    [share] = facts(priced, "wrong_size").shares
    assert (share.chance, share.chance_kept) == (Fraction(2, 3), 0)


def test_no_customs_outside_the_union(priced: Runtime) -> None:
    assert facts(priced, country="GB").shares[0].duty_item_types == 0


def test_a_parcel_the_supplier_never_takes_comes_to_the_shop(priced: Runtime) -> None:
    own = replace(priced, policy=replace(priced.policy, return_address="1 rue Haute, 75001 Paris"))
    found = facts(own, "changed_mind")
    assert (found.returns_to, found.goods_intact) == ("shop", True)
    assert (found.own_freight_minor, found.own_handling_minor, found.resale_percent) == (500, 200, 60)


def test_amounts_of_another_currency_are_not_added(priced: Runtime) -> None:
    with transaction(priced.engine) as session:
        case, order = chair(session, priced)
        order.currency = case.currency = "USD"
        found = costs.facts(session, priced, case, order, now=NOW)
    assert (found.own_freight_minor, found.shares[0].return_freight_minor, found.shares[0].duty_item_types) == (0, 0, 0)


def test_a_refusal_ends_the_hope_and_lowers_the_record(priced: Runtime) -> None:
    with transaction(priced.engine) as session:
        case = open_case(session, priced)
        claim = claim_of(session, case.id)
        assert claim is not None
        no = RmaReport("nw-1", RmaStatus.REJECTED, reason="No")
        suppliers.record_sent(session, claim, no, now=NOW, by="supplier:Northwind")
        order = session.get_one(Order, case.order_id)
        assert costs.facts(session, priced, case, order, now=NOW).shares[0].chance_kept == 0
        other, its_order = chair(session, priced)
        # One refusal of a claim without a parcel: two yes of four instead of two of three.
        assert costs.facts(session, priced, other, its_order, now=NOW).shares[0].chance_kept == Fraction(2, 4)


@pytest.mark.parametrize("wish", ["replacement", "store_credit"])
def test_an_approval_gives_what_the_shopper_asked_for_and_not_what_is_cheaper(priced: Runtime, wish: Outcome) -> None:
    with transaction(priced.engine) as session:
        line = order_line(sku="CHAIR", unit_paid_minor=64900, wholesale_minor=64000)
        order = create_order(session, lines=[line])
        case = open_case(session, priced, order=order, desired_outcome=wish)
        assert case.status == "awaiting_review"
        service.approve(session, priced, case.id, by="olive", why="Yes", now=NOW)
    assert reload(priced, case.id).resolution == wish


def test_what_the_terms_exclude_is_not_claimed(priced: Runtime) -> None:
    terms = replace(_TERMS, by_reason={"damaged": ReasonTerms(covered=False)})
    northwind = replace(priced.shop.suppliers["northwind"], terms=terms)
    there = replace(priced, shop=replace(priced.shop, suppliers={"northwind": northwind}))
    with transaction(there.engine) as session:
        case = open_case(session, there)
        assert case.status == "refunding"
        assert claim_of(session, case.id) is None
    assert "The terms of Northwind exclude this; no claim was opened" in [
        entry.why for entry in reload(there, case.id).journal
    ]


def test_store_credit_for_a_fault_is_claimed_from_the_supplier_too(priced: Runtime) -> None:
    with transaction(priced.engine) as session:
        case, _ = chair(session, priced)
        service.approve(session, priced, case.id, by="olive", why="Wished", now=NOW, outcome="store_credit")
        claim = claim_of(session, case.id)
        assert claim is not None
        assert (claim.returnless, claim.credit_expected_minor) == (True, 30000)
