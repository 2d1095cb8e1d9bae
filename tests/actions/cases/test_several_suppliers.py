"""A case with the goods of two suppliers: a claim to each, credits booked apart, parcels told apart, one refund."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from actions.cases import inspection, jobs, legs, review
from actions.cases import service as cases
from actions.cases.model import Case
from actions.cases.progress import supplier_progress
from actions.cases.status import status_lines
from actions.cases.view import case_json
from actions.documents import service as documents
from actions.ledger import service as ledger
from actions.ledger.leaks import leaks
from actions.policy.model import Outcome, Reason
from actions.refunds import repository as refunds
from actions.resale.model import Found
from actions.runtime import Runtime
from actions.suppliers import repository as claims
from actions.suppliers import service as suppliers
from actions.suppliers.port import Inspection, RmaReport, RmaStatus
from common.clock import FixedClock
from common.database import transaction
from common.errors import RefusedError
from common.outbox import OutboxRow
from tests.actions.cases.conftest import path, reload, told
from tests.factories import create_order, open_case, order_line

Says = Callable[..., Case]
NAMES = {"northwind": "Northwind", "atelier": "Atelier Nord"}


@pytest.fixture
def own(runtime: Runtime) -> Runtime:
    """A shop that takes parcels itself, too."""
    return replace(runtime, policy=replace(runtime.policy, return_address="Maison Lumen\n1 rue du Test\n75011 Paris"))


def two(
    runtime: Runtime,
    reason: Reason = "wrong_size",
    *,
    others: Iterable[str | None] = ("atelier",),
    photos: int = 0,
    desired_outcome: Outcome | None = None,
) -> Case:
    """A sweater from Northwind, and what the other suppliers (None: the shop itself) sell."""
    with transaction(runtime.engine) as session:
        lines = [order_line(sku="SWEATER-M", name="Wool sweater", unit_paid_minor=4900, wholesale_minor=1900)]
        for supplier_id in others:
            lines.append(
                order_line(
                    sku="LAMP", name="Oak lamp", unit_paid_minor=3900, wholesale_minor=1500, supplier_id=supplier_id
                )
            )
        for position, line in enumerate(lines):
            line.position = position
        order = create_order(session, lines=lines)
        return open_case(session, runtime, order=order, reason=reason, photos=photos, desired_outcome=desired_outcome)


def says(
    runtime: Runtime, case_id: str, supplier_id: str, status: str, *, condition: str | None = None, **values: object
) -> Case:
    """One report of one supplier, as its webhook brings it."""
    now = runtime.clock.now()
    with transaction(runtime.engine) as session:
        found = claims.to_supplier(session, case_id, supplier_id)
        assert found is not None
        claim = claims.lock(session, found.id)
        inspected = Inspection(condition) if condition else None
        news = RmaReport(f"{supplier_id}-1", RmaStatus(status), inspection=inspected, **values)  # type: ignore[arg-type]
        if suppliers.apply(session, claim, news, now=now, by=f"supplier:{NAMES[supplier_id]}"):
            supplier_progress(runtime, session, claim, now=now)
    return reload(runtime, case_id)


def silent(runtime: Runtime, case_id: str, supplier_id: str) -> Case:
    """The supplier's days are over."""
    now = runtime.clock.now()
    with transaction(runtime.engine) as session:
        found = claims.to_supplier(session, case_id, supplier_id)
        assert found is not None
        claim = claims.lock(session, found.id)
        assert suppliers.silent_since(session, claim, "pending", now=now)
        supplier_progress(runtime, session, claim, now=now)
    return reload(runtime, case_id)


def approve_both(runtime: Runtime, case: Case) -> None:
    says(runtime, case.id, "northwind", "approved", rma_number="NW-1", return_address="Dock 4\nRotterdam")
    says(runtime, case.id, "atelier", "approved", rma_number="AT-9", instructions="Wrap the shade.")


def news(runtime: Runtime, case: Case) -> list[str]:
    with transaction(runtime.engine) as session:
        return told(session, case)


def message(session: Session, case: Case, event: str) -> dict[str, str]:
    row = session.scalars(sa.select(OutboxRow).where(OutboxRow.key == f"{case.id}:{event}")).one()
    parameters: dict[str, str] = row.body["parameters"]
    return parameters


def refunds_of(runtime: Runtime, case: Case) -> list[int]:
    with transaction(runtime.engine) as session:
        return [refund.amount_minor for refund in refunds.of_case(session, case.id)]


