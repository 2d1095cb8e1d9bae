"""The situations of the product, from the decision to money back, with a supplier that answers in any order."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import permutations

import pytest
import sqlalchemy as sa

from actions.cases import jobs
from actions.cases.model import Case
from actions.jobs import handlers
from actions.ledger import service as ledger
from actions.policy.model import Policy
from actions.refunds import repository as refunds
from actions.refunds import service as refund_service
from actions.runtime import Runtime
from common.clock import FixedClock
from common.database import transaction
from common.outbox import OutboxRow
from tests.actions.cases.conftest import Report, path, reload, told
from tests.factories import claim_of, create_order, open_case, order_line


def _open(runtime: Runtime, **values: object) -> Case:
    with transaction(runtime.engine) as session:
        return open_case(session, runtime, **values)  # type: ignore[arg-type]


def _sweater(runtime: Runtime, **values: object) -> Case:
    """Wrong size, 49.00, with a supplier that has an API."""
    with transaction(runtime.engine) as session:
        line = order_line(sku="SWEATER-M", name="Wool sweater", unit_paid_minor=4900, wholesale_minor=1900)
        order = create_order(session, lines=[line], shipping_minor=0)
        return open_case(session, runtime, order=order, reason="wrong_size", photos=0, **values)  # type: ignore[arg-type]


def _pay(runtime: Runtime, case: Case) -> None:
    with transaction(runtime.engine) as session:
        found = refunds.of_case(session, case.id)
    for refund in found:
        refund_service.execute(runtime, refund.id)


def _news(runtime: Runtime, case: Case) -> list[str]:
    with transaction(runtime.engine) as session:
        return told(session, case)


def _books(runtime: Runtime, case: Case) -> dict[str, int]:
    with transaction(runtime.engine) as session:
        balances = ledger.statement(session, case.id, "EUR").balances
    assert sum(balances.values()) == 0
    return {account: total for account, total in balances.items() if total}


def test_a_broken_mug_is_refunded_at_once_and_claimed_from_the_supplier(runtime: Runtime, report: Report) -> None:
    case = _open(runtime)
    assert (case.status, case.resolution) == ("refunding", "refund_without_return")
    _pay(runtime, case)
    assert path(reload(runtime, case.id)) == ["collecting", "refunding", "refunded"]
    assert _books(runtime, case) == {
        "shopper_refunds": 990,
        "payment_service": -990,
        "supplier_credit_expected": 280,
        "supplier_recovery": -280,
    }
    assert report(case.id, "credited", credit_minor=280).status == "refunded"
    assert _books(runtime, case)["supplier_credit_received"] == 280
    assert _news(runtime, case) == ["utter_case_refunded"]


def test_a_return_goes_to_the_supplier_and_back_to_money(runtime: Runtime, report: Report) -> None:
    case = _sweater(runtime)
    assert case.status == "awaiting_supplier"
    ready = report(case.id, "approved", rma_number="RMA-7", return_address="Northwind\nDock 4\n2000 Antwerp")
    assert ready.status == "awaiting_parcel"
    report(case.id, "received")
    inspected = report(case.id, "inspected", condition="as_new")
    assert inspected.status == "refunding"
    _pay(runtime, case)
    done = report(case.id, "credited", credit_minor=1900)

    assert path(done) == [
        "collecting", "awaiting_supplier", "awaiting_parcel", "received", "inspected", "refunding", "refunded",
    ]  # fmt: skip
    assert _news(runtime, case) == [
        "utter_case_rma_ready",
        "utter_case_parcel_received",
        "utter_case_inspected",
        "utter_case_refund_started",
        "utter_case_refunded",
    ]
    assert _books(runtime, case) == {
        "shopper_refunds": 4900,
        "payment_service": -4900,
        "supplier_credit_received": 1900,
        "supplier_recovery": -1900,
    }


def test_the_way_back_is_told_with_number_address_deadline_and_slip(runtime: Runtime, report: Report) -> None:
    case = _sweater(runtime, language="fr")
    report(case.id, "approved", rma_number="RMA-7", return_address="Northwind\nDock 4\n2000 Antwerp")
    with transaction(runtime.engine) as session:
        body = session.scalars(sa.select(OutboxRow).where(OutboxRow.key == f"{case.id}:rma_ready")).one().body
    assert body["parameters"] == {
        "reference": case.reference,
        "rma_number": "RMA-7",
        "address": "Northwind\nDock 4\n2000 Antwerp",
        "deadline": "07/12/2026",
        "instructions": "",
    }
    slip = body["attachments"][0]
    assert slip["url"].startswith("https://shop.example/returns/")
    assert slip["url"].endswith(".pdf")
    assert slip["mime"] == "application/pdf"


@pytest.mark.parametrize("order", list(permutations(["approved", "received", "inspected", "credited"])))
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_reports_in_any_order_end_in_one_refund(runtime: Runtime, report: Report, order: tuple[str, ...]) -> None:
    case = _sweater(runtime)
    values = {
        "approved": {"return_address": "Dock 4"},
        "inspected": {"condition": "ok"},
        "credited": {"credit_minor": 1900},
    }
    for status in order:
        for _twice in range(2):
            report(case.id, status, **values.get(status, {}))
    _pay(runtime, case)
    done = reload(runtime, case.id)
    assert done.status == "refunded"
    assert path(done).count("refunding") == 1
    assert _books(runtime, case)["shopper_refunds"] == 4900
    assert _books(runtime, case)["supplier_credit_received"] == 1900


def test_goods_found_used_go_to_a_person_who_stays_in_charge(runtime: Runtime, report: Report) -> None:
    case = _sweater(runtime)
    report(case.id, "approved", return_address="Dock 4")
    used = report(case.id, "inspected", condition="used")
    assert used.status == "awaiting_review"
    assert report(case.id, "credited", credit_minor=500).status == "awaiting_review"
    assert _books(runtime, case) == {"supplier_credit_received": 500, "write_off": 1400, "supplier_recovery": -1900}


def test_a_silent_supplier_does_not_hold_the_shopper(runtime: Runtime) -> None:
    case = _sweater(runtime)
    with transaction(runtime.engine) as session:
        claim = claim_of(session, case.id)
        assert claim is not None
    handlers(runtime)["supplier.chase"]({"claim_id": claim.id, "status": "pending"})
    assert reload(runtime, case.id).status == "awaiting_review"
    assert _news(runtime, case) == ["utter_case_in_review"]


def test_the_law_pays_when_the_goods_are_back_and_nobody_inspects(
    runtime: Runtime, report: Report, clock: FixedClock
) -> None:
    case = _sweater(runtime)
    report(case.id, "approved", return_address="Dock 4")
    report(case.id, "received")
    clock.advance(timedelta(days=14))
    timers = jobs.handlers(runtime)
    timers["case.refund_due"]({"case_id": case.id})
    timers["case.refund_due"]({"case_id": case.id})
    assert reload(runtime, case.id).status == "refunding"
    _pay(runtime, case)
    assert reload(runtime, case.id).status == "refunded"


def test_a_parcel_that_never_leaves_is_reminded_of_and_expires(
    runtime: Runtime, report: Report, clock: FixedClock
) -> None:
    case = _sweater(runtime)
    report(case.id, "approved", return_address="Dock 4")
    timers = jobs.handlers(runtime)
    timers["case.remind"]({"case_id": case.id})
    timers["case.expire"]({"case_id": case.id})
    assert reload(runtime, case.id).status == "awaiting_parcel", "the deadline has not passed"
    clock.advance(timedelta(days=15))
    timers["case.expire"]({"case_id": case.id})
    timers["case.remind"]({"case_id": case.id})
    assert reload(runtime, case.id).status == "expired"
    assert _news(runtime, case) == ["utter_case_rma_ready", "utter_case_reminder", "utter_case_expired"]
    assert report(case.id, "received").status == "received"


def test_a_replacement_is_announced_when_the_supplier_agrees(runtime: Runtime, report: Report) -> None:
    case = _open(runtime, desired_outcome="replacement")
    assert case.status == "awaiting_supplier"
    assert report(case.id, "approved").status == "replaced"
    assert _news(runtime, case) == ["utter_case_replacement"]
    assert _books(runtime, case) == {}


def test_a_parcel_without_a_supplier_comes_to_the_shop(runtime: Runtime, policy: Policy) -> None:
    at_home = replace(runtime, policy=replace(policy, return_address="1 rue de la Paix\n75002 Paris"))
    with transaction(runtime.engine) as session:
        order = create_order(session, lines=[order_line(unit_paid_minor=3000, supplier_id=None)])
        case = open_case(session, at_home, order=order, reason="changed_mind", photos=0)
    assert reload(runtime, case.id).status == "awaiting_parcel"
    assert _news(runtime, case) == ["utter_case_rma_ready"]


def test_items_that_nobody_takes_back_go_to_a_person_for_a_return(runtime: Runtime) -> None:
    lines = [order_line(unit_paid_minor=3000), order_line(unit_paid_minor=2000, supplier_id=None)]
    with transaction(runtime.engine) as session:
        case = open_case(session, runtime, order=create_order(session, lines=lines), reason="wrong_size", photos=0)
    assert reload(runtime, case.id).status == "awaiting_review"


def test_the_sweep_leaves_healthy_cases_alone_and_restarts_the_rest(runtime: Runtime, clock: FixedClock) -> None:
    healthy, stuck = _open(runtime), _sweater(runtime)
    with transaction(runtime.engine) as session:
        row = session.get_one(Case, stuck.id)
        row.status, row.resolution = "refunding", "return"
    clock.advance(timedelta(minutes=30))
    for _twice in range(2):
        jobs.handlers(runtime)["case.sweep"]({})
    with transaction(runtime.engine) as session:
        assert [refund.status for refund in refunds.of_case(session, healthy.id)] == ["created"]
        assert [refund.amount_minor for refund in refunds.of_case(session, stuck.id)] == [4900]
