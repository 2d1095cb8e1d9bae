from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
import requests
from sanic import Sanic

from actions.runtime import Runtime
from actions.suppliers import portal, repository, service
from actions.suppliers.model import SupplierClaim
from actions.suppliers.web import blueprint
from common import links
from common.clock import FixedClock
from common.database import transaction
from tests.actions.suppliers.builders import open_claim, report
from tests.actions.suppliers.conftest import Progress
from tests.factories import NOW
from tests.loopback import serving


@pytest.fixture
def base(runtime: Runtime, progress: Progress) -> Iterator[str]:
    app = Sanic("suppliers_portal", configure_logging=False)
    app.blueprint(blueprint(runtime, progress))
    with serving(app) as address:
        yield address


class Visitor:
    """A browser of the supplier: keeps cookies, fills in forms, follows redirects."""

    def __init__(self, base: str, url: str) -> None:
        self.http = requests.Session()
        self.url = base + urlsplit(url).path

    def open(self, **query: str) -> str:
        answer = self.http.get(self.url, params=query, timeout=10)
        assert answer.status_code == 200, answer.text
        for cookie in self.http.cookies:
            # The test's server speaks plain HTTP behind the https address of the settings.
            cookie.secure = False
        return answer.text

    def send(self, action: str, *, nonce: str | None = None, **fields: str) -> requests.Response:
        found = re.search(r'name="nonce" value="(\w+)"', self.open())
        data = {"action": action, "nonce": nonce if nonce is not None else found[1] if found else "", "lang": "en"}
        return self.http.post(self.url, data=data | fields, timeout=10)


@pytest.fixture
def claim_id(runtime: Runtime) -> str:
    with transaction(runtime.engine) as session:
        return open_claim(session, runtime.shop.suppliers["atelier"]).id


@pytest.fixture
def visitor(base: str, runtime: Runtime, claim_id: str) -> Visitor:
    with transaction(runtime.engine) as session:
        link = portal.link(runtime.settings, repository.get(session, claim_id), now=NOW)
    assert link.url.startswith("https://shop.example/supplier/")
    assert link.expires_at == NOW + timedelta(days=30)
    return Visitor(base, link.url)


def claim_of(runtime: Runtime, claim_id: str) -> SupplierClaim:
    with transaction(runtime.engine) as session:
        return repository.get(session, claim_id)


def test_the_page_shows_the_goods_and_nothing_of_the_shopper(visitor: Visitor) -> None:
    page = visitor.open(lang="en")
    for text in ("RT-7K2P9X", "1043", "Wool sweater, size M", "Wrong size or model", "The sleeves are too short.",
                 "€24.60", "28 November 2026"):  # fmt: skip
        assert text in page
    assert "@example.com" not in page
    # A word that is the name of a Python attribute would show as one.
    assert "built-in" not in page


def test_the_page_speaks_the_suppliers_language_and_the_other_one(visitor: Visitor) -> None:
    assert '<html lang="fr">' in visitor.open()
    assert "Accepter la demande" in visitor.open()
    assert "Accept the request" in visitor.open(lang="en")
    assert "Accepter la demande" in visitor.open(lang="xx")


def test_from_request_to_credit(visitor: Visitor, runtime: Runtime, claim_id: str, progress: Progress) -> None:
    approved = visitor.send("approve", rma_number="AN-7781", return_address="Quai 3\r\nLille", instructions="Vite.")
    assert approved.status_code == 200
    assert "Thank you, that is recorded." in approved.text
    assert "Thank you" in visitor.send("received").text
    assert "Thank you" in visitor.send("inspected", condition="as_new", note="Complete.").text
    done = visitor.send("credited", amount="24,60")
    assert "Everything is done." in done.text
    assert "€24.60" in done.text
    claim = claim_of(runtime, claim_id)
    assert (claim.status, claim.rma_number, claim.return_address) == ("credited", "AN-7781", "Quai 3\nLille")
    assert claim.inspection == {"condition": "as_new", "note": "Complete."}
    assert (claim.credit_received_minor, claim.updated_by) == (2460, "supplier:Atelier Nord")
    assert [status for status, _ in progress.seen] == ["approved", "received", "inspected", "credited"]


