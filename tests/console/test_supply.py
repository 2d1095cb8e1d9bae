"""What the console shows of the supplier's side: what each outcome would cost, and deadlines that run out."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest

from actions.cases.model import Case
from actions.feedback.model import Rating
from actions.runtime import Runtime
from actions.suppliers.model import SupplierDeadline
from common.clock import FixedClock
from common.database import transaction
from tests.console.visitor import Visitor
from tests.factories import NOW, claim_of, create_case, create_order, open_case, order_line

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def a_chair(runtime: Runtime) -> Case:
    """So dear that a person decides."""
    with transaction(runtime.engine) as session:
        line = order_line(sku="CHAIR", name="Oak chair", unit_paid_minor=64900, wholesale_minor=30000)
        return open_case(session, runtime, order=create_order(session, lines=[line]))


def test_the_sums_of_the_outcomes_are_shown_with_every_addend(owner: Visitor, runtime: Runtime) -> None:
    case = a_chair(runtime)
    page = owner.get(f"/console/cases/{case.id}")
    panel = page.html.split('id="h-costs"')[1].split("</section>")[0]
    # Two thirds of the wholesale price are expected back when the chair goes back, nothing when it stays.
    for expected in ("€449.00", "-€200.00", "67 % likely, of €300.00", "€649.00", "Only if the shopper agrees"):
        assert expected in panel
    assert panel.index("Return, then refund") < panel.index(">proposed<") < panel.index("€449.00")
    assert panel.count(">proposed<") == 1
    # What is proposed is what an approval does.
    assert "Return, then refund" in page.html.split('id="h-act"')[1].split("</section>")[0]


def test_a_decided_case_keeps_the_sums_of_its_time(owner: Visitor, runtime: Runtime) -> None:
    with transaction(runtime.engine) as session:
        case = open_case(session, runtime)
    assert case.status == "refunding"
    with transaction(runtime.engine) as session:
        kept = session.get_one(Case, case.id)
        kept.decision = json.loads(re.sub(r'"total_minor": \d+', '"total_minor": 12345', json.dumps(kept.decision)))
    page = owner.get(f"/console/cases/{case.id}")
    assert "€123.45" in page.html.split('id="h-costs"')[1].split("</section>")[0]


def test_a_deadline_that_runs_out_stands_on_the_overview_and_on_the_case(
    owner: Visitor, runtime: Runtime, clock: FixedClock
) -> None:
    case = a_chair(runtime)
    now = clock.now()
    with transaction(runtime.engine) as session:
        session.add(
            SupplierDeadline(
                id="until_1", case_id=case.id, supplier_id="northwind", counts_from="delivery", estimated=True,
                event_at=now - timedelta(days=13), deadline_at=now + timedelta(days=2), warned_at=now,
            )
        )  # fmt: skip
    overview = owner.get("/console")
    assert "Supplier deadlines that run out" in overview.words
    assert "No claim has reached Northwind yet; it takes one until 25 Nov 2026" in overview.words
    page = owner.get(f"/console/cases/{case.id}")
    assert "Counted from delivery, 10 Nov 2026 (estimated)" in page.words
    with transaction(runtime.engine) as session:
        session.get_one(SupplierDeadline, "until_1").met_at = now
    assert "Supplier deadlines that run out" not in owner.get("/console").words
    assert "The claim reached Northwind in time" in owner.get(f"/console/cases/{case.id}").words


def test_the_pages_of_suppliers_and_of_the_shelf_say_when_there_is_nothing(owner: Visitor) -> None:
    assert "No case about a supplier's goods" in owner.get("/console/suppliers").words
    assert "Nothing that came back can be sold again." in owner.get("/console/shelf").words


def test_a_parcel_is_opened_put_on_the_shelf_and_sent_with_the_next_order(owner: Visitor, runtime: Runtime) -> None:
    with transaction(runtime.engine) as session:
        line = order_line(sku="SWEATER-M", name="Wool <b>sweater</b>", unit_paid_minor=4900)
        order = create_order(session, lines=[line])
        case = create_case(session, order=order, status="in_transit", reason="wrong_size")
        wanted = create_order(session, lines=[order_line(sku="SWEATER-M", wholesale_minor=1900)], number="2001")
        wanted.fulfilled_at = None
        field = case.lines[0].id
    page = owner.get(f"/console/cases/{case.id}")
    assert "This parcel comes to you" in page.words
    done = owner.submit(page, f"/console/cases/{case.id}/inspect", **{f"condition-{field}": "as_new"})
    assert "Recorded." in done.words
    assert "As new → Sell again" in done.words
    shelf = owner.get("/console/shelf")
    assert "Order 2001" in shelf.words
    assert "Saves €19.00 at the supplier" in shelf.words
    assert "<b>sweater</b>" not in shelf.html
    [item] = shelf.html.split("/console/shelf/")[1:2]
    after = owner.submit(shelf, f"/console/shelf/{item.split('/')[0]}/use")
    assert "Do not order it from the supplier." in after.words
    assert "Nothing that came back can be sold again." in after.words


def test_a_parcel_without_a_word_about_its_state_is_not_taken(owner: Visitor, runtime: Runtime) -> None:
    with transaction(runtime.engine) as session:
        case = create_case(session, status="in_transit", reason="wrong_size")
    page = owner.get(f"/console/cases/{case.id}")
    done = owner.submit(page, f"/console/cases/{case.id}/inspect")
    assert "in which state it came back" in done.words
    with transaction(runtime.engine) as session:
        assert session.get_one(Case, case.id).status == "in_transit"


def test_ratings_and_records_stand_on_the_suppliers_page_and_on_the_case(owner: Visitor, runtime: Runtime) -> None:
    with transaction(runtime.engine) as session:
        case = open_case(session, runtime)
        session.add(Rating(case_id=case.id, asked_at=NOW, score=2, comment="Torn <i>box</i>", rated_at=NOW))
    page = owner.get("/console/suppliers")
    for expected in ("Northwind", "1 case", "2.0 / 5 (1)", "Blue ceramic mug", "Damaged", "Torn <i>box</i>"):
        assert expected in page.words
    assert "<i>box</i>" not in page.html
    assert "Shopper's rating" in owner.get(f"/console/cases/{case.id}").words
    assert owner.get("/console/suppliers?days=30").status == 200
    assert owner.get("/console/suppliers?days=nonsense").status == 200


def test_the_evidence_pack_is_downloaded(owner: Visitor, runtime: Runtime) -> None:
    with transaction(runtime.engine) as session:
        case = open_case(session, runtime, photos=0, reason="wrong_size")
        claim = claim_of(session, case.id)
    assert claim is not None
    answer = owner.get(f"/console/cases/{case.id}/claims/{claim.id}/pack")
    assert answer.status == 200
    assert answer.headers["content-type"] == "application/zip"
    chair = a_chair(runtime)
    assert owner.get(f"/console/cases/{chair.id}/claims/{claim.id}/pack").status == 404
