"""The supplier's page in a browser: no scripts, both languages, every state, phone and desktop, light and dark."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect
from sanic import Sanic

from actions.documents.web import blueprint as documents
from actions.runtime import Runtime
from actions.suppliers import portal, repository, service
from actions.suppliers.model import SupplierClaim
from actions.suppliers.port import Inspection
from actions.suppliers.web import blueprint as suppliers
from common.database import transaction
from common.photos import store
from common.photos.intake import intake
from tests.actions.suppliers.builders import open_claim, report
from tests.browser.accessibility import violations
from tests.browser.conftest import DESKTOP, PHONE
from tests.factories import NOW, create_conversation
from tests.loopback import serving
from tests.shopper import photo

# One database is enough for what a browser shows.
pytestmark = [pytest.mark.browser, pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)]
APPROVED = {"rma_number": "AN-7781", "return_address": "Atelier Nord\n3 quai du Port\n59000 Lille"}
STATES = {
    "pending": [],
    "approved": [report("approved", **APPROVED)],
    "received": [report("received", **APPROVED)],
    "inspected": [report("inspected", **APPROVED, inspection=Inspection("used", "A scratch on the base."))],
    "credited": [report("credited", **APPROVED, credit_minor=2460)],
    "rejected": [report("rejected", reason="The lamp was assembled and used for weeks.")],
}


def quiet(*_args: object, **_kwargs: object) -> None:
    """The case is not looked at here."""


@pytest.fixture
def base(runtime: Runtime) -> Iterator[str]:
    app = Sanic("supplier_portal", configure_logging=False)
    app.blueprint(suppliers(runtime, quiet))
    app.blueprint(documents(runtime))
    with serving(app) as address:
        yield address


def claim_in(runtime: Runtime, state: str) -> SupplierClaim:
    with transaction(runtime.engine) as session:
        conversation = create_conversation(session)
        kept = [
            store.keep(
                session,
                runtime.settings.home,
                intake(photo(seed)),
                conversation_id=conversation.id,
                client_id=f"client_{seed}",
                now=NOW,
            )
            for seed in (1, 2)
        ]
        claim = open_claim(
            session,
            runtime.shop.suppliers["atelier"],
            description="The foot is black metal, the picture shows oak.\nThe shade has a dent as well.",
            reason="not_as_described",
            photo_ids=tuple(row.id for row in kept),
        )
        locked = repository.lock(session, claim.id)
        for item in STATES[state]:
            service.apply(session, locked, item, now=NOW, by="supplier:Atelier Nord")
        return locked


def address_of(base: str, runtime: Runtime, claim: SupplierClaim) -> str:
    return base + urlsplit(portal.link(runtime.settings, claim, now=NOW).url).path


def judge(page: Page, name: str, shots: Path) -> None:
    """No serious finding, nothing wider than the screen, every picture loaded."""
    page.screenshot(path=shots / f"{name}.png", full_page=True)
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    loaded = "[...document.images].every(i => { i.loading = 'eager'; return !i.complete || i.naturalWidth > 0 })"
    assert page.evaluate(loaded)


@pytest.mark.parametrize("state", STATES)
def test_every_state_is_fit_to_be_seen(
    state: str, base: str, runtime: Runtime, chromium: Browser, tmp_path: Path
) -> None:
    url = address_of(base, runtime, claim_in(runtime, state))
    for language, size, scheme in (("fr", DESKTOP, "light"), ("en", PHONE, "dark")):
        context = chromium.new_context(viewport=size, color_scheme=scheme)  # type: ignore[arg-type]
        page = context.new_page()
        page.goto(f"{url}?lang={language}")
        expect(page.locator("html")).to_have_attribute("lang", language)
        judge(page, f"{state}-{language}-{scheme}", tmp_path)
        context.close()


def test_a_person_answers_with_the_keyboard_and_without_scripts(
    base: str, runtime: Runtime, chromium: Browser, tmp_path: Path
) -> None:
    claim = claim_in(runtime, "pending")
    context = chromium.new_context(viewport=PHONE, java_script_enabled=False)
    page = context.new_page()
    page.goto(address_of(base, runtime, claim) + "?lang=en")
    page.get_by_label("Your return number").fill("AN-7781")
    page.get_by_label("Your return number").press("Enter")
    expect(page.get_by_role("status")).to_contain_text("recorded")
    page.get_by_role("button", name="Yes, the parcel is here").click()
    page.get_by_label("Condition").select_option("as_new")
    page.get_by_role("button", name="Record the inspection").click()
    page.get_by_label("Amount credited").fill("99")
    page.get_by_role("button", name="Record the credit").click()
    expect(page.get_by_text("more than the")).to_be_visible()
    page.screenshot(path=tmp_path / "mistake.png", full_page=True)
    page.get_by_label("Amount credited").fill("24.60")
    page.get_by_role("button", name="Record the credit").click()
    expect(page.get_by_text("Everything is done.")).to_be_visible()
    context.close()
    with transaction(runtime.engine) as session:
        done = repository.get(session, claim.id)
    assert (done.status, done.rma_number, done.credit_received_minor) == ("credited", "AN-7781", 2460)


def test_a_link_that_opens_nothing_says_what_to_do(base: str, chromium: Browser, tmp_path: Path) -> None:
    page = chromium.new_page()
    page.goto(f"{base}/supplier/cut-in-the-mail")
    judge(page, "unknown", tmp_path)
    expect(page.get_by_role("heading", level=1)).to_have_text("This link opens nothing")
    page.close()
