"""A supplier that refuses: what was accepted goes on without it, and the loss is booked."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sqlalchemy as sa

from actions.cases import service
from actions.cases.model import Case
from actions.cases.progress import supplier_progress
from actions.ledger import service as ledger
from actions.policy.model import Reason
from actions.refunds import repository as refunds
from actions.refunds import service as refund_service
from actions.runtime import Runtime
from actions.suppliers import repository as claims
from actions.suppliers import service as suppliers
from actions.suppliers.port import RmaReport, RmaStatus
from common.database import transaction
from common.outbox import OutboxRow
from tests.actions.cases.conftest import reload
from tests.factories import claim_of, create_order, open_case, order_line

_OWN = "Maison Lumen, 1 rue Haute, 75001 Paris"


@pytest.fixture
def with_address(runtime: Runtime) -> Runtime:
    """A shop that takes parcels itself."""
    return replace(runtime, policy=replace(runtime.policy, return_address=_OWN))


def a_return(runtime: Runtime, *, reason: Reason = "wrong_size", days_ago: int = 4, **values: object) -> Case:
    with transaction(runtime.engine) as session:
        line = order_line(sku="SWEATER-M", name="Wool sweater", unit_paid_minor=4900, wholesale_minor=1900)
        order = create_order(session, lines=[line], shipping_minor=0, delivered_days_ago=days_ago)
        return open_case(session, runtime, order=order, reason=reason, photos=0, **values)  # type: ignore[arg-type]


def says(runtime: Runtime, case: Case, status: RmaStatus, **values: object) -> Case:
    now = runtime.clock.now()
    with transaction(runtime.engine) as session:
        found = claim_of(session, case.id)
        assert found is not None
        claim = claims.lock(session, found.id)
        report = RmaReport("nw-1", status, **values)  # type: ignore[arg-type]
        if suppliers.apply(session, claim, report, now=now, by="supplier:Northwind"):
            supplier_progress(runtime, session, claim, now=now)
    return reload(runtime, case.id)


def told(runtime: Runtime, case: Case) -> list[tuple[str, dict[str, str]]]:
    with transaction(runtime.engine) as session:
        rows = session.scalars(sa.select(OutboxRow).order_by(OutboxRow.seq)).all()
        # The receipt of a withdrawal comes before all and has its own tests.
        news = [row for row in rows if row.key.startswith(case.id) and not row.key.endswith(":withdrawal_receipt")]
        return [(row.body["response"], row.body["parameters"]) for row in news]


def books(runtime: Runtime, case: Case) -> dict[str, int]:
    with transaction(runtime.engine) as session:
        balances = ledger.statement(session, case.id, "EUR").balances
    assert sum(balances.values()) == 0
    return {account: total for account, total in balances.items() if total}


@pytest.mark.parametrize(
    ("reason", "days_ago", "basis"),
    [("wrong_size", 4, "withdrawal"), ("defective", 4, "non_conformity"), ("changed_mind", 20, "goodwill")],
)
def test_without_an_address_of_its_own_the_shop_pays_at_once(
    runtime: Runtime, reason: Reason, days_ago: int, basis: str
) -> None:
    case = a_return(runtime, reason=reason, days_ago=days_ago)
    assert (case.legal_basis, case.status) == (basis, "awaiting_supplier")
    refused = says(runtime, case, RmaStatus.REJECTED, reason="Worn")
    assert refused.status == "refunding"
    assert refused.journal[-1].why == "The supplier refuses: Worn; the shopper's refund goes on"
    says(runtime, case, RmaStatus.REJECTED, reason="Worn")
    with transaction(runtime.engine) as session:
        [refund] = refunds.of_case(session, case.id)
    refund_service.execute(runtime, refund.id)
    assert reload(runtime, case.id).status == "refunded"
    assert [response for response, _ in told(runtime, case)][:1] == ["utter_case_refund_anyway"]
    after = books(runtime, case)
    assert (after["shopper_refunds"], after["write_off"]) == (refund.amount_minor, 1900)


def test_a_refused_return_comes_to_the_shop_where_it_has_an_address(with_address: Runtime) -> None:
    case = a_return(with_address)
    waiting = says(with_address, case, RmaStatus.REJECTED, reason="Worn")
    assert waiting.status == "awaiting_parcel"
    assert waiting.return_by is not None
    [(response, parameters)] = told(with_address, case)
    assert response == "utter_case_rma_ready"
    assert (parameters["address"], parameters["rma_number"]) == (_OWN, case.reference)
    assert books(with_address, case) == {"write_off": 1900, "supplier_recovery": -1900}


def test_a_supplier_that_takes_its_word_back_gives_the_shopper_another_address(with_address: Runtime) -> None:
    case = a_return(with_address)
    says(with_address, case, RmaStatus.APPROVED, return_address="Dock 4", rma_number="RMA-9")
    waiting = says(with_address, case, RmaStatus.REJECTED, reason="No room")
    assert waiting.status == "awaiting_parcel"
    shown = [(item["address"], item["rma_number"]) for _, item in told(with_address, case)]
    assert shown == [("Dock 4", "RMA-9"), (_OWN, case.reference)]


def test_a_parcel_on_its_way_to_a_supplier_that_refuses_is_paid_for(with_address: Runtime) -> None:
    case = a_return(with_address)
    says(with_address, case, RmaStatus.APPROVED, return_address="Dock 4")
    with transaction(with_address.engine) as session:
        service.report_sent(session, case.id, by="shopper", now=with_address.clock.now(), tracking_number="6A1")
    assert says(with_address, case, RmaStatus.REJECTED, reason="No room").status == "refunding"


def test_a_refused_replacement_is_asked_about_by_a_person(runtime: Runtime) -> None:
    case = a_return(runtime, desired_outcome="replacement")
    with transaction(runtime.engine) as session:
        service.approve(session, runtime, case.id, by="Dana", why="In stock", now=runtime.clock.now())
    refused = says(runtime, case, RmaStatus.REJECTED, reason="Sold out")
    assert refused.status == "awaiting_review"
    assert refused.journal[-1].why == "The supplier refuses: Sold out"
    assert "utter_case_supplier_refused" in [response for response, _ in told(runtime, case)]