def books(runtime: Runtime, case: Case) -> dict[str, dict[str, int]]:
    """What the ledger says of each claim, by supplier."""
    with transaction(runtime.engine) as session:
        assert sum(ledger.statement(session, case.id, "EUR").balances.values()) == 0
        entries = ledger.statement(session, case.id, "EUR").entries
        found: dict[str, dict[str, int]] = {}
        for claim in claims.of_case(session, case.id):
            accounts = found.setdefault(claim.supplier_id, {})
            for entry in (entry for entry in entries if entry.claim_id == claim.id):
                accounts[entry.account] = accounts.get(entry.account, 0) + entry.debit_minor - entry.credit_minor
        return {name: {key: minor for key, minor in rows.items() if minor} for name, rows in found.items()}


def test_each_supplier_is_asked_for_its_own_goods(runtime: Runtime) -> None:
    case = two(runtime)
    with transaction(runtime.engine) as session:
        asked = {claim.supplier_id: claim.request["lines"] for claim in claims.of_case(session, case.id)}
        shown = case_json(session, session.get_one(Case, case.id))
    assert {name: [line["sku"] for line in lines] for name, lines in asked.items()} == {
        "northwind": ["SWEATER-M"], "atelier": ["LAMP"],
    }  # fmt: skip
    assert [item["name"] for item in shown["suppliers"]] == ["atelier", "northwind"]
    assert shown["supplier"] == shown["suppliers"][0]
    assert books(runtime, case) == {
        "northwind": {"supplier_credit_expected": 1900, "supplier_recovery": -1900},
        "atelier": {"supplier_credit_expected": 1500, "supplier_recovery": -1500},
    }


def test_each_parcel_is_told_with_its_number_address_slip_and_goods(runtime: Runtime) -> None:
    case = two(runtime)
    approve_both(runtime, case)
    with transaction(runtime.engine) as session:
        case = session.get_one(Case, case.id)
        assert told(session, case) == ["utter_case_rma_ready_part", "utter_case_rma_ready_part"]
        by_supplier = {claim.supplier_id: claim.id for claim in claims.of_case(session, case.id)}
        sweater = message(session, case, f"rma_ready:{by_supplier['northwind']}")
        lamp = message(session, case, f"rma_ready:{by_supplier['atelier']}")
        assert (sweater["rma_number"], sweater["address"], sweater["items"]) == (
            "NW-1", "Dock 4\nRotterdam", "1 × Wool sweater",
        )  # fmt: skip
        assert (lamp["rma_number"], lamp["items"], lamp["instructions"]) == ("AT-9", "1 × Oak lamp", "Wrap the shade.")
        assert lamp["address"] == "Atelier Nord\n3 quai du Port\n59000 Lille"
        slip = documents.return_slip(session, runtime, case.id, by_supplier["atelier"])
        assert (slip.number, [line.sku for line in slip.lines]) == ("AT-9", ["LAMP"])
        lines = status_lines(session, runtime, case)
        assert [shown["rma_number"] for _, shown in lines] == ["AT-9", "NW-1"]
    # The same reports again tell nothing twice.
    approve_both(runtime, case)
    assert len(news(runtime, case)) == 2


def test_the_money_goes_back_once_when_both_parcels_were_looked_at(runtime: Runtime) -> None:
    case = two(runtime)
    approve_both(runtime, case)
    assert says(runtime, case.id, "northwind", "received").status == "awaiting_parcel"
    assert says(runtime, case.id, "northwind", "inspected", condition="as_new").status == "awaiting_parcel"
    assert refunds_of(runtime, case) == []
    assert says(runtime, case.id, "atelier", "received").status == "received"
    done = says(runtime, case.id, "atelier", "inspected", condition="like new")
    assert path(done)[-3:] == ["received", "inspected", "refunding"]
    # Both articles and, for the whole order, its delivery.
    assert refunds_of(runtime, case) == [4900 + 3900 + 490]
    for supplier_id, credit in (("northwind", 1900), ("atelier", 1000)):
        for _ in range(2):
            says(runtime, case.id, supplier_id, "credited", credit_minor=credit)
    assert refunds_of(runtime, case) == [4900 + 3900 + 490]
    assert books(runtime, case) == {
        "northwind": {"supplier_credit_received": 1900, "supplier_recovery": -1900},
        "atelier": {"supplier_credit_received": 1000, "write_off": 500, "supplier_recovery": -1500},
    }


