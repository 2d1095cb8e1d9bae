"""The situations of a return in a real browser, from hello to the end, in both languages, on the whole system."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.browser_shopper import BrowserShopper
from tests.browser.conftest import DESKTOP, PHONE
from tests.phrasebook import name_of
from tests.situations import (
    above_limit,
    damaged_mug,
    drive,
    follow,
    not_as_described,
    not_received,
    outside_window,
    wrong_size,
)
from tests.stack import Stack, running

pytestmark = [pytest.mark.slow, pytest.mark.stack, pytest.mark.browser, pytest.mark.timeout(600)]

LANGUAGES = ("en", "fr")
_seeds = itertools.count(500_000)


@pytest.fixture(scope="module")
def stack(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with running(tmp_path_factory.mktemp("situations")) as stack:
        yield stack


@pytest.fixture(params=LANGUAGES)
def shopper(
    request: pytest.FixtureRequest, stack: Stack, context_of: Callable[..., BrowserContext]
) -> BrowserShopper:
    """A new visitor; English ones come with a desktop, French ones with a phone."""
    language = request.param
    viewport = DESKTOP if language == "en" else PHONE
    page = context_of(viewport=viewport, locale="en-GB" if language == "en" else "fr-FR").new_page()
    return BrowserShopper(page, language).open(stack.base)


@pytest.fixture
def picture(request: pytest.FixtureRequest) -> Callable[[BrowserShopper, str], None]:
    """Keeps a screenshot under test-results/ for people to look at."""
    folder = Path("test-results/situations")

    def take(shopper: BrowserShopper, name: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        shopper.page.screenshot(path=folder / f"{name}-{shopper.language}.png")

    return take


def seeds(count: int = 2) -> tuple[int, ...]:
    return tuple(next(_seeds) for _ in range(count))


def case_of(stack: Stack, number: str) -> dict[str, object]:
    rows = stack.rows(
        "SELECT c.id, c.status, c.resolution, c.reference FROM rd_case c JOIN rd_order o ON o.id = c.order_id "
        "WHERE o.number = :number ORDER BY c.created_at DESC",
        number=number,
    )
    assert rows, f"no case for order {number}"
    return dict(zip(("id", "status", "resolution", "reference"), rows[0], strict=True))


def until_said(shopper: BrowserShopper, name: str, seconds: int = 60) -> str:
    """Wait, without saying anything, until the bot says this."""
    for _ in range(seconds * 2):
        shopper.receive(wait=1)
        for message in shopper.seen:
            if message["from"] == "bot" and name_of(message["text"]) == name:
                return str(message["text"])
    raise AssertionError(f"{name} was not said:\n{shopper.transcript()}")


def refunds_of(stack: Stack, case: dict[str, object]) -> list[tuple[object, ...]]:
    rows = stack.rows("SELECT status, amount_minor FROM rd_refund WHERE case_id = :id", id=case["id"])
    return [tuple(row) for row in rows]


def test_a_broken_mug_is_refunded_at_once_from_two_photos(stack, shopper, picture) -> None:  # type: ignore[no-untyped-def]
    number, email = stack.order_for("damaged_low_value")
    end = drive(shopper, damaged_mug(number, email, seeds()))
    assert "9" in end["text"]
    assert "90" in end["text"]
    until_said(shopper, "utter_case_refunded")
    case = case_of(stack, number)
    assert case["status"] == "refunded"
    assert refunds_of(stack, case) == [("succeeded", 990)]
    picture(shopper, "a-refunded")


def test_a_wrong_size_goes_through_rma_and_slip_to_the_refund(stack, shopper, picture) -> None:  # type: ignore[no-untyped-def]
    number, email = stack.order_for("wrong_size")
    drive(shopper, wrong_size(number, email))
    until_said(shopper, "utter_case_rma_ready")
    picture(shopper, "b-rma")
    slip = next(card for message in shopper.seen for card in message["attachments"])
    pdf = requests.get(slip["url"], timeout=10)
    assert pdf.headers["content-type"] == "application/pdf"
    assert pdf.content.startswith(b"%PDF-")
    until_said(shopper, "utter_case_refunded", 120)
    case = case_of(stack, number)
    assert case["status"] == "refunded"
    assert refunds_of(stack, case) == [("succeeded", 4900)]
    claim = stack.rows("SELECT status, credit_received_minor FROM rd_supplier_claim WHERE case_id = :id", id=case["id"])
    assert [tuple(row) for row in claim] == [("credited", 1900)]
    picture(shopper, "b-refunded")


def test_a_supplier_without_an_api_answers_on_its_page(stack, shopper, picture, context_of) -> None:  # type: ignore[no-untyped-def]
    number, email = stack.order_for("not_as_described")
    drive(shopper, not_as_described(number, email, seeds()))
    case = case_of(stack, number)
    supplier = context_of().new_page()
    supplier.goto(portal_link(stack, context_of, str(case["id"])))
    supplier.get_by_label("RMA number").fill("AN-7781")
    supplier.get_by_label("Return address").fill("Atelier Nord, 12 rue du Port, 59000 Lille")
    supplier.get_by_role("button", name="Approve").click()
    assert "AN-7781" in until_said(shopper, "utter_case_rma_ready")
    for button in ("received", "inspect", "credit"):
        advance_portal(supplier, button)
    until_said(shopper, "utter_case_refunded")
    assert case_of(stack, number)["status"] == "refunded"
    picture(shopper, "c-refunded")


def test_a_parcel_that_never_came_is_refunded_without_photo_or_parcel(stack, shopper, picture) -> None:  # type: ignore[no-untyped-def]
    number, email = stack.order_for("not_received")
    drive(shopper, not_received(number, email))
    until_said(shopper, "utter_case_refunded")
    said = {name_of(message["text"]) for message in shopper.seen}
    assert "utter_ask_photos" not in said
    case = case_of(stack, number)
    assert case["status"] == "refunded"
    assert stack.rows("SELECT id FROM rd_supplier_claim WHERE case_id = :id", id=case["id"])
    picture(shopper, "d-refunded")


def test_above_the_limit_the_owner_approves_while_the_shopper_watches(stack, shopper, picture, context_of) -> None:  # type: ignore[no-untyped-def]
    number, email = stack.order_for("above_limit")
    drive(shopper, above_limit(number, email, seeds()))
    case = case_of(stack, number)
    assert case["status"] == "awaiting_review"
    owner = console(stack, context_of)
    owner.goto(f"{stack.base}/console/cases/{case['id']}")
    approve(owner)
    until_said(shopper, "utter_case_approved")
    picture(shopper, "e-approved")
    assert case_of(stack, number)["status"] != "awaiting_review"


def test_outside_the_window_is_refused_with_the_reason_and_a_way_to_a_person(stack, shopper, picture) -> None:  # type: ignore[no-untyped-def]
    number, email = stack.order_for("outside_window")
    plan = outside_window(number, email)
    drive(shopper, plan)
    assert "utter_refused_window" in plan.names
    assert case_of(stack, number)["status"] == "refused"
    shopper.choose("person")
    until_said(shopper, "utter_handoff_waiting")
    picture(shopper, "f-refused")


@pytest.mark.parametrize("point", ["at the start", "at the proof", "at the photos", "at the read-back"])
def test_a_person_at_any_point_and_the_bot_goes_on_afterwards(stack, shopper, picture, context_of, point) -> None:  # type: ignore[no-untyped-def]
    wanted = {
        "at the start": "utter_menu",
        "at the proof": "utter_ask_proof",
        "at the photos": "utter_ask_photos",
        "at the read-back": "utter_readback",
    }[point]
    number, email = stack.order_for("damaged_low_value")
    plan = damaged_mug(number, email, seeds())
    if wanted == "utter_menu":
        until_said(shopper, "utter_menu")
    else:
        plan.ends = frozenset({wanted})
        drive(shopper, plan)
    shopper.say("je veux parler à un humain" if shopper.language == "fr" else "I want to talk to a human")
    until_said(shopper, "utter_handoff_waiting")
    owner = console(stack, context_of)
    talk_as_owner(owner, stack, shopper)
    picture(shopper, f"g-person-{point.replace(' ', '-')}")
    plan.ends = frozenset({"utter_opened_refund"})
    if wanted == "utter_menu":
        drive(shopper, plan)
    else:
        shopper.say("alors, on continue" if shopper.language == "fr" else "let us go on")
        follow(shopper, plan)
    assert case_of(stack, number)["status"] in {"refunding", "refunded"}


# ---- the merchant and the supplier ----


def console(stack: Stack, context_of: Callable[..., BrowserContext]) -> Page:
    page = context_of().new_page()
    page.goto(f"{stack.base}/console")
    page.get_by_label("Name").fill("demo")
    page.get_by_label("Password").fill("demo-shop-owner")
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("heading").first).to_be_visible()
    return page


def approve(owner: Page) -> None:
    raise NotImplementedError


def talk_as_owner(owner: Page, stack: Stack, shopper: BrowserShopper) -> None:
    raise NotImplementedError


def portal_link(stack: Stack, context_of: Callable[..., BrowserContext], case_id: str) -> str:
    raise NotImplementedError


def advance_portal(supplier: Page, button: str) -> None:
    raise NotImplementedError
