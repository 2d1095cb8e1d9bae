"""What is shown of a decision in each of the nine situations, in both languages: the console's page with rules, facts
and clauses, the sentence the shopper got, and a trace on the command line that comes out the same when decided again.
"""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from actions.policy.law import row_of
from actions.policy.model import LegalBasis
from actions.policy.rules.base import SENTENCES
from common.phrases import Phrases
from common.settings import ROOT
from console.words import LANGUAGES, Words, load
from tests.browser.system.case_rows import case_of, until_said
from tests.console.visitor import Visitor
from tests.phrasebook import name_of
from tests.shopper import Shopper
from tests.situations import (
    Plan,
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

pytestmark = [pytest.mark.slow, pytest.mark.stack, pytest.mark.timeout(600)]

_seeds = itertools.count(900_000)
_TRACE = {"id", "result", "clause", "ground", "facts"}


def seeds() -> tuple[int, int]:
    return next(_seeds), next(_seeds)


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with running(tmp_path_factory.mktemp("decisions")) as stack:
        yield stack


@pytest.fixture(scope="module")
def consoles(stack: Stack) -> dict[str, Visitor]:
    """The owner at two browsers, one a language."""
    found = {}
    for language in LANGUAGES:
        found[language] = Visitor(stack.base, language)
        assert found[language].sign_in("demo", "demo-shop-owner").status == 200
    return found


def straight(plan_of: Callable[..., Plan], situation: str, *, photos: bool = False) -> Callable[..., str]:
    def run(stack: Stack, shopper: Shopper, _owner: Visitor) -> str:
        number, email = stack.order_for(situation)
        drive(shopper, plan_of(number, email, *([seeds()] if photos else [])))
        return number

    return run


def with_a_person(stack: Stack, shopper: Shopper, owner: Visitor) -> str:
    """The shopper asks for a person in the middle, who answers and hands back."""
    number, email = stack.order_for("damaged_low_value")
    plan = damaged_mug(number, email, seeds())
    plan.ends = frozenset({"utter_ask_photos"})
    drive(shopper, plan)
    shopper.say("je veux parler à un humain" if shopper.language == "fr" else "I want to talk to a human")
    until_said(shopper, "utter_handoff_waiting")
    page = f"/console/conversations/{shopper.conversation}"
    owner.submit(owner.get(page), f"{page}/take-over")
    before = len(shopper.seen)
    owner.submit(owner.get(page), f"{page}/hand-back")
    plan.ends = frozenset({"utter_opened_reference"})
    follow(shopper, plan, start=before)
    return number


def after_mistakes(stack: Stack, shopper: Shopper, _owner: Visitor) -> str:
    """A command, an order that is not there with somebody's e-mail; then the order itself."""
    number, email = stack.order_for("damaged_low_value")
    shopper.say("/restart")
    until_said(shopper, "utter_menu")
    shopper.say("commande 9999 arrivée cassée" if shopper.language == "fr" else "order 9999 came broken")
    until_said(shopper, "utter_ask_proof")
    shopper.say("lou@example.com")
    until_said(shopper, "utter_identify_not_found")
    at = len(shopper.seen)
    shopper.say(f"{number} {email}")
    follow(shopper, damaged_mug(number, email, seeds()), start=at)
    return number


def through_a_crash(stack: Stack, shopper: Shopper, _owner: Visitor) -> str:
    """The action server is killed in the middle, and the shopper goes on from another tab."""
    number, email = stack.order_for("damaged_low_value")
    plan = damaged_mug(number, email, seeds())
    plan.ends = frozenset({"utter_ask_proof"})
    drive(shopper, plan)
    stack.kill("actions")
    plan.ends = frozenset({"utter_opened_reference"})
    other = Shopper(shopper.base, shopper.language, token=shopper.token, conversation=shopper.conversation)
    other.receive()
    at = len(other.seen)
    plan.answers["utter_ask_proof"](other)
    follow(other, plan, start=at, seconds=150)
    shopper.receive()
    return number


@dataclass(frozen=True)
class Expected:
    """What is decided: the outcome, what it rests on, and the rule that decided first."""

    run: Callable[[Stack, Shopper, Visitor], str]
    outcome: str
    basis: LegalBasis
    because: str
    told: str


SITUATIONS = {
    "a": Expected(straight(damaged_mug, "damaged_low_value", photos=True), "refund_without_return", "non_conformity",
                  "utter_because_non_conformity", "utter_decided_keep_item"),
    "b": Expected(straight(wrong_size, "wrong_size"), "return", "withdrawal",
                  "utter_because_withdrawal", "utter_decided_return_shop"),
    "c": Expected(straight(not_as_described, "not_as_described", photos=True), "return", "non_conformity",
                  "utter_because_non_conformity", "utter_decided_return_shop"),
    "d": Expected(straight(not_received, "not_received"), "refund_without_return", "transport_risk",
                  "utter_because_transport_risk", "utter_decided_not_received"),
    "e": Expected(straight(above_limit, "above_limit", photos=True), "needs_person", "non_conformity",
                  "utter_because_person_automatic_refund_limit", "utter_case_in_review"),
    "f": Expected(straight(outside_window, "outside_window"), "refused", "goodwill",
                  "", "utter_refused_window"),
    "g": Expected(with_a_person, "refund_without_return", "non_conformity",
                  "utter_because_non_conformity", "utter_decided_keep_item"),
    "h": Expected(after_mistakes, "refund_without_return", "non_conformity",
                  "utter_because_non_conformity", "utter_decided_keep_item"),
    "i": Expected(through_a_crash, "refund_without_return", "non_conformity",
                  "utter_because_non_conformity", "utter_decided_keep_item"),
}  # fmt: skip


def retour(stack: Stack, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "retour", *arguments],
        cwd=ROOT, env=stack.environ, capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", SITUATIONS)
def test_a_decision_is_shown_told_and_replayed(
    stack: Stack, consoles: dict[str, Visitor], phrases: Phrases, name: str, language: str
) -> None:
    expected = SITUATIONS[name]
    shopper = Shopper(stack.base, language).start()
    number = expected.run(stack, shopper, consoles[language])
    case = case_of(stack, number)

    shown = json.loads(retour(stack, "cases", "show", case.reference, "--json").stdout)
    decision = shown["decision"]
    assert (decision["outcome"], decision["legal_basis"]) == (expected.outcome, expected.basis)
    assert decision["rules"]
    assert all(rule.keys() >= _TRACE and rule["clause"] for rule in decision["rules"])
    again = retour(stack, "cases", "replay", case.reference)
    assert (again.returncode, again.stdout.strip()) == (0, f"{case.reference}: {expected.outcome}, as it was decided.")

    assert_told(shopper, phrases, expected, decision)
    for reader, console in consoles.items():
        assert_on_page(console.get(f"/console/cases/{case.id}").words, load()[reader], shown)


def assert_told(shopper: Shopper, phrases: Phrases, expected: Expected, decision: dict[str, Any]) -> None:
    """The decision and, in one plain sentence of the shopper's language, what it rests on."""
    said = [message["text"] for message in shopper.seen if message["from"] == "bot"]
    assert expected.told in {name_of(text) for text in said}, shopper.transcript()
    if expected.because:
        why = phrases.render(expected.because, shopper.language).text
        assert any(why in text for text in said), shopper.transcript()
    else:
        # A refusal quotes the shop's published terms.
        text = next(text for text in said if name_of(text) == expected.told)
        assert ("jours" if shopper.language == "fr" else "days") in text
        assert text.rstrip().endswith("."), text


def assert_on_page(page: str, words: Words, shown: dict[str, Any]) -> None:
    """Outcome, legal basis and every rule with its result, clause and facts, in the reader's language."""
    decision, foreign = shown["decision"], load()["en" if words.language == "fr" else "fr"]
    assert words.get("case.decided", outcome=words.get(f"outcome.{decision['outcome']}")) in page
    assert words.get(f"basis.{decision['legal_basis']}") in page
    for rule in decision["rules"]:
        assert words.get(f"rule.{rule['id']}") in page
        assert words.get(f"result.{rule['result']}") in page
        assert clause(words, rule) in page
        for fact, value in rule["facts"].items():
            if value is not None and fact != "currency":
                assert words.get(f"fact.{fact}") in page
    assert [name for name in SENTENCES if foreign.get(f"ground.{name}") in page] == []


def clause(words: Words, rule: dict[str, Any]) -> str:
    row, ground = row_of(rule["ground"]), rule["ground"]
    if row is not None:
        return row.sentence(words.language)
    if ground in SENTENCES:
        return words.get(f"ground.{ground}")
    return f"{words.get('policy_key.' + ground.partition('.')[0])} ({rule['clause']})"
