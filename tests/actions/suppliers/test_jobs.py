from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from actions.runtime import Runtime
from actions.suppliers import jobs, repository, service
from actions.suppliers.model import SupplierClaim
from actions.suppliers.port import Capabilities, ClaimRequest, RmaReport, SupplierBusyError
from common.database import transaction
from common.errors import NotFoundError, UpstreamError
from tests.actions.suppliers.builders import open_claim, report, sent_claim
from tests.actions.suppliers.conftest import Progress
from tests.factories import NOW


class ScriptedSupplier:
    """Gives the answers it was told to, in order; the last one again and again."""

    capabilities = Capabilities(api=True, polling=True, webhook=True, rma_number=True)

    def __init__(self, *answers: RmaReport | Exception) -> None:
        self._answers = list(answers)
        self.calls: list[tuple[str, ClaimRequest | str]] = []

    def request(self, claim: ClaimRequest, key: str) -> RmaReport:
        self.calls.append((key, claim))
        return self._next()

    def fetch(self, external_id: str) -> RmaReport:
        self.calls.append(("fetch", external_id))
        return self._next()

    def _next(self) -> RmaReport:
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


def run(runtime: Runtime, progress: Progress, supplier: ScriptedSupplier, job: str, **payload: Any) -> None:
    wired = replace(runtime, suppliers={"northwind": supplier})
    jobs.handlers(wired, progress)[job](payload)


def claim_of(runtime: Runtime, claim_id: str) -> SupplierClaim:
    with transaction(runtime.engine) as session:
        return repository.get(session, claim_id)


def scheduled(runtime: Runtime) -> set[str]:
    schema = "dbos." if runtime.engine.dialect.name == "postgresql" else ""
    with runtime.engine.connect() as connection:
        return set(connection.execute(sa.text(f"SELECT workflow_uuid FROM {schema}workflow_status")).scalars())


@pytest.fixture
def opened(runtime: Runtime) -> str:
    with transaction(runtime.engine) as session:
        return open_claim(session, runtime.shop.suppliers["northwind"]).id


@pytest.fixture
def sent(runtime: Runtime) -> str:
    with transaction(runtime.engine) as session:
        return sent_claim(session, runtime.shop.suppliers["northwind"]).id


class TestRequest:
    def test_files_the_claim_and_plans_the_first_poll(self, runtime: Runtime, progress: Progress, opened: str) -> None:
        supplier = ScriptedSupplier(report("pending"))
        run(runtime, progress, supplier, "supplier.request", claim_id=opened)
        claim = claim_of(runtime, opened)
        assert (claim.external_id, claim.sent_at) == ("rma_1", NOW)
        assert f"supplier.poll:{opened}:1" in scheduled(runtime)
        key, filed = supplier.calls[0]
        assert key == opened
        assert isinstance(filed, ClaimRequest)
        assert (filed.reference, filed.lines[1].quantity, filed.desired_outcome) == ("RT-7K2P9X", 2, "return")

    def test_a_second_run_does_not_ask_again(self, runtime: Runtime, progress: Progress, opened: str) -> None:
        supplier = ScriptedSupplier(report("approved", rma_number="NW-1"))
        for _ in range(2):
            run(runtime, progress, supplier, "supplier.request", claim_id=opened)
        assert len(supplier.calls) == 1
        assert progress.seen == [("approved", None)]

    def test_a_retryable_failure_is_left_to_the_engine(self, runtime: Runtime, progress: Progress, opened: str) -> None:
        supplier = ScriptedSupplier(UpstreamError("supplier.failed", "500", retryable=True), report("pending"))
        with pytest.raises(UpstreamError):
            run(runtime, progress, supplier, "supplier.request", claim_id=opened)
        assert claim_of(runtime, opened).attention is None
        run(runtime, progress, supplier, "supplier.request", claim_id=opened)
        # The same words under the same key: a supplier that has it already files nothing new.
        assert supplier.calls[0] == supplier.calls[1]

    def test_nonsense_brings_a_person(self, runtime: Runtime, progress: Progress, opened: str) -> None:
        supplier = ScriptedSupplier(UpstreamError("supplier.malformed", "the field status is 'perhaps'"))
        with pytest.raises(UpstreamError):
            run(runtime, progress, supplier, "supplier.request", claim_id=opened)
        assert progress.seen == [("pending", "the field status is 'perhaps'")]

    def test_come_back_later_is_a_later_job(self, runtime: Runtime, progress: Progress, opened: str) -> None:
        supplier = ScriptedSupplier(SupplierBusyError("429", timedelta(seconds=90)))
        run(runtime, progress, supplier, "supplier.request", claim_id=opened)
        assert f"supplier.request:{opened}:2" in scheduled(runtime)
        assert claim_of(runtime, opened).sent_at is None

    def test_a_supplier_that_left_the_file_is_named(self, runtime: Runtime, progress: Progress, opened: str) -> None:
        with pytest.raises(NotFoundError, match=r"\[suppliers.northwind\]"):
            jobs.handlers(runtime, progress)["supplier.request"]({"claim_id": opened})


