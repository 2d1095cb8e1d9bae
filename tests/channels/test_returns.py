"""Situations a, b, e and g on WhatsApp and Telegram, in both languages, ending in the same rows as on the website."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import requests

from bot.channels.telegram.links import start_word
from tests import telegram_updates, whatsapp
from tests.bot_api import BotApi
from tests.browser.system.case_rows import case_of, said, until_claim, until_said
from tests.console.visitor import Visitor
from tests.graph_api import GraphApi
from tests.phrasebook import name_of
from tests.shopper import Shopper
from tests.situations import above_limit, damaged_mug, drive, follow, wrong_size
from tests.stack import Stack, running, shop_file
from tests.telegram_shopper import TelegramShopper
from tests.whatsapp_shopper import WhatsAppShopper

pytestmark = [pytest.mark.slow, pytest.mark.stack, pytest.mark.timeout(600)]

LINK_SECRET = "a secret of the shop, with 32 bytes or more"
Writer = WhatsAppShopper | TelegramShopper
_numbers = itertools.count(1)
_seeds = itertools.count(700_000)


@pytest.fixture(scope="module")
def graph() -> Iterator[GraphApi]:
    server = GraphApi().start()
    yield server
    server.close()


@pytest.fixture(scope="module")
def bot_api() -> Iterator[BotApi]:
    server = BotApi().start()
    yield server
    server.close()
    assert server.wrong == []


@pytest.fixture(scope="module")
def stack(graph: GraphApi, bot_api: BotApi, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """One system with both channels, and a shop that signs order links."""
    folder = tmp_path_factory.mktemp("channels")
    file = shop_file(folder, order_token_secret_env="LINK_SECRET")
    environ = whatsapp.environment(graph.url) | telegram_updates.environment(bot_api.url)
    with running(folder, RETOUR_SHOP=str(file), LINK_SECRET=LINK_SECRET, **environ) as stack:
        bot_api.waits_for(lambda: bool(bot_api.webhook))
        yield stack


@pytest.fixture(params=["en", "fr"])
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=["whatsapp", "telegram"])
def shopper(request: pytest.FixtureRequest, language: str, stack: Stack, graph: GraphApi, bot_api: BotApi) -> Writer:
    number = f"{'336' if language == 'fr' else '447'}{next(_numbers):08d}"
    if request.param == "telegram":
        return TelegramShopper(bot_api, number, language)
    return WhatsAppShopper(stack.base, graph, number, language)


@pytest.fixture
def owner(stack: Stack) -> Visitor:
    visitor = Visitor(stack.base)
    assert visitor.sign_in("demo", "demo-shop-owner").status == 200
    return visitor


def seeds() -> tuple[int, int]:
    return next(_seeds), next(_seeds)


def slip_of(shopper: Writer) -> bytes:
    """The return slip as it got to the shopper."""
    files = [file["data"] for message in shopper.seen for file in message["attachments"] if "data" in file]
    if files:
        # The first one is the receipt of the withdrawal.
        return bytes(files[-1])
    # On this machine the slip has no address that Meta could fetch, so it is written out.
    address = re.search(r"http://\S+/returns/\S+\.pdf", shopper.transcript())
    assert address is not None, shopper.transcript()
    return requests.get(address.group(), timeout=20).content


def test_a_broken_mug_is_refunded_at_once_from_two_photos(stack: Stack, shopper: Writer) -> None:
    number, email = stack.order_for("damaged_low_value")
    drive(shopper, damaged_mug(number, email, seeds()))
    told = until_said(shopper, "utter_case_refunded")
    assert ("9,90" if shopper.language == "fr" else "€9.90") in told
    case = case_of(stack, number)
    assert (case.status, case.refunds) == ("refunded", (("succeeded", 990),))
    assert stack.rows("SELECT count(*) FROM rd_evidence WHERE case_id = :id", id=case.id)[0][0] == 2


def test_a_wrong_size_goes_through_rma_and_slip_to_the_refund(stack: Stack, shopper: Writer) -> None:
    number, email = stack.order_for("wrong_size")
    drive(shopper, wrong_size(number, email))
    until_said(shopper, "utter_case_rma_ready")
    until_said(shopper, "utter_case_refunded", seconds=150)
    assert slip_of(shopper).startswith(b"%PDF-")
    case = case_of(stack, number)
    assert (case.status, case.refunds) == ("refunded", (("succeeded", 4900 + 490),))
    assert until_claim(stack, case, "credited") == 1900


def test_above_the_limit_the_owner_approves_and_the_shopper_hears_it(
    stack: Stack, shopper: Writer, owner: Visitor
) -> None:
    number, email = stack.order_for("above_limit")
    drive(shopper, above_limit(number, email, seeds()))
    case = case_of(stack, number)
    assert (case.status, case.refunds) == ("awaiting_review", ())
    act = f"/console/cases/{case.id}/approve"
    owner.submit(owner.get(act), act)
    until_said(shopper, "utter_case_approved")
    until_said(shopper, "utter_case_refunded", seconds=150)
    case = case_of(stack, number)
    assert (case.status, case.refunds) == ("refunded", (("succeeded", 18900),))


def test_a_person_answers_and_the_bot_goes_on(stack: Stack, shopper: Writer, owner: Visitor) -> None:
    french = shopper.language == "fr"
    number, email = stack.order_for("damaged_low_value")
    plan = damaged_mug(number, email, seeds())
    plan.ends = frozenset({"utter_ask_photos"})
    drive(shopper, plan)
    shopper.say("je veux parler à un humain" if french else "I want to talk to a human")
    until_said(shopper, "utter_handoff_waiting")
    talk = stack.rows("SELECT id FROM rd_conversation WHERE channel_user = :u", u=shopper.number)[0][0]
    page = f"/console/conversations/{talk}"
    shown = owner.submit(owner.get(page), f"{page}/take-over")
    owner.submit(shown, f"{page}/reply", text="Hello, this is Ann.")
    while not any("this is Ann" in message["text"] for message in shopper.seen):
        assert shopper.receive(wait=30), shopper.transcript()
    before = len(shopper.seen)
    shopper.say("merci Ann, tout va bien" if french else "thanks Ann, all is well")
    assert shopper.receive(wait=2) == []
    owner.submit(owner.get(page), f"{page}/hand-back")
    plan.ends = frozenset({"utter_opened_reference"})
    follow(shopper, plan, start=before)
    assert case_of(stack, number).status in {"refunding", "refunded"}


def test_what_the_channel_proves_is_not_asked(stack: Stack, shopper: Writer) -> None:
    """On WhatsApp the number of the order, on Telegram the order's own link."""
    number, email = stack.order_for("damaged_low_value")
    if isinstance(shopper, TelegramShopper):
        shopper.say(f"/start {start_word(number, LINK_SECRET, until=datetime.now(UTC) + timedelta(hours=1))}")
    else:
        stack.write("UPDATE rd_order SET phone = :p WHERE number = :n", p=f"+{shopper.number}", n=number)
    drive(shopper, damaged_mug(number, email, seeds()))
    assert "utter_ask_proof" not in said(shopper)
    until_said(shopper, "utter_case_refunded")


def test_a_case_of_the_website_is_followed_on_the_channel_after_proof(stack: Stack, shopper: Writer) -> None:
    number, email = stack.order_for("wrong_size")
    website = Shopper(stack.base, shopper.language).start()
    drive(website, wrong_size(number, email))
    french = shopper.language == "fr"
    asks = f"où en est mon retour de la commande {number} ?" if french else f"how is my return of order {number} going?"
    shopper.say(asks)
    until_said(shopper, "utter_ask_proof")
    shopper.say(email)
    until_said(shopper, "utter_identify_found")
    # The shopper wrote here last, so here is where the rest is told.
    until_said(shopper, "utter_case_refunded", seconds=150)
    case = case_of(stack, number)
    assert (case.status, case.refunds) == ("refunded", (("succeeded", 4900 + 490),))
    website.receive()
    assert "utter_case_refunded" not in {name_of(message["text"]) for message in website.seen}
