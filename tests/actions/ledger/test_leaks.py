"""Credits that suppliers owe and never paid are found, whoever forgot them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from actions.cases.progress import supplier_progress
from actions.ledger.leaks import by_supplier, leaks
from actions.runtime import Runtime
from actions.suppliers import repository as claims
from actions.suppliers import service as suppliers
from actions.suppliers.port import RmaReport, RmaStatus
from common.database import transaction
from tests.factories import NOW, claim_of, create_order, open_case, order_line

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def _claimed(runtime: Runtime, wholesale: int, supplier_id: str = "northwind") -> str:
    """A broken mug was paid back, and its supplier owes us the wholesale price."""
    with transaction(runtime.engine) as session:
        lines = [order_line(wholesale_minor=wholesale, supplier_id=supplier_id)]
        email = f"{wholesale}@example.com"
        return open_case(session, runtime, order=create_order(session, lines=lines, email=email)).id


def _says(runtime: Runtime, case_id: str, status: RmaStatus, credit: int | None = None) -> None:
    with transaction(runtime.engine) as session:
        claim = claim_of(session, case_id)
        assert claim is not None
        locked = claims.lock(session, claim.id)
        report = RmaReport(f"rma_{case_id}", status, credit_minor=credit)
        suppliers.record_sent(session, locked, report, now=NOW, by="supplier:Northwind")
        supplier_progress(runtime, session, locked, now=NOW)


def test_what_is_owed_what_was_given_up_and_how_old_it_is(runtime: Runtime) -> None:
    owed, short, refused, paid = (_claimed(runtime, minor) for minor in (280, 300, 410, 500))
    other = _claimed(runtime, 700, "atelier")
    _says(runtime, short, RmaStatus.CREDITED, 100)
    _says(runtime, refused, RmaStatus.REJECTED)
    _says(runtime, paid, RmaStatus.CREDITED, 500)
    with transaction(runtime.engine) as session:
        found = leaks(session, now=NOW + timedelta(days=40, hours=5))
    assert {leak.case_id: (leak.expected_minor, leak.written_off_minor) for leak in found} == {
        owed: (280, 0), short: (0, 200), refused: (0, 410), other: (700, 0),
    }  # fmt: skip
    assert {leak.days for leak in found} == {40}
    totals = [(row.supplier, row.cases, row.expected_minor, row.written_off_minor) for row in by_supplier(found)]
    assert totals == [("northwind", 3, 280, 610), ("atelier", 1, 700, 0)]


def test_a_credit_that_comes_after_all_is_no_leak(runtime: Runtime) -> None:
    case_id = _claimed(runtime, 280)
    _says(runtime, case_id, RmaStatus.CREDITED, 100)
    _says(runtime, case_id, RmaStatus.CREDITED, 280)
    with transaction(runtime.engine) as session:
        assert leaks(session, now=NOW) == []
        assert by_supplier([]) == []
