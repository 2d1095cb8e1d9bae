"""Refunds made by hand and chargebacks, as the merchant sees and answers them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from datetime import timedelta

import pytest

from actions.cases.model import Case
from actions.evidence import service as evidence
from actions.ledger import service as ledger
from actions.refunds import repository, service
from actions.refunds.news import repository as news
from actions.refunds.news import service as news_service
from actions.refunds.news.model import Chargeback
from actions.refunds.news.parse import parse_event
from actions.replacements import repository as replacements
from actions.runtime import Runtime
from common.clock import FixedClock
from common.database import transaction
from common.outbox import Conversation
from common.photos import store
from console.accounts.service import SignedIn
from console.context import ConsoleContext
from console.money.evidence import chargeback_evidence
from console.visit import Visit
from console.words import load
from tests.actions.refunds.news import chargeback_event, refund_event
from tests.console.scenes import a_photo, say
from tests.console.visitor import Visitor
from tests.factories import create_case, create_order, open_case, order_line

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
Browse = Callable[..., Visitor]


@pytest.fixture
def case_id(runtime: Runtime) -> str:
    """A case whose refund of 9.90 is intended and not sent."""
    with transaction(runtime.engine) as session:
        return open_case(session, runtime, order=create_order(session, shipping_minor=0)).id


def _told(runtime: Runtime, body: bytes) -> None:
    with transaction(runtime.engine) as session:
        assert news_service.receive(session, runtime, parse_event(body), now=runtime.clock.now()) == "applied"


def test_a_chargeback_is_shown_with_its_date(owner: Visitor, runtime: Runtime, case_id: str) -> None:
    _told(runtime, chargeback_event("open"))
    assert "Evidence due : 1 Dec 2026".replace(" :", ":") in owner.get("/console").words
    assert "the bank decides" in owner.get(f"/console/cases/{case_id}").words


def test_a_refund_by_hand_is_asked_about_and_answered_once(owner: Visitor, runtime: Runtime, case_id: str) -> None:
    _told(runtime, refund_event(amount_minor=400))
    assert "What was it for?" in owner.get("/console").words
    with transaction(runtime.engine) as session:
        row = news.outside_asked(session, 1)[0]
    path = f"/console/cases/{case_id}/outside/{row.id}"
    page = owner.get(f"/console/cases/{case_id}")
    done = owner.submit(page, path, answer="this_case")
    assert "only what is missing is still paid" in done.words
    owner.submit(page, path, answer="this_case")
    with transaction(runtime.engine) as session:
        for refund in repository.of_case(session, case_id):
            assert refund.status in ("failed", "succeeded", "created")
        waiting = [refund for refund in repository.of_case(session, case_id) if refund.status == "created"]
    assert [refund.amount_minor for refund in waiting] == [590]
    service.execute(runtime, waiting[0].id)
    with transaction(runtime.engine) as session:
        assert session.get_one(Case, case_id).status == "refunded"
    assert "What was it for?" not in owner.get("/console").words


@pytest.mark.parametrize("said", ["asked", "void", "", "<b>"])
def test_no_other_answer_is_taken(owner: Visitor, runtime: Runtime, case_id: str, said: str) -> None:
    _told(runtime, refund_event(amount_minor=400))
    with transaction(runtime.engine) as session:
        row = news.outside_asked(session, 1)[0]
    page = owner.get(f"/console/cases/{case_id}")
    owner.submit(page, f"/console/cases/{case_id}/outside/{row.id}", answer=said)
    with transaction(runtime.engine) as session:
        assert news.outside_asked(session, 1)[0].status == "asked"


def test_a_replacement_is_sent_and_delivered_from_the_case_page(owner: Visitor, runtime: Runtime) -> None:
    with transaction(runtime.engine) as session:
        lines = [order_line(supplier_id=None, wholesale_minor=280)]
        order = create_order(session, lines=lines)
        case_id = open_case(session, runtime, order=order, desired_outcome="replacement").id
    path = f"/console/cases/{case_id}/replacement"
    page = owner.get(f"/console/cases/{case_id}")
    assert "Noted as sent." in owner.submit(page, path, step="shipped", tracking="LP 7").words
    page = owner.get(f"/console/cases/{case_id}")
    assert "LP 7" in page.words
    assert "Noted as delivered." in owner.submit(page, path, step="delivered").words
    with transaction(runtime.engine) as session:
        row = replacements.of_case(session, case_id)
        assert row is not None
        assert (row.status, row.tracking) == ("delivered", "LP 7")
        assert ledger.statement(session, case_id, "EUR").balances["replacements"] == 280


def test_what_suppliers_owe_is_a_page(owner: Visitor, runtime: Runtime, case_id: str) -> None:
    words = owner.get("/console/leaks").words
    assert "Northwind" in words
    assert "€2.80" in words


def test_a_surcharge_is_told_before_it_bites(owner: Visitor, runtime: Runtime, clock: FixedClock) -> None:
    sent = clock.now() - timedelta(days=22)
    with transaction(runtime.engine) as session:
        order = create_order(session, lines=[order_line(unit_paid_minor=10_000)], country="FR", now=sent)
        created = create_case(
            session, order=order, status="in_transit", legal_basis="withdrawal", refund_minor=10_000, created_at=sent
        )
        created.parcel = {"reported_at": sent.isoformat()}
    assert "The law adds this to a late refund" in owner.get("/console").words
    words = owner.get(f"/console/cases/{created.id}").words
    assert "8 days late" in words
    assert "€5.00 is owed on top" in words


def _disputed(runtime: Runtime, case_id: str) -> Chargeback:
    """A chargeback of the case's payment; its photos lie where photos lie."""
    _told(runtime, chargeback_event("open"))
    with transaction(runtime.engine) as session:
        for item in evidence.of_case(session, case_id):
            path = store.path_of(runtime.settings.home, item.photo_id)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(a_photo(7))
        return news.chargebacks_of_order(session, session.get_one(Case, case_id).order_id)[0]


