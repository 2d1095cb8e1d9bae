"""Plays every dialogue of tests/conversations/<genre>/*.yml and checks each answer and what became of it.

A turn is `[what the shopper does, responses expected ...]`; `["(12 days later)"]` moves the clock instead."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from common.database import transaction
from common.ids import new_id
from tests.conversations import world
from tests.conversations.action_server import DAYS_LATER
from tests.conversations.talk import System, Talk

_FOLDER = Path(__file__).parent
GENRES = ("happy", "corrections", "interruptions", "cancellations", "invalid_input", "handoff", "identity", "repair")

pytestmark = [pytest.mark.stack, pytest.mark.slow]


@dataclass(frozen=True)
class Dialogue:
    """One conversation in one language. `turns` are lists: what the shopper does, then the responses expected."""

    genre: str
    title: str
    language: str
    order: str
    turns: list[list[str]]
    case: dict[str, Any] | None
    facts: dict[str, Any]


def dialogues() -> list[Dialogue]:
    found = []
    for genre in GENRES:
        for path in sorted((_FOLDER / genre).glob("*.yml")):
            for entry in yaml.safe_load(path.read_text(encoding="utf-8")):
                for language in ("en", "fr"):
                    found.append(_dialogue(genre, entry, language))
    return found


def _dialogue(genre: str, entry: dict[str, Any], language: str) -> Dialogue:
    facts = {
        key: entry[key] for key in ("handoffs", "cases", "language", "verified", "other", "locale") if key in entry
    }
    case = entry.get("case")
    return Dialogue(genre, entry["title"], language, entry.get("order", "mug"), entry[language], case, facts)


@pytest.mark.parametrize("dialogue", dialogues(), ids=lambda item: f"{item.genre}: {item.title} ({item.language})")
def test_the_conversation_goes_as_written(system: System, dialogue: Dialogue) -> None:
    values = _orders(system, dialogue)
    talk = Talk(system, dialogue.facts.get("locale", dialogue.language))
    if dialogue.facts.get("verified"):
        talk.metadata |= {
            f"verified_{what}": _filled(text, values) for what, text in dialogue.facts["verified"].items()
        }
    handoffs = 0
    (system.home / DAYS_LATER).unlink(missing_ok=True)
    for at, (shopper, *expected) in enumerate(dialogue.turns):
        if silence := re.fullmatch(r"\((\d+) days later\)", shopper):
            (system.home / DAYS_LATER).write_text(silence.group(1))
            continue
        _do(talk, _filled(shopper, values))
        said = list(talk.said)
        if at == 0:
            assert said[:1] == ["utter_welcome"], f"the first message says what it is\n{talk}"
            said = said[1:]
        assert said == expected, f"after {shopper!r}\n{talk}"
        handoffs += sum(1 for custom in talk.custom if custom.get("handoff"))
        leaked = [text for text in talk.texts if re.search(r"(?<!\w)\{\w+\}|Traceback|None\b", text)]
        assert not leaked, f"{leaked}\n{talk}"
    _check_outcome(talk, dialogue, handoffs)


def test_every_genre_has_five_dialogues_in_each_language() -> None:
    counts = {(genre, language): 0 for genre in GENRES for language in ("en", "fr")}
    for dialogue in dialogues():
        counts[dialogue.genre, dialogue.language] += 1
    assert {key: count for key, count in counts.items() if count < 5} == {}


def _orders(system: System, dialogue: Dialogue) -> dict[str, str]:
    with transaction(system.engine) as session:
        # Everybody is new here: the policy counts refunds without return by shopper.
        email = f"ann.{new_id('x')[-8:]}@example.com"
        order = world.add_order(session, dialogue.order, email)
        values = {"number": order.number, "email": email}
        if "other" in dialogue.facts:
            same = dialogue.facts["other"]["shopper"] == "same"
            other_email = email if same else f"bob.{new_id('x')[-8:]}@example.com"
            other = world.add_order(session, dialogue.facts["other"]["order"], other_email)
            values |= {"other_number": other.number, "other_email": other_email}
    return values


def _filled(text: str, values: dict[str, str]) -> str:
    for key, value in values.items():
        text = text.replace("{" + key + "}", value)
    return text


def _do(talk: Talk, shopper: str) -> None:
    """`[title]` presses a button, `*2` sends two photos, `~1` a blurred one, `(open)` opens the chat."""
    if shopper == "(open)":
        talk.open()
    elif re.fullmatch(r"\[.+\]", shopper):
        talk.press(shopper[1:-1])
    elif re.fullmatch(r"[*~]\d", shopper):
        talk.send_photos(*(talk.photo(blurred=shopper[0] == "~") for _ in range(int(shopper[1]))))
    else:
        talk.say(shopper)


def _check_outcome(talk: Talk, dialogue: Dialogue, handoffs: int) -> None:
    assert handoffs == dialogue.facts.get("handoffs", 0), str(talk)
    if "language" in dialogue.facts:
        assert talk.slots["language"] == dialogue.facts["language"][dialogue.language], str(talk)
    case = talk.case()
    if dialogue.case is None:
        assert case is None, f"no case was to be opened, one is {case and case.status}\n{talk}"
        return
    assert case is not None, f"a case was to be opened\n{talk}"
    seen = {
        "status": case.status,
        "reason": case.reason,
        "resolution": case.resolution,
        "desired_outcome": case.desired_outcome,
        "lines": {line.sku: line.quantity for line in case.lines},
        "order": "own" if case.customer_email.startswith("ann.") else "other",
    }
    assert {key: seen[key] for key in dialogue.case} == dialogue.case, str(talk)
    assert talk.cases() == dialogue.facts.get("cases", 1), str(talk)