@pytest.mark.parametrize("first", ["northwind", "atelier"])
def test_one_accepts_and_one_refuses_without_an_address_of_the_shop(runtime: Runtime, first: str) -> None:
    case = two(runtime)
    answers = {"northwind": ("approved", {"return_address": "Dock 4"}), "atelier": ("rejected", {"reason": "Too late"})}
    for supplier_id in sorted(answers, key=lambda name: name != first):
        status, values = answers[supplier_id]
        case = says(runtime, case.id, supplier_id, status, **values)
    assert case.status == "awaiting_parcel"
    assert set(news(runtime, case)) == {"utter_case_rma_ready_part", "utter_case_keep_items"}
    done = says(runtime, case.id, "northwind", "credited", credit_minor=1900)
    assert done.status == "refunding"
    # The shopper gets everything back: a refusal is the shop's concern.
    assert refunds_of(runtime, case) == [4900 + 3900 + 490]
    assert books(runtime, case)["atelier"] == {"write_off": 1500, "supplier_recovery": -1500}
    assert books(runtime, case)["northwind"] == {"supplier_credit_received": 1900, "supplier_recovery": -1900}
    with transaction(runtime.engine) as session:
        assert [(leak.supplier, leak.written_off_minor) for leak in leaks(session, now=runtime.clock.now())] == [
            ("atelier", 1500)
        ]


def test_a_refusal_after_the_other_parcel_is_back_pays_at_once(runtime: Runtime) -> None:
    case = two(runtime)
    says(runtime, case.id, "northwind", "approved", return_address="Dock 4")
    says(runtime, case.id, "northwind", "credited", credit_minor=1900)
    done = says(runtime, case.id, "atelier", "rejected", reason="No")
    assert done.status == "refunding"
    assert refunds_of(runtime, case) == [4900 + 3900 + 490]


def test_both_refuse_and_the_money_goes_back(runtime: Runtime) -> None:
    case = two(runtime)
    assert says(runtime, case.id, "northwind", "rejected", reason="No").status == "awaiting_supplier"
    assert says(runtime, case.id, "atelier", "rejected", reason="No").status == "refunding"
    assert refunds_of(runtime, case) == [4900 + 3900 + 490]


def test_the_refused_goods_come_to_the_shop_and_the_others_to_their_supplier(own: Runtime) -> None:
    case = two(own)
    says(own, case.id, "northwind", "approved", rma_number="NW-1", return_address="Dock 4")
    case = says(own, case.id, "atelier", "rejected", reason="No")
    with transaction(own.engine) as session:
        case = session.get_one(Case, case.id)
        parcels = legs.of_case(session, own, case)
        assert [(leg.key, leg.number) for leg in parcels if leg.claim is None] == [("shop", case.reference)]
        assert [line.sku for line in inspection.lines_here(session, own, case)] == ["LAMP"]
        here = Found(inspection.lines_here(session, own, case)[0].id, "as_new")
        case = inspection.inspect(session, own, case.id, [here], by="olive", now=own.clock.now())
        assert case.status == "awaiting_parcel"
        assert inspection.lines_here(session, own, case) == ()
    assert says(own, case.id, "northwind", "inspected", condition="ok").status == "refunding"
    assert refunds_of(own, case) == [4900 + 3900 + 490]


def test_what_comes_to_the_shop_worn_is_weighed_by_a_person_once_all_is_there(own: Runtime) -> None:
    case = two(own, others=[None])
    assert case.status == "awaiting_parcel"
    says(own, case.id, "northwind", "approved", return_address="Dock 4")
    says(own, case.id, "northwind", "inspected", condition="ok")
    with transaction(own.engine) as session:
        case = session.get_one(Case, case.id)
        here = Found(inspection.lines_here(session, own, case)[0].id, "damaged")
        case = inspection.inspect(session, own, case.id, [here], by="olive", now=own.clock.now())
    assert case.status == "awaiting_review"
    assert refunds_of(own, case) == []


def test_nobody_takes_the_goods_of_the_shop_without_an_address(runtime: Runtime) -> None:
    case = two(runtime, others=[None])
    assert case.status == "awaiting_review"
    with transaction(runtime.engine) as session:
        assert claims.of_case(session, case.id) == []