def test_the_usual_address_is_filled_in(visitor: Visitor) -> None:
    assert "3 quai du Port" in visitor.open()


def test_a_refusal_needs_a_reason(visitor: Visitor, runtime: Runtime, claim_id: str) -> None:
    answer = visitor.send("refuse", reason="  ")
    assert answer.status_code == 422
    assert "Please fill this in." in answer.text
    assert claim_of(runtime, claim_id).status == "pending"
    assert "You refused this request." in visitor.send("refuse", reason="Worn <b>twice</b>.").text
    claim = claim_of(runtime, claim_id)
    assert (claim.status, claim.reason) == ("rejected", "Worn <b>twice</b>.")
    assert "Worn &lt;b&gt;twice&lt;/b&gt;." in visitor.open()


def test_what_was_typed_survives_a_mistake(visitor: Visitor) -> None:
    answer = visitor.send("approve", rma_number="x" * 65, return_address="Quai 3", instructions="Please <hurry>")
    assert answer.status_code == 422
    assert "Please &lt;hurry&gt;" in answer.text
    assert 'aria-invalid="true"' in answer.text


@pytest.mark.parametrize(("amount", "sentence"), [("", "fill this in"), ("a lot", "such as 19.00"),
                                                  ("-1", "such as 19.00"), ("24.601", "such as 19.00"),
                                                  ("2460", "more than the")])  # fmt: skip
def test_an_amount_that_cannot_be(visitor: Visitor, amount: str, sentence: str) -> None:
    visitor.send("approve", return_address="Quai 3")
    visitor.send("received")
    answer = visitor.send("credited", amount=amount)
    assert answer.status_code == 422
    assert sentence in answer.text


def test_the_same_form_twice_records_once(
    visitor: Visitor, runtime: Runtime, claim_id: str, progress: Progress
) -> None:
    visitor.send("approve", rma_number="AN-7781", return_address="Quai 3")
    again = visitor.send("approve", rma_number="AN-9999", return_address="Quai 4")
    assert "This had been recorded before" in again.text
    claim = claim_of(runtime, claim_id)
    assert (claim.rma_number, claim.attention) == ("AN-7781", None)
    assert len(progress.seen) == 1


def test_an_action_that_does_not_fit_the_state_does_nothing(visitor: Visitor, runtime: Runtime, claim_id: str) -> None:
    for action in ("credited", "received", "inspected", "pending", ""):
        assert "recorded before" in visitor.send(action, amount="1", condition="used").text
    assert claim_of(runtime, claim_id).status == "pending"


def test_a_claim_without_return_asks_for_no_address(base: str, runtime: Runtime, progress: Progress) -> None:
    with transaction(runtime.engine) as session:
        claim = open_claim(session, runtime.shop.suppliers["atelier"], desired_outcome="refund_without_return")
        url = portal.link(runtime.settings, claim, now=NOW).url
    visitor = Visitor(base, url)
    assert 'name="return_address"' not in visitor.open()
    visitor.send("approve")
    assert "Everything is done." in visitor.send("credited", amount="24.60").text
    assert [status for status, _ in progress.seen] == ["approved", "credited"]


def test_a_form_from_elsewhere_records_nothing(visitor: Visitor, runtime: Runtime, claim_id: str) -> None:
    assert visitor.send("approve", nonce="0" * 64, return_address="Quai 3").status_code == 403
    page = visitor.open()
    nonce = re.search(r'name="nonce" value="(\w+)"', page)
    assert nonce
    # The right nonce from a browser that never saw the page: a request made up by another site.
    data = {"action": "approve", "nonce": nonce[1], "return_address": "Quai 3"}
    assert requests.post(visitor.url, data=data, timeout=10).status_code == 403
    assert claim_of(runtime, claim_id).status == "pending"


