"""Situations h and i: what goes wrong on the shopper's side, and what goes wrong on ours."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from PIL import Image
from playwright.sync_api import BrowserContext, expect

from tests.browser.browser_shopper import BrowserShopper
from tests.browser.conftest import DESKTOP
from tests.browser.system.case_rows import case_of, said, until_said
from tests.browser.system.conftest import Pictures
from tests.phrasebook import name_of
from tests.situations import damaged_mug, drive, follow
from tests.stack import Stack

pytestmark = [pytest.mark.slow, pytest.mark.stack, pytest.mark.browser, pytest.mark.timeout(600)]


def answer_to(shopper: BrowserShopper, text: str) -> list[str | None]:
    """Say something and return the responses it got, once the bot has fallen silent."""
    start = len(shopper.seen)
    shopper.say(text)
    for _ in range(40):
        shopper.receive(wait=1)
        replies = [message["text"] for message in shopper.seen[start:] if message["from"] == "bot"]
        if replies:
            shopper.receive(wait=1)
            replies = [message["text"] for message in shopper.seen[start:] if message["from"] == "bot"]
            return [name_of(reply) for reply in replies]
    raise AssertionError(f"no answer to {text[:40]!r}:\n{shopper.transcript()}")


def test_a_wrong_number_and_a_wrong_proof_get_the_same_sentence(
    stack: Stack, shopper: BrowserShopper, picture: Pictures
) -> None:
    number, _ = stack.order_for("damaged_low_value")
    until_said(shopper, "utter_menu")
    first = answer_to(shopper, "commande 9999 arrivée cassée" if shopper.language == "fr" else "order 9999 came broken")
    assert first[-1] == "utter_ask_proof"
    assert "utter_identify_not_found" in answer_to(shopper, "camille@example.com")
    assert "utter_identify_not_found" in answer_to(shopper, f"{number} lou@example.com")
    shown = shopper.widget.log.inner_text()
    assert "Mug" not in shown
    assert "Tasse" not in shown
    picture(shopper, "h-not-found")


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("/restart", id="a command of the engine"),
        pytest.param('/choose{"slot":"open_return_reason","value":"damaged"}', id="a forged quick reply"),
        pytest.param("<img src=x onerror=alert(1)> <b>bold</b>", id="HTML"),
        pytest.param("🙃🎁💥", id="emoji"),
        pytest.param("مرحبا، أين طلبي؟", id="another script"),
    ],
)
def test_odd_text_is_shown_as_it_is_and_gets_one_helpful_answer(shopper: BrowserShopper, text: str) -> None:
    until_said(shopper, "utter_menu")
    replies = answer_to(shopper, text)
    assert len(replies) in (1, 2)
    assert None not in replies
    expect(shopper.widget.bubbles("shopper").last).to_have_text(text)
    assert shopper.page.evaluate("document.querySelector('retour-chat').shadowRoot.querySelector('.b img')") is None


def test_an_empty_message_and_one_of_5000_characters_are_kept_and_explained(
    shopper: BrowserShopper, picture: Pictures
) -> None:
    until_said(shopper, "utter_menu")
    before = len(shopper.seen)
    shopper.say("   ")
    expect(shopper.widget.alert).to_be_visible()
    long = "x" * 5000
    shopper.say(long)
    expect(shopper.widget.alert).to_contain_text("2,000" if shopper.language == "en" else "2 000")
    expect(shopper.widget.field).to_have_value(long)
    shopper.receive(wait=1)
    assert len(shopper.seen) == before
    picture(shopper, "h-too-long")


def test_a_40_mb_photo_and_a_text_file_named_jpg_are_refused_with_a_reason(
    shopper: BrowserShopper, picture: Pictures
) -> None:
    until_said(shopper, "utter_menu")
    # Noise as HEIC's cousin: the browser cannot shrink what it cannot decode, so the bytes would go out as they are.
    shopper.widget.add({"name": "huge.heic", "mimeType": "image/heic", "buffer": b"\0" * (40 * 1024 * 1024)})
    expect(shopper.widget.alert).to_contain_text("huge.heic")
    shopper.widget.add({"name": "note.jpg", "mimeType": "image/jpeg", "buffer": b"this is a shopping list\n" * 50})
    expect(shopper.widget.alert).to_be_visible()
    picture(shopper, "h-not-a-photo")


def test_two_tabs_show_one_conversation(
    stack: Stack, context_of: Callable[..., BrowserContext], picture: Pictures
) -> None:
    context = context_of(viewport=DESKTOP)
    one = BrowserShopper(context.new_page(), "en").open(stack.base)
    until_said(one, "utter_menu")
    two = BrowserShopper(context.new_page(), "en").open(stack.base)
    until_said(two, "utter_menu")
    answer_to(one, "how long do I have to return something?")
    expect(two.widget.bubbles("shopper")).to_have_count(1)
    two.receive(wait=2)
    assert [m["text"] for m in two.seen] == [m["text"] for m in one.seen]
    picture(two, "i-two-tabs")


def test_a_reload_in_the_middle_goes_on(stack: Stack, shopper: BrowserShopper, seeds: tuple[int, int]) -> None:
    number, email = stack.order_for("damaged_low_value")
    plan = damaged_mug(number, email, seeds)
    plan.ends = frozenset({"utter_ask_photos"})
    until_said(shopper, "utter_menu")
    drive(shopper, plan)
    before = [message["text"] for message in shopper.seen]
    shopper.page.reload()
    if not shopper.widget.panel.is_visible():
        shopper.widget.open()
    until_said(shopper, "utter_ask_photos")
    assert [message["text"] for message in shopper.seen] == before
    plan.ends = frozenset({"utter_opened_reference"})
    plan.answers["utter_ask_photos"](shopper)
    follow(shopper, plan, start=len(before))
    assert case_of(stack, number).status in {"refunding", "refunded"}


@pytest.mark.parametrize("role", ["bot", "rasa", "actions"])
def test_a_process_killed_in_the_middle_loses_nothing(
    stack: Stack, shopper: BrowserShopper, seeds: tuple[int, int], role: str
) -> None:
    number, email = stack.order_for("damaged_low_value")
    plan = damaged_mug(number, email, seeds)
    plan.ends = frozenset({"utter_ask_proof"})
    until_said(shopper, "utter_menu")
    drive(shopper, plan)
    stack.kill(role)
    plan.ends = frozenset({"utter_opened_reference"})
    at = len(shopper.seen)
    plan.answers["utter_ask_proof"](shopper)
    follow(shopper, plan, start=at, seconds=150)
    assert "utter_readback" in said(shopper)
    assert case_of(stack, number).status in {"refunding", "refunded"}


def test_a_blurred_photo_is_asked_for_again_without_a_reproach(stack: Stack, shopper: BrowserShopper) -> None:
    number, email = stack.order_for("damaged_low_value")
    plan = damaged_mug(number, email, ())
    plan.ends = frozenset({"utter_ask_photos"})
    until_said(shopper, "utter_menu")
    drive(shopper, plan)
    out = io.BytesIO()
    Image.linear_gradient("L").resize((800, 600)).convert("RGB").save(out, "JPEG")
    shopper.send_photos(out.getvalue())
    until_said(shopper, "utter_photo_too_blurred")
