"""A person at work in the console, in a real browser: decide, answer, hand back, on a keyboard and on a phone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from actions.cases.model import Case
from actions.refunds import repository as refunds
from actions.runtime import Runtime
from bot.handoff import service as handoff
from common.database import transaction
from common.outbox import Conversation
from console.accounts.service import add_user
from tests.browser.conftest import DESKTOP, PHONE
from tests.console.console_server import serving
from tests.console.scenes import Morning, morning, say
from tests.console.visitor import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)]


@dataclass
class Desk:
    """A served console, a signed-in page, and the database behind both."""

    base: str
    there: Morning
    runtime: Runtime
    page: Page

    def open(self, path: str) -> None:
        self.page.goto(f"{self.base}/console/{path}")

    def says(self, text: str) -> None:
        """The shopper of the held conversation writes."""
        with transaction(self.runtime.engine) as session:
            say(session, session.get_one(Conversation, self.there.held), text)

    def agent_said(self, conversation_id: str) -> list[str]:
        with transaction(self.runtime.engine) as session:
            shown = handoff.transcript(session, self.runtime.phrases, conversation_id)
        return [message.text for message in shown if message.sender == "agent"]

    def amounts(self, case_id: str) -> list[int]:
        with transaction(self.runtime.engine) as session:
            return [refund.amount_minor for refund in refunds.of_case(session, case_id)]

    def status(self, case_id: str) -> str:
        with transaction(self.runtime.engine) as session:
            return session.get_one(Case, case_id).status


@pytest.fixture(params=["desk", "phone"])
def desk(request: pytest.FixtureRequest, context_of: Callable[..., BrowserContext], runtime: Runtime) -> Iterator[Desk]:
    with transaction(runtime.engine) as session:
        add_user(session, "olive", PASSWORD, "owner", now=runtime.clock.now())
    there = morning(runtime)
    # Over plain HTTP the cookie must not be marked Secure.
    plain = replace(runtime, settings=replace(runtime.settings, public_url="http://127.0.0.1"))
    options = {"viewport": PHONE, "is_mobile": True, "has_touch": True} if request.param == "phone" else {}
    with serving(plain) as base:
        page = context_of(**({"viewport": DESKTOP} | options)).new_page()
        page.goto(f"{base}/console")
        page.get_by_label("User name").fill("olive")
        page.get_by_label("Password").fill(PASSWORD)
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="What needs you now")).to_be_visible()
        yield Desk(base, there, runtime, page)


def test_a_case_is_approved_from_the_overview(desk: Desk) -> None:
    desk.page.get_by_role("listitem").filter(has_text="€649.00").get_by_role("link").click()
    desk.page.get_by_role("link", name="Approve").click()
    # The form opens in place, without leaving the page.
    panel = desk.page.locator("#act")
    expect(panel.get_by_text("a credit of €310.00 is expected")).to_be_visible()
    expect(panel.get_by_text("The shopper will read:")).to_be_visible()
    assert desk.status(desk.there.review) == "awaiting_review"
    desk.page.keyboard.press("Enter")
    expect(desk.page.get_by_role("status")).to_have_text("Approved.")
    assert desk.status(desk.there.review) == "awaiting_supplier"


def test_a_double_click_refunds_once(desk: Desk) -> None:
    desk.open(f"cases/{desk.there.review}")
    desk.page.get_by_role("link", name="Other outcome").click()
    desk.page.get_by_label("Refund, the item is kept").check()
    desk.page.get_by_label("Why? (kept in the journal)").fill("Clear photos")
    desk.page.get_by_role("button", name="Decide this").dblclick()
    expect(desk.page.get_by_role("status")).to_be_visible()
    assert desk.amounts(desk.there.review) == [64900]


def test_a_form_is_left_without_a_trace(desk: Desk) -> None:
    desk.open(f"cases/{desk.there.review}")
    desk.page.get_by_role("link", name="Refuse").click()
    expect(desk.page.get_by_label("the shopper reads this")).to_be_focused()
    desk.page.get_by_role("link", name="Back").click()
    expect(desk.page.get_by_role("link", name="Approve")).to_be_visible()
    assert desk.status(desk.there.review) == "awaiting_review"


def test_an_open_case_follows_what_happens_elsewhere(desk: Desk) -> None:
    desk.open(f"cases/{desk.there.review}")
    expect(desk.page.get_by_role("link", name="Approve")).to_be_visible()
    other = desk.page.context.new_page()
    other.goto(f"{desk.base}/console/cases/{desk.there.review}/cancel")
    other.get_by_label("Why?").fill("Withdrawn on the phone")
    other.get_by_role("button", name="Cancel the case").click()
    expect(other.get_by_role("status")).to_be_visible()
    desk.page.bring_to_front()
    expect(desk.page.get_by_text("The case was cancelled.")).to_be_visible()
    expect(desk.page.get_by_text("Withdrawn on the phone")).to_be_visible()


def test_a_conversation_is_taken_over_answered_and_handed_back(desk: Desk) -> None:
    page = desk.page
    page.locator("#needs").get_by_role("link", name="Visitor").first.click()
    page.get_by_role("button", name="Take over").click()
    box = page.get_by_role("textbox", name="Answer in French")
    box.fill("Bonjour, je regarde.")
    box.press("Control+Enter")
    expect(page.locator(".msg.agent").last).to_contain_text("Bonjour, je regarde.")
    expect(box).to_have_value("")
    expect(box).to_be_focused()
    box.fill("Deuxième réponse")
    page.get_by_role("button", name="Send").click()
    expect(page.locator(".msg.agent").last).to_contain_text("Deuxième réponse")
    assert desk.agent_said(desk.there.waiting) == ["Bonjour, je regarde.", "Deuxième réponse"]
    page.get_by_role("button", name="Hand back to the bot").click()
    expect(page.get_by_role("status")).to_have_text("The bot answers again.")
    expect(page.get_by_role("button", name="Take over")).to_be_visible()


def test_new_messages_appear_by_themselves_and_keep_what_is_being_typed(desk: Desk) -> None:
    desk.open(f"conversations/{desk.there.held}")
    box = desk.page.get_by_role("textbox", name="Answer in English")
    box.fill("Half a sent")
    desk.says("Are you still there?")
    expect(desk.page.locator(".msg.shopper").last).to_contain_text("Are you still there?")
    desk.says("<img src=x onerror=alert(3)>")
    expect(desk.page.locator(".msg.shopper").last).to_contain_text("<img src=x onerror=alert(3)>")
    expect(box).to_have_value("Half a sent")
    expect(box).to_be_focused()
    expect(desk.page.locator(".msg.shopper")).to_have_count(4)


def test_a_message_that_cannot_be_sent_stays_in_the_box(desk: Desk) -> None:
    desk.open(f"conversations/{desk.there.held}")
    box = desk.page.get_by_role("textbox", name="Answer in English")
    with transaction(desk.runtime.engine) as session:
        handoff.hand_back(session, desk.there.held, now=desk.runtime.clock.now())
    box.fill("Too late")
    box.press("Control+Enter")
    expect(desk.page.get_by_role("alert")).to_contain_text("You do not have this conversation")
    assert "Too late" not in desk.agent_said(desk.there.held)


def test_the_search_is_a_keystroke_away(desk: Desk) -> None:
    desk.page.locator("h1").click()
    desk.page.keyboard.press("/")
    desk.page.keyboard.type("1051")
    desk.page.keyboard.press("Enter")
    expect(desk.page.locator("#case-rows tr")).to_have_count(1)
    assert "1051" not in desk.page.url
    desk.page.locator("#case-rows a").click()
    expect(desk.page.get_by_text("RMA-20778", exact=True)).to_be_visible()
    desk.page.go_back()
    expect(desk.page.locator("#case-rows tr")).to_have_count(1)


def test_the_keyboard_reaches_the_content_first(desk: Desk) -> None:
    desk.open("cases")
    desk.page.keyboard.press("Tab")
    expect(desk.page.get_by_role("link", name="Skip to the content")).to_be_focused()
    desk.page.keyboard.press("Enter")
    desk.page.keyboard.press("Tab")
    expect(desk.page.get_by_role("searchbox")).to_be_focused()


def test_the_title_counts_what_waits(desk: Desk) -> None:
    expect(desk.page).to_have_title("(2) Overview · Maison Lumen")


def test_the_portal_link_is_copied(desk: Desk) -> None:
    desk.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    desk.open(f"cases/{desk.there.portal}")
    desk.page.get_by_role("button", name="Copy").click()
    expect(desk.page.get_by_role("button", name="Copied")).to_be_visible()
    copied = desk.page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("http://127.0.0.1/supplier/")


def test_the_language_is_switched_and_kept(desk: Desk) -> None:
    desk.page.get_by_role("button", name="fr").click()
    expect(desk.page.get_by_role("heading", name="Ce qui vous attend")).to_be_visible()
    desk.open("cases")
    expect(desk.page.locator("html")).to_have_attribute("lang", "fr")