def test_a_withdrawn_claim_takes_no_answer(visitor: Visitor, runtime: Runtime, claim_id: str) -> None:
    with transaction(runtime.engine) as session:
        service.close(session, repository.lock(session, claim_id), now=NOW, by="system", why="Cancelled.")
    assert "has withdrawn this request" in visitor.open(lang="en")
    visitor.send("approve", return_address="Quai 3")
    assert claim_of(runtime, claim_id).status == "pending"


def test_a_link_expires_with_a_sentence(visitor: Visitor, clock: FixedClock) -> None:
    clock.advance(timedelta(days=31))
    for answer in (requests.get(visitor.url, timeout=10), requests.post(visitor.url, data={"action": "x"}, timeout=10)):
        assert answer.status_code == 410
        assert "This link has expired" in answer.text
        assert "Ce lien a expiré" in answer.text
        assert "help@shop.example" in answer.text


def test_forged_and_foreign_links_open_nothing(base: str, runtime: Runtime, claim_id: str) -> None:
    later = NOW + timedelta(days=1)
    forged = links.sign(
        "another key of the same length, really", "supplier-portal", {"claim": claim_id}, expires_at=later
    )
    other_purpose = links.sign(runtime.settings.secret_key, "evidence", {"claim": claim_id}, expires_at=later)
    no_claim = links.sign(runtime.settings.secret_key, "supplier-portal", {"claim": "claim_0"}, expires_at=later)
    for token in ("x", forged, other_purpose, no_claim):
        answer = requests.get(f"{base}/supplier/{token}", timeout=10)
        assert answer.status_code == 404
        assert "This link opens nothing" in answer.text


def test_every_answer_is_sealed(visitor: Visitor, base: str) -> None:
    for url in (visitor.url, f"{base}/supplier/x"):
        headers = requests.get(url, timeout=10).headers
        assert headers["Content-Security-Policy"].startswith("default-src 'self'; script-src 'none'")
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["Cache-Control"] == "no-store"
    visitor.open()
    cookie = next(iter(visitor.http.cookies))
    assert cookie.has_nonstandard_attr("HttpOnly")
    assert cookie.path == "/supplier/"
    assert requests.get(f"{base}/supplier/static/portal.css", timeout=10).headers["Content-Type"].startswith("text/css")


def test_a_form_without_end_is_refused(visitor: Visitor) -> None:
    assert visitor.send("refuse", reason="x" * 100_000).status_code == 413


def test_a_supplier_with_an_api_may_answer_by_hand(base: str, runtime: Runtime) -> None:
    with transaction(runtime.engine) as session:
        claim = open_claim(session, runtime.shop.suppliers["northwind"])
        service.record_sent(session, repository.lock(session, claim.id), report("pending"), now=NOW, by="system")
        url = portal.link(runtime.settings, claim, now=NOW).url
    Visitor(base, url).send("approve", return_address="Dock 4")
    claim = claim_of(runtime, claim.id)
    assert (claim.status, claim.external_id, claim.attention) == ("approved", "rma_1", None)


def test_secure_cookies_where_the_shop_has_https(runtime: Runtime, progress: Progress, claim_id: str) -> None:
    plain = replace(runtime, settings=replace(runtime.settings, public_url="http://127.0.0.1:8000"))
    for chosen, secure in ((runtime, True), (plain, False)):
        app = Sanic(f"suppliers_cookie_{secure}", configure_logging=False)
        app.blueprint(blueprint(chosen, progress))
        url = portal.link(chosen.settings, claim_of(runtime, claim_id), now=NOW).url
        with serving(app) as address:
            header = requests.get(address + urlsplit(url).path, timeout=10).headers["Set-Cookie"]
        assert ("Secure" in header) is secure
        assert "SameSite=Lax" in header
