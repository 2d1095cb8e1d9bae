from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
import requests
from sanic import Sanic

from actions.cases.model import Case
from actions.documents import service
from actions.documents.links import receipt_url, slip_url
from actions.documents.web import blueprint
from actions.runtime import Runtime
from actions.suppliers import outgoing, repository
from actions.suppliers import service as suppliers
from common import links
from common.clock import FixedClock
from common.database import transaction
from common.errors import RefusedError
from common.photos import store
from common.photos.intake import intake
from tests.actions.suppliers.builders import open_claim, report
from tests.factories import NOW, create_case, create_conversation
from tests.loopback import serving
from tests.shopper import photo


@pytest.fixture
def base(runtime: Runtime) -> Iterator[str]:
    app = Sanic("documents", configure_logging=False)
    app.blueprint(blueprint(runtime))
    with serving(app) as address:
        yield address


def get(base: str, url: str) -> requests.Response:
    return requests.get(base + urlsplit(url).path, timeout=10)


def awaited(runtime: Runtime, *, language: str = "en", status: str = "approved") -> Case:
    """A case whose parcel is awaited by a supplier with a return number."""
    with transaction(runtime.engine) as session:
        case = create_case(session, status="awaiting_parcel", language=language, return_by=NOW + timedelta(days=7))
        claim = open_claim(session, runtime.shop.suppliers["northwind"], case_id=case.id, reference=case.reference)
        locked = repository.lock(session, claim.id)
        answer = report(status, rma_number="NW-42", return_address="Dock 4\nRotterdam")
        suppliers.apply(session, locked, answer, now=NOW)
        return case


def test_the_shopper_gets_the_slip(base: str, runtime: Runtime) -> None:
    case = awaited(runtime)
    url = slip_url(runtime.settings, case.id, now=NOW)
    assert url.startswith("https://shop.example/returns/")
    answer = get(base, url)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/pdf")
    assert answer.content.startswith(b"%PDF-")
    assert answer.headers["Content-Disposition"] == f'inline; filename="{case.reference}.pdf"'
    assert answer.headers["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize(("language", "deadline"), [("en", "30 Nov 2026"), ("fr", "30/11/2026")])
def test_the_slip_speaks_the_shoppers_language(runtime: Runtime, language: str, deadline: str) -> None:
    case = awaited(runtime, language=language)
    with transaction(runtime.engine) as session:
        slip = service.return_slip(session, runtime, case.id)
    assert deadline in slip.words.deadline
    assert (slip.number, slip.return_address) == ("NW-42", "Dock 4\nRotterdam")
    assert slip.lines[0].name == "Blue ceramic mug"
    assert all(vars(slip.words).values())


def test_a_slip_waits_for_somewhere_to_send_the_parcel(base: str, runtime: Runtime) -> None:
    with transaction(runtime.engine) as session:
        case = create_case(session, status="awaiting_supplier")
        with pytest.raises(RefusedError, match="no return address yet"):
            service.return_slip(session, runtime, case.id)
    assert get(base, slip_url(runtime.settings, case.id, now=NOW)).status_code == 409


def test_a_refused_return_has_no_slip(base: str, runtime: Runtime) -> None:
    case = awaited(runtime, status="rejected")
    assert get(base, slip_url(runtime.settings, case.id, now=NOW)).status_code == 409


def test_links_that_open_nothing(base: str, runtime: Runtime, clock: FixedClock) -> None:
    case = awaited(runtime)
    url = slip_url(runtime.settings, case.id, now=NOW)
    other = links.sign(runtime.settings.secret_key, "evidence", {"case": case.id}, expires_at=NOW + timedelta(1))
    assert get(base, "/returns/x.pdf").status_code == 404
    assert get(base, f"/returns/{other}.pdf").status_code == 404
    assert get(base, slip_url(runtime.settings, "case_0", now=NOW)).status_code == 404
    clock.advance(timedelta(days=181))
    assert get(base, url).status_code == 410


def test_a_supplier_sees_the_pictures_of_its_claim(base: str, runtime: Runtime, clock: FixedClock) -> None:
    with transaction(runtime.engine) as session:
        conversation = create_conversation(session)
        row = store.keep(
            session, runtime.settings.home, intake(photo(1)), conversation_id=conversation.id, client_id="c", now=NOW
        )
        claim = open_claim(session, runtime.shop.suppliers["northwind"], photo_ids=(row.id,))
        first = outgoing.claim_request(session, claim, runtime.settings)
        clock.advance(timedelta(days=2))
        # The supplier compares bodies under one key, so nothing in it may depend on the time of the try.
        assert outgoing.claim_request(session, claim, runtime.settings) == first
    link = first.evidence[0]
    answer = get(base, link.url)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "image/jpeg")
    assert hashlib.sha256(answer.content).hexdigest() == link.sha256
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert get(base, "/evidence/x").status_code == 404
    clock.advance(timedelta(days=181))
    assert get(base, link.url).status_code == 410


def test_a_picture_whose_file_is_gone_is_a_404(base: str, runtime: Runtime) -> None:
    with transaction(runtime.engine) as session:
        conversation = create_conversation(session)
        row = store.keep(
            session, runtime.settings.home, intake(photo(2)), conversation_id=conversation.id, client_id="c", now=NOW
        )
    token = links.sign(runtime.settings.secret_key, "evidence", {"photo": row.id}, expires_at=NOW + timedelta(1))
    store.path_of(runtime.settings.home, row.id).unlink()
    assert get(base, f"/evidence/{token}").status_code == 404


def test_the_shopper_gets_the_receipt_of_a_withdrawal_years_later(base: str, runtime: Runtime) -> None:
    with transaction(runtime.engine) as session:
        case = create_case(session, reason="changed_mind", legal_basis="withdrawal")
    answer = get(base, receipt_url(runtime.settings, case.id, now=NOW - timedelta(days=4 * 365)))
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/pdf")
    assert answer.headers["Content-Disposition"] == f'inline; filename="{case.reference}.pdf"'
    assert get(base, receipt_url(runtime.settings, case.id, now=NOW - timedelta(days=6 * 366))).status_code == 410


def test_no_other_link_opens_a_receipt(base: str, runtime: Runtime) -> None:
    with transaction(runtime.engine) as session:
        fault = create_case(session, legal_basis="non_conformity")
    answer = get(base, receipt_url(runtime.settings, fault.id, now=NOW))
    assert (answer.status_code, "reçu" in answer.text or "receipt" in answer.text) == (404, True)
    slip = slip_url(runtime.settings, fault.id, now=NOW).replace("/returns/", "/withdrawals/")
    assert get(base, slip).status_code == 404