def test_a_silent_supplier_holds_nothing_that_moves_and_then_a_person_takes_over(runtime: Runtime) -> None:
    case = two(runtime)
    says(runtime, case.id, "northwind", "approved", return_address="Dock 4")
    assert silent(runtime, case.id, "atelier").status == "awaiting_parcel"
    case = says(runtime, case.id, "northwind", "credited", credit_minor=1900)
    assert case.status == "awaiting_review"
    assert refunds_of(runtime, case) == []
    with transaction(runtime.engine) as session:
        review.approve(
            session, runtime, case.id, by="olive", why="We do not wait", now=runtime.clock.now(),
            outcome="refund_without_return",
        )  # fmt: skip
    assert refunds_of(runtime, case) == [4900 + 3900 + 490]
    # What it owes is given up for good; what the other one paid stays.
    assert books(runtime, case) == {
        "northwind": {"supplier_credit_received": 1900, "supplier_recovery": -1900},
        "atelier": {"write_off": 1500, "supplier_recovery": -1500},
    }
    assert says(runtime, case.id, "atelier", "credited", credit_minor=1500).status == "refunding"
    assert refunds_of(runtime, case) == [4900 + 3900 + 490]
    assert books(runtime, case)["atelier"] == {"supplier_credit_received": 1500, "supplier_recovery": -1500}


def test_a_silent_supplier_wakes_up_while_a_person_thinks(runtime: Runtime) -> None:
    case = two(runtime)
    assert silent(runtime, case.id, "atelier").status == "awaiting_review"
    assert says(runtime, case.id, "northwind", "approved", return_address="Dock 4").status == "awaiting_parcel"
    assert says(runtime, case.id, "atelier", "approved", rma_number="AT-9").status == "awaiting_parcel"
    assert news(runtime, case).count("utter_case_rma_ready_part") == 2


def test_a_person_takes_only_the_parcel_of_the_supplier_that_failed(own: Runtime) -> None:
    case = two(own)
    says(own, case.id, "northwind", "approved", return_address="Dock 4")
    with transaction(own.engine) as session:
        review.approve(session, own, case.id, by="olive", why="Ours", now=own.clock.now(), outcome="return")
    with transaction(own.engine) as session:
        case = session.get_one(Case, case.id)
        assert case.status == "awaiting_parcel"
        assert [leg.address.split("\n")[0] for leg in legs.of_case(session, own, case)] == ["Dock 4", "Maison Lumen"]


def test_half_of_the_goods_in_time_is_for_a_person_to_weigh(runtime: Runtime, clock: FixedClock) -> None:
    case = two(runtime)
    approve_both(runtime, case)
    says(runtime, case.id, "northwind", "inspected", condition="ok")
    clock.advance(timedelta(days=60))
    jobs.handlers(runtime)["case.expire"]({"case_id": case.id})
    assert reload(runtime, case.id).status == "awaiting_review"


def test_credits_without_a_parcel_are_claimed_from_each(runtime: Runtime) -> None:
    case = two(runtime, "not_as_described", photos=2)
    with transaction(runtime.engine) as session:
        review.change_outcome(
            session, runtime, case.id, by="olive", why="Clear", now=runtime.clock.now(),
            outcome="refund_without_return",
        )  # fmt: skip
    assert set(books(runtime, case)) == {"northwind", "atelier"}
    assert refunds_of(runtime, case) == [4900 + 3900]


def test_a_case_that_is_cancelled_gives_up_both(runtime: Runtime) -> None:
    case = two(runtime)
    with transaction(runtime.engine) as session:
        cases.cancel(session, case.id, by="shopper", why="No more", now=runtime.clock.now())
    with transaction(runtime.engine) as session:
        assert all(claim.closed_at for claim in claims.of_case(session, case.id))
    assert {accounts["write_off"] for accounts in books(runtime, case).values()} == {1900, 1500}


def test_a_replacement_needs_both(runtime: Runtime) -> None:
    case = two(runtime, "damaged", photos=2, desired_outcome="replacement")
    assert case.status == "awaiting_supplier"
    assert says(runtime, case.id, "northwind", "approved").status == "awaiting_supplier"
    assert says(runtime, case.id, "atelier", "approved").status == "replaced"
    assert news(runtime, case).count("utter_case_replacement") == 1
    assert books(runtime, case) == {"northwind": {}, "atelier": {}}


def test_an_unknown_leg_of_a_slip_is_the_last_one(runtime: Runtime) -> None:
    case = two(runtime)
    with transaction(runtime.engine) as session, pytest.raises(RefusedError, match="no return address"):
        documents.return_slip(session, runtime, case.id, "claim_0")
