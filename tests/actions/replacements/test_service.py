"""Another article instead of money: requested with the case, sent and booked once."""

from __future__ import annotations

from dataclasses import replace

import pytest

from actions.cases import review
from actions.cases.model import Case
from actions.cases.progress import supplier_progress
from actions.ledger import service as ledger
from actions.policy.model import Offer, Policy, Reason
from actions.replacements import repository, service
from actions.runtime import Runtime
from actions.suppliers import repository as claims
from actions.suppliers import service as suppliers
from actions.suppliers.port import RmaReport, RmaStatus
from common.database import transaction
from common.errors import RefusedError
from tests.factories import NOW, claim_of, create_case, create_order, open_case, order_line

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def offering(runtime: Runtime, policy: Policy) -> Runtime:
    """A policy that offers everything for every reason."""
    offers: frozenset[Offer] = frozenset({"refund", "replacement", "store_credit"})
    return replace(runtime, policy=replace(policy, outcomes=dict.fromkeys(policy.who_pays_return, offers)))


def _opened(runtime: Runtime, reason: Reason, supplier_id: str | None = "northwind") -> str:
    with transaction(runtime.engine) as session:
        order = create_order(session, lines=[order_line(supplier_id=supplier_id, wholesale_minor=280)])
        case = open_case(session, runtime, order=order, reason=reason, desired_outcome="replacement")
        return case.id


def _supplier_says(runtime: Runtime, case_id: str, status: RmaStatus) -> None:
    with transaction(runtime.engine) as session:
        claim = claim_of(session, case_id)
        assert claim is not None
        locked = claims.lock(session, claim.id)
        suppliers.record_sent(session, locked, RmaReport("rma_1", status), now=NOW, by="supplier:Northwind")
        supplier_progress(runtime, session, locked, now=NOW)


@pytest.mark.parametrize(("reason", "cost"), [("damaged", 0), ("wrong_size", 280)])
def test_its_cost_is_booked_once_unless_the_supplier_answers_for_the_fault(
    offering: Runtime, reason: Reason, cost: int
) -> None:
    case_id = _opened(offering, reason)
    if reason == "wrong_size":
        # Which size is for a person to talk over.
        with transaction(offering.engine) as session:
            review.approve(session, offering, case_id, by="Dana", why="An L", now=NOW)
    _supplier_says(offering, case_id, RmaStatus.APPROVED)
    with transaction(offering.engine) as session:
        case = session.get_one(Case, case_id)
        assert case.status == "replaced"
        service.ship(session, case, tracking="", by="Dana", now=NOW)
        row = service.ship(session, case, tracking="LP 1", by="Dana", now=NOW)
        assert (row.status, row.tracking, row.cost_minor) == ("shipped", "LP 1", cost)
        service.deliver(session, case, by="Dana", now=NOW)
        assert service.deliver(session, case, by="Dana", now=NOW).status == "delivered"
        books = ledger.statement(session, case_id, "EUR").balances
    assert books == ({"replacements": cost, "supplier_payable": -cost} if cost else {})


def test_the_shop_s_own_goods_it_sends_itself(offering: Runtime) -> None:
    case_id = _opened(offering, "damaged", supplier_id=None)
    with transaction(offering.engine) as session:
        assert session.get_one(Case, case_id).status == "replaced"
        row = repository.of_case(session, case_id)
        assert row is not None
        assert (row.status, row.supplier_id, row.cost_minor) == ("requested", None, 280)
        assert [found.id for found in repository.under_way(session, 5)] == [row.id]


def test_a_supplier_that_refuses_leaves_it_to_a_person_and_money_cancels_it(offering: Runtime) -> None:
    case_id = _opened(offering, "damaged")
    _supplier_says(offering, case_id, RmaStatus.REJECTED)
    with transaction(offering.engine) as session:
        review.approve(session, offering, case_id, by="Dana", why="Money, then", now=NOW)
        case = session.get_one(Case, case_id)
        row = repository.of_case(session, case_id)
        assert row is not None
        assert (case.status, row.status) == ("refunding", "cancelled")
        with pytest.raises(RefusedError):
            service.ship(session, case, tracking="", by="Dana", now=NOW)


def test_a_case_without_one_has_nothing_to_send(runtime: Runtime) -> None:
    with transaction(runtime.engine) as session, pytest.raises(RefusedError) as refused:
        service.ship(session, create_case(session), tracking="", by="Dana", now=NOW)
    assert refused.value.code == "replacement.none"


def test_store_credit_that_is_offered_is_handed_out_for_what_may_be_kept(offering: Runtime) -> None:
    with transaction(offering.engine) as session:
        case = open_case(session, offering, reason="damaged", desired_outcome="store_credit")
        assert (case.status, (case.decision or {})["reason_response"]) == ("refunding", "utter_decided_store_credit")
        big = create_order(session, lines=[order_line(sku="SWEATER-M", unit_paid_minor=4900)])
        kept = open_case(session, offering, order=big, reason="changed_mind", desired_outcome="store_credit")
        assert kept.status == "awaiting_review"


def test_what_is_not_offered_a_person_arranges(runtime: Runtime, policy: Policy) -> None:
    refunds_only = replace(runtime, policy=replace(policy, outcomes={}))
    with transaction(runtime.engine) as session:
        case = open_case(session, refunds_only, reason="damaged", desired_outcome="replacement")
        assert case.status == "awaiting_review"
        assert repository.of_case(session, case.id) is None
