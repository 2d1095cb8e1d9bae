"""A silent supplier: its API is asked again, it is written to where it has none, and a person does the rest."""

from __future__ import annotations

import email
import email.policy
from collections.abc import Iterator
from dataclasses import replace

import pytest

from actions.runtime import Runtime
from actions.suppliers import jobs, repository, service
from actions.suppliers.adapters.portal import PortalSupplier
from actions.suppliers.mail import Letter, SmtpMailer
from actions.suppliers.model import SupplierClaim
from common.database import transaction
from common.errors import UpstreamError
from common.shop_config import SupplierConfig
from common.supplier_terms import SupplierTerms
from tests.actions.suppliers.builders import open_claim, report
from tests.actions.suppliers.conftest import Progress
from tests.actions.suppliers.mail_server import Postbox, postbox
from tests.actions.suppliers.test_jobs import ScriptedSupplier, scheduled
from tests.factories import NOW


@pytest.fixture
def box() -> Iterator[Postbox]:
    with postbox() as server:
        yield server


def chased(config: SupplierConfig) -> SupplierConfig:
    return replace(config, terms=SupplierTerms(chase_days=(2, 4)))


def portal(runtime: Runtime, box: Postbox | None = None) -> Runtime:
    """A supplier without an API, with or without a mail server to reach it."""
    config = chased(runtime.shop.suppliers["atelier"])
    mailer = SmtpMailer(box.url, "help@shop.example") if box else None
    shop = replace(runtime.shop, suppliers={"atelier": config})
    return replace(runtime, shop=shop, suppliers={"atelier": PortalSupplier(config)}, mailer=mailer)


def opened(runtime: Runtime, supplier_id: str) -> str:
    with transaction(runtime.engine) as session:
        return open_claim(session, runtime.shop.suppliers[supplier_id]).id


def run(runtime: Runtime, progress: Progress, job: str, **payload: object) -> SupplierClaim:
    jobs.handlers(runtime, progress)[job](dict(payload))
    with transaction(runtime.engine) as session:
        return repository.get(session, str(payload["claim_id"]))


def notes(runtime: Runtime, claim_id: str, kind: str) -> list[str]:
    with transaction(runtime.engine) as session:
        return [row.text for row in repository.notes(session, claim_id) if row.kind == kind]


def test_reminders_are_scheduled_with_the_claim_and_again_with_the_next_step_owed(
    runtime: Runtime, progress: Progress
) -> None:
    there = portal(runtime)
    claim_id = opened(there, "atelier")
    run(there, progress, "supplier.request", claim_id=claim_id)
    with transaction(there.engine) as session:
        claim = repository.lock(session, claim_id)
        service.apply(session, claim, report("received", id=claim.external_id or ""), now=NOW)
    assert {
        f"supplier.remind:{claim_id}:{status}:{days}" for status in ("pending", "received") for days in (2, 4)
    } <= scheduled(there)


def test_a_supplier_without_an_api_gets_its_link_by_mail_and_a_reminder(
    runtime: Runtime, progress: Progress, box: Postbox
) -> None:
    there = portal(runtime, box)
    claim_id = opened(there, "atelier")
    run(there, progress, "supplier.request", claim_id=claim_id)
    assert f"supplier.write:{claim_id}" in scheduled(there)
    for _twice in range(2):
        run(there, progress, "supplier.write", claim_id=claim_id)
    claim = run(there, progress, "supplier.remind", claim_id=claim_id, status="pending", days=2)
    assert len(box.letters) == 2
    first, second = (email.message_from_string(raw, policy=email.policy.default) for raw in box.letters)
    assert first["To"] == "returns@atelier.example"
    assert first["Subject"] == f"Maison Lumen : demande de retour {claim.reference}"
    assert second["Subject"] == f"Maison Lumen : rappel, demande de retour {claim.reference}"
    for letter in (first, second):
        assert "https://shop.example/supplier/" in letter.get_content()
        assert "{" not in letter.get_content()
    assert first["Message-ID"] != second["Message-ID"]
    assert notes(there, claim_id, "reminder") == ["Reminded after 2 days of silence (pending)."]
    assert claim.attention is None
    assert progress.seen == []


def test_without_a_mail_server_a_person_is_asked_to_send_the_link(runtime: Runtime, progress: Progress) -> None:
    there = portal(runtime)
    claim_id = opened(there, "atelier")
    run(there, progress, "supplier.request", claim_id=claim_id)
    claim = run(there, progress, "supplier.remind", claim_id=claim_id, status="pending", days=2)
    assert claim.attention == "No answer for 2 days; send the supplier its link again."
    # The case does not move: it is the supplier's time still.
    assert progress.seen == []


def test_an_answered_step_is_not_reminded_of(runtime: Runtime, progress: Progress, box: Postbox) -> None:
    there = portal(runtime, box)
    claim_id = opened(there, "atelier")
    run(there, progress, "supplier.request", claim_id=claim_id)
    with transaction(there.engine) as session:
        claim = repository.lock(session, claim_id)
        service.apply(session, claim, report("approved", id=claim.external_id or ""), now=NOW)
    run(there, progress, "supplier.remind", claim_id=claim_id, status="pending", days=2)
    run(there, progress, "supplier.write", claim_id=claim_id)
    assert box.letters == []


def test_an_api_is_asked_again_under_the_same_key_and_its_answer_counts(runtime: Runtime, progress: Progress) -> None:
    supplier = ScriptedSupplier(report("pending"), report("approved", rma_number="RMA-7"))
    config = chased(runtime.shop.suppliers["northwind"])
    there = replace(
        runtime, shop=replace(runtime.shop, suppliers={"northwind": config}), suppliers={"northwind": supplier}
    )
    claim_id = opened(there, "northwind")
    run(there, progress, "supplier.request", claim_id=claim_id)
    claim = run(there, progress, "supplier.remind", claim_id=claim_id, status="pending", days=2)
    assert [key for key, _ in supplier.calls] == [claim_id, claim_id]
    assert supplier.calls[0][1] == supplier.calls[1][1]
    assert claim.rma_number == "RMA-7"
    assert progress.seen == [("approved", None)]


@pytest.mark.parametrize(("answer", "retryable"), [("550 no such user", False), ("450 try later", True)])
def test_a_letter_that_is_not_taken(box: Postbox, answer: str, retryable: bool) -> None:
    box.answer = answer
    with pytest.raises(UpstreamError, match="refuses returns@atelier") as refusal:
        SmtpMailer(box.url, "help@shop.example").send(Letter("k", "returns@atelier.example", "Hello", "Text"))
    assert refusal.value.retryable is retryable


def test_a_mail_server_that_is_away_is_tried_again_and_its_password_stays_unsaid() -> None:
    mailer = SmtpMailer("smtp://me:hunter2@127.0.0.1:9", "help@shop.example")
    with pytest.raises(UpstreamError) as refusal:
        mailer.send(Letter("k", "returns@atelier.example", "Hello", "Text"))
    assert refusal.value.retryable
    assert "hunter2" not in refusal.value.message
