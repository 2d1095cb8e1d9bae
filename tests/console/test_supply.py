"""What the console shows of the supplier's side: what each outcome would cost, and deadlines that run out."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest

from actions.cases.model import Case
from actions.runtime import Runtime
from actions.suppliers.model import SupplierDeadline
from common.clock import FixedClock
from common.database import transaction
from tests.console.visitor import Visitor
from tests.factories import create_order, open_case, order_line

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
    assert panel.index("Return, then refund") < panel.index("cheapest") < panel.index("€449.00")
    assert panel.count("cheapest") == 1
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