class TestPoll:
    def test_an_answer_moves_the_claim_and_plans_the_next(
        self, runtime: Runtime, progress: Progress, sent: str
    ) -> None:
        supplier = ScriptedSupplier(report("approved", rma_number="NW-1"))
        run(runtime, progress, supplier, "supplier.poll", claim_id=sent, n=1)
        assert claim_of(runtime, sent).status == "approved"
        assert progress.seen == [("approved", None)]
        assert f"supplier.poll:{sent}:2" in scheduled(runtime)

    @pytest.mark.parametrize("status", ["credited", "rejected"])
    def test_a_final_answer_ends_the_polling(
        self, runtime: Runtime, progress: Progress, sent: str, status: str
    ) -> None:
        supplier = ScriptedSupplier(report(status, credit_minor=2460 if status == "credited" else None))
        run(runtime, progress, supplier, "supplier.poll", claim_id=sent, n=1)
        run(runtime, progress, supplier, "supplier.poll", claim_id=sent, n=2)
        assert len(supplier.calls) == 1
        assert f"supplier.poll:{sent}:2" not in scheduled(runtime)

    def test_a_supplier_that_is_down_is_asked_again_later(
        self, runtime: Runtime, progress: Progress, sent: str
    ) -> None:
        supplier = ScriptedSupplier(UpstreamError("supplier.unreachable", "down", retryable=True))
        run(runtime, progress, supplier, "supplier.poll", claim_id=sent, n=7)
        assert f"supplier.poll:{sent}:8" in scheduled(runtime)
        assert progress.seen == []

    def test_nonsense_is_raised_once_and_polling_goes_on(self, runtime: Runtime, progress: Progress, sent: str) -> None:
        supplier = ScriptedSupplier(UpstreamError("supplier.malformed", "the field id is missing"))
        for number in (1, 2):
            run(runtime, progress, supplier, "supplier.poll", claim_id=sent, n=number)
        assert progress.seen == [("pending", "the field id is missing")]
        assert f"supplier.poll:{sent}:3" in scheduled(runtime)

    def test_a_closed_claim_is_left_alone(self, runtime: Runtime, progress: Progress, sent: str) -> None:
        with transaction(runtime.engine) as session:
            service.close(session, repository.lock(session, sent), now=NOW, by="system", why="Cancelled.")
        supplier = ScriptedSupplier(report("approved"))
        run(runtime, progress, supplier, "supplier.poll", claim_id=sent, n=1)
        assert supplier.calls == []


def test_a_silent_supplier_brings_a_person_once(runtime: Runtime, progress: Progress, sent: str) -> None:
    supplier = ScriptedSupplier(report("pending"))
    for _ in range(2):
        run(runtime, progress, supplier, "supplier.chase", claim_id=sent, status="pending")
    text = "The supplier has not answered for 5 days; the claim is still pending."
    assert progress.seen == [("pending", text)]


def test_a_supplier_that_has_moved_on_is_not_chased(runtime: Runtime, progress: Progress, sent: str) -> None:
    with transaction(runtime.engine) as session:
        service.apply(session, repository.lock(session, sent), report("approved"), now=NOW)
    run(runtime, progress, ScriptedSupplier(report("pending")), "supplier.chase", claim_id=sent, status="pending")
    assert progress.seen == []
