"""Every job that is asked for has a handler, and a worker carries a case to its end by itself."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable
from dataclasses import replace

import pytest

from actions.cases.model import Case
from actions.jobs import handlers, schedules
from actions.ledger import service as ledger
from actions.runtime import Runtime
from actions.suppliers.port import Capabilities, ClaimRequest, Inspection, RmaReport, RmaStatus
from common.database import transaction
from common.engine import Worker, open_problems
from common.settings import ROOT
from tests.factories import claim_of, create_order, open_case, order_line
from tests.fakes import MemoryGateway

_PATIENCE = 120.0


def test_every_job_that_is_asked_for_has_a_handler(runtime: Runtime) -> None:
    known = set(handlers(runtime))
    asked = set(schedules())
    for file in (ROOT / "actions").rglob("*.py"):
        asked |= set(re.findall(r'enqueue\(\s*session,\s*"([\w.]+)"', file.read_text(encoding="utf-8")))
    assert asked <= known
    assert {"refund.execute", "supplier.request", "case.refund_due"} <= asked


class _QuickSupplier:
    """Answers a request with an approval, and the next question with the parcel inspected and credited."""

    capabilities = Capabilities(api=True, polling=True, webhook=False, rma_number=True)

    def request(self, claim: ClaimRequest, key: str) -> RmaReport:
        return RmaReport(key, RmaStatus.APPROVED, rma_number="RMA-1", return_address="Dock 4")

    def fetch(self, external_id: str) -> RmaReport:
        return RmaReport(external_id, RmaStatus.CREDITED, inspection=Inspection("as_new"), credit_minor=1900)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_worker_carries_a_return_from_request_to_money_back(runtime: Runtime, gateway: MemoryGateway) -> None:
    suppliers = {key: replace(config, poll_seconds=0) for key, config in runtime.shop.suppliers.items()}
    whole = replace(runtime, shop=replace(runtime.shop, suppliers=suppliers), suppliers={"northwind": _QuickSupplier()})
    worker = Worker(whole.engine, whole.clock, handlers(whole), executor_id="test")
    worker.start()
    try:
        with transaction(whole.engine) as session:
            line = order_line(sku="SWEATER-M", unit_paid_minor=4900, wholesale_minor=1900)
            order = create_order(session, lines=[line], shipping_minor=0)
            case = open_case(session, whole, order=order, reason="wrong_size", photos=0)
        _eventually(lambda: _status(whole, case.id) == "refunded")
    finally:
        worker.stop()
    with transaction(whole.engine) as session:
        claim = claim_of(session, case.id)
        assert claim is not None
        assert claim.status == "credited"
        assert ledger.statement(session, case.id, "EUR").balances["supplier_credit_received"] == 1900
        assert open_problems(session) == []
    assert [request.amount.minor_units for request, _ in gateway.paid.values()] == [4900]


def _status(runtime: Runtime, case_id: str) -> str:
    with transaction(runtime.engine) as session:
        return session.get_one(Case, case_id).status


def _eventually(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _PATIENCE
    while not holds():
        assert time.monotonic() < deadline, "it never came to hold"
        threading.Event().wait(0.05)
