"""Situation g: a person at any point, and the bot goes on afterwards where it was."""

from __future__ import annotations

import pytest

from tests.browser.browser_shopper import BrowserShopper
from tests.browser.system.case_rows import case_of, until_said
from tests.browser.system.conftest import Pictures
from tests.browser.system.people import Owner
from tests.situations import damaged_mug, drive, follow
from tests.stack import Stack

pytestmark = [pytest.mark.slow, pytest.mark.stack, pytest.mark.browser, pytest.mark.timeout(600)]

POINTS = {
    "at the start": "utter_menu",
    "at the proof": "utter_ask_proof",
    "at the photos": "utter_ask_photos",
    "at the read-back": "utter_readback",
}


@pytest.mark.parametrize("point", POINTS)
def test_a_person_answers_and_the_bot_goes_on(
    stack: Stack, shopper: BrowserShopper, picture: Pictures, owner: Owner, seeds: tuple[int, int], point: str
) -> None:
    french = shopper.language == "fr"
    number, email = stack.order_for("damaged_low_value")
    plan = damaged_mug(number, email, seeds)
    until_said(shopper, "utter_menu")
    if point != "at the start":
        plan.ends = frozenset({POINTS[point]})
        drive(shopper, plan)
    shopper.say("je veux parler à un humain" if french else "I want to talk to a human")
    until_said(shopper, "utter_handoff_waiting")

    owner.take_over(conversation_of(stack))
    owner.reply("Bonjour, ici Ann." if french else "Hello, this is Ann.")
    shown = wait_for_agent(shopper)
    assert "Ann" in shown
    before = len(shopper.seen)
    shopper.say("merci Ann, tout va bien" if french else "thanks Ann, all is well")
    owner.sees("Ann, ")
    shopper.receive(wait=2)
    assert [m["text"] for m in shopper.seen[before:] if m["from"] == "bot"] == []
    picture(shopper, f"g-person-{point.replace(' ', '-')}")
    at = len(shopper.seen)
    owner.hand_back()

    # Unasked, the bot says again what it was waiting for.
    plan.ends = frozenset({"utter_opened_reference"})
    if point == "at the start":
        until_said(shopper, "utter_menu", start=at)
        drive(shopper, plan)
    else:
        follow(shopper, plan, start=at)
    assert case_of(stack, number).status in {"refunding", "refunded"}


def conversation_of(stack: Stack) -> str:
    """The conversation that waits for a person; the newest, since tests follow each other."""
    rows = stack.rows("SELECT id FROM rd_conversation WHERE state = 'waiting' ORDER BY created_at DESC")
    return str(rows[0][0])


def wait_for_agent(shopper: BrowserShopper) -> str:
    for _ in range(60):
        shopper.receive(wait=1)
        spoken = [str(message["text"]) for message in shopper.seen if message["from"] == "agent"]
        if spoken:
            return spoken[-1]
    raise AssertionError(f"no person spoke:\n{shopper.transcript()}")