def test_the_evidence_of_a_chargeback_is_one_file(owner: Visitor, runtime: Runtime, case_id: str) -> None:
    row = _disputed(runtime, case_id)
    path = f"/console/cases/{case_id}/chargebacks/{row.id}/evidence"
    assert path in owner.get(f"/console/cases/{case_id}").html
    answer = owner.get(path)
    assert answer.headers["content-type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        pdf, *pictures = archive.namelist()
        assert archive.read(pdf).startswith(b"%PDF-")
    assert len(pictures) == 2
    assert owner.get(f"/console/cases/{case_id}/chargebacks/cb_0/evidence").status == 404


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", ("to be sent", "Refund, the item is kept", "Delivered", "Opened on")),
        ("fr", ("à envoyer", "Remboursement, l'article est gardé", "Livré", "Ouverte le")),
    ],
)
def test_the_bank_reads_order_delivery_decision_conversation_and_refunds(
    runtime: Runtime, case_id: str, language: str, expected: tuple[str, ...]
) -> None:
    row = _disputed(runtime, case_id)
    with transaction(runtime.engine) as session:
        case = session.get_one(Case, case_id)
        talk = session.get_one(Conversation, case.conversation_id)
        say(session, talk, "La tasse fuit.")
        user = SignedIn("user_1", "olive", None, "owner", language, "csrf", "token")
        visit = Visit(ConsoleContext(runtime), session, user, load()[language], runtime.clock.now(), "/")
        made = chargeback_evidence(visit, row)
    told = "\n".join(f"{heading}\n{label}\n{text}" for heading, facts in made.sections for label, text in facts)
    for fact in (row.external_id, "pay_1", case.reference, "MUG-BLUE", "La tasse fuit.", *expected):
        assert fact in told, fact
