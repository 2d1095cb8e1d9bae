"""A parcel that comes to the shop: what is found, what becomes of it, and who gets it next."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from actions.cases import inspection, service
from actions.cases.model import Case
from actions.policy.model import Reason
from actions.refunds import repository as refunds
from actions.resale import service as resale
from actions.resale.model import CONDITIONS, USUAL, Condition, Disposition, Found, ReturnedItem
from actions.runtime import Runtime
from common.database import transaction
from common.errors import NotFoundError, RefusedError
from common.ids import new_id
from common.supplier_terms import ReasonTerms, SupplierTerms
from tests.actions.cases.conftest import path, reload
from tests.factories import NOW, create_order, open_case, order_line


@pytest.fixture
def own(runtime: Runtime) -> Runtime:
    """A shop with goods and an address of its own."""
    return replace(runtime, policy=replace(runtime.policy, return_address="1 rue Haute, 75001 Paris"))


def coming_back(runtime: Runtime, *, reason: Reason = "wrong_size", quantity: int = 1) -> Case:
    with transaction(runtime.engine) as session:
        line = order_line(
            sku="SWEATER-M", name="Wool sweater", quantity=quantity, unit_paid_minor=2900, supplier_id=None
        )
        case = open_case(session, runtime, order=create_order(session, lines=[line]), reason=reason, photos=0)
        assert case.status == "awaiting_parcel"
        return case


def opened(
    runtime: Runtime, case: Case, condition: Condition, disposition: Disposition | None = None
) -> list[ReturnedItem]:
    with transaction(runtime.engine) as session:
        found = [Found(line.id, condition, disposition, "as seen") for line in case.lines]
        inspection.inspect(session, runtime, case.id, found, by="olive", now=NOW)
        return resale.of_case(session, case.id)


def open_order(runtime: Runtime, *, sku: str = "SWEATER-M", quantity: int = 1, **values: object) -> tuple[str, str]:
    with transaction(runtime.engine) as session:
        line = order_line(sku=sku, quantity=quantity, wholesale_minor=1900)
        order = create_order(session, lines=[line], delivered_days_ago=None)
        order.fulfilled_at = None
        for name, value in values.items():
            setattr(order, name, value)
        return order.number, line.id


def test_an_undamaged_item_goes_to_the_shelf_and_the_shopper_is_paid(own: Runtime) -> None:
    case = coming_back(own)
    [item] = opened(own, case, "as_new")
    assert (item.disposition, item.left, item.by) == ("resell", 1, "olive")
    done = reload(own, case.id)
    assert path(done)[-3:] == ["received", "inspected", "refunding"]
    with transaction(own.engine) as session:
        assert [refund.status for refund in refunds.of_case(session, case.id)] == ["created"]


def test_goods_that_come_back_worn_are_weighed_by_a_person(own: Runtime) -> None:
    case = coming_back(own)
    [item] = opened(own, case, "used")
    assert (item.disposition, item.left) == ("donate", 0)
    assert reload(own, case.id).status == "awaiting_review"


def test_a_fault_is_paid_whatever_the_state(own: Runtime) -> None:
    case = coming_back(own, reason="defective")
    opened(own, case, "damaged")
    assert reload(own, case.id).status == "refunding"


def test_the_merchant_may_decide_otherwise_than_the_condition_suggests(own: Runtime) -> None:
    [item] = opened(own, coming_back(own), "as_new", "donate")
    assert (item.disposition, item.left) == ("donate", 0)


@pytest.mark.parametrize("condition", CONDITIONS)
def test_every_condition_has_a_usual_end_and_only_new_goods_are_sold_again(condition: Condition) -> None:
    assert (USUAL[condition] == "resell") is (condition == "as_new")


def test_a_parcel_for_the_supplier_is_not_opened_here(runtime: Runtime) -> None:
    with transaction(runtime.engine) as session:
        line = order_line(sku="SWEATER-M", unit_paid_minor=4900, wholesale_minor=1900)
        case = open_case(session, runtime, order=create_order(session, lines=[line]), reason="wrong_size", photos=0)
        assert not inspection.lines_here(session, runtime, case)
        with pytest.raises(RefusedError, match="No parcel"):
            inspection.inspect(session, runtime, case.id, [Found(case.lines[0].id, "as_new")], by="olive", now=NOW)


def test_every_line_needs_a_word_and_a_second_look_changes_nothing(own: Runtime) -> None:
    case = coming_back(own)
    with transaction(own.engine) as session, pytest.raises(RefusedError, match="every line"):
        inspection.inspect(session, own, case.id, [], by="olive", now=NOW)
    opened(own, case, "as_new")
    with transaction(own.engine) as session, pytest.raises(RefusedError, match="No parcel"):
        inspection.inspect(session, own, case.id, [Found(case.lines[0].id, "damaged")], by="ari", now=NOW)


def test_the_next_order_of_the_article_is_served_from_the_shelf_once(own: Runtime) -> None:
    [item] = opened(own, coming_back(own), "as_new")
    first, line_id = open_order(own)
    open_order(own, placed_at=NOW)
    with transaction(own.engine) as session:
        [offer] = resale.offers(session, limit=10)
        assert (offer.order_number, offer.sku, offer.saved_minor) == (first, "SWEATER-M", 1900)
        for _twice in range(2):
            assert resale.use(session, item.id, line_id, by="olive", now=NOW).left == 0
        assert resale.offers(session, limit=10) == []
        assert resale.shelf(session, limit=10) == []


@pytest.mark.parametrize(
    "values", [{"cancelled_at": NOW}, {"fulfilled_at": NOW}, {"sku": "MUG-BLUE"}, {"quantity": 2}], ids=str
)
def test_nothing_is_offered_to_an_order_that_cannot_use_it(own: Runtime, values: dict[str, object]) -> None:
    opened(own, coming_back(own), "as_new")
    open_order(own, **values)  # type: ignore[arg-type]
    with transaction(own.engine) as session:
        assert resale.offers(session, limit=10) == []


def test_each_piece_is_offered_to_one_order(own: Runtime) -> None:
    opened(own, coming_back(own, quantity=2), "as_new")
    numbers = [open_order(own, placed_at=NOW - timedelta(hours=hours))[0] for hours in (3, 2, 1)]
    with transaction(own.engine) as session:
        assert [offer.order_number for offer in resale.offers(session, limit=10)] == numbers[:2]


def test_what_is_gone_cannot_be_used(own: Runtime) -> None:
    [item] = opened(own, coming_back(own), "as_new")
    _, line_id = open_order(own)
    _, mug = open_order(own, sku="MUG-BLUE")
    with transaction(own.engine) as session:
        with pytest.raises(NotFoundError):
            resale.use(session, item.id, mug, by="olive", now=NOW)
        assert resale.take_off(session, item.id, by="olive", now=NOW).left == 0
        with pytest.raises(RefusedError, match="0 of SWEATER-M"):
            resale.use(session, item.id, line_id, by="olive", now=NOW)
        with pytest.raises(NotFoundError):
            resale.take_off(session, new_id("back"), by="olive", now=NOW)


def test_a_reason_the_supplier_never_covers_comes_to_the_shop(own: Runtime) -> None:
    terms = SupplierTerms(by_reason={"changed_mind": ReasonTerms(covered=False)})
    northwind = replace(own.shop.suppliers["northwind"], terms=terms)
    there = replace(own, shop=replace(own.shop, suppliers={"northwind": northwind}))
    with transaction(there.engine) as session:
        for reason, status in (("changed_mind", "awaiting_parcel"), ("wrong_size", "awaiting_supplier")):
            line = order_line(sku="SWEATER-M", unit_paid_minor=4900, wholesale_minor=1900)
            order = create_order(session, lines=[line])
            assert open_case(session, there, order=order, reason=reason, photos=0).status == status  # type: ignore[arg-type]


def test_reporting_the_parcel_does_not_keep_it_from_being_opened(own: Runtime) -> None:
    case = coming_back(own)
    with transaction(own.engine) as session:
        service.report_sent(session, case.id, by="shopper", now=NOW, tracking_number="6A1")
    opened(own, case, "as_new")
    assert reload(own, case.id).status == "refunding"
