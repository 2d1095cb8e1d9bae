"""Plays one conversation: reads what the bot asks, from its words and quick replies, and answers it."""

from __future__ import annotations

import json
import random
import re
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import yaml

from benchmarks.shoppers.goals import Goal, Persona, goals, wording
from benchmarks.shoppers.manner import Manner
from common.settings import ROOT
from tests.conversations.world import PRODUCTS
from tests.phrasebook import name_of
from tests.shopper import Message, Shopper, photo

# A shopper who has written this often, or was told this often that the bot did not understand, leaves.
MOST_TURNS = 15
PATIENCE = 3
_NOT_UNDERSTOOD = frozenset(
    {"utter_not_understood", "utter_not_understood_here", "utter_out_of_scope", "utter_out_of_scope_here"}
)
_PATIENCE_ASKED = "utter_edge_one_moment"
_CASE_ENDS = frozenset(
    {
        "utter_opened_reference",
        "utter_opened_refused",
        "utter_case_in_review",
        "utter_nothing_left",
    }
)
# Responses that ask, by the question they ask.
_ASKS = {
    "utter_ask_order_number": "identify_order_number",
    "utter_explain_order_number": "identify_order_number",
    "utter_identify_not_found": "identify_both",
    "utter_identify_other_not_found": "identify_both",
    "utter_ask_proof": "identify_proof",
    "utter_explain_proof": "identify_proof",
    "utter_ask_items": "open_return_items",
    "utter_explain_items": "open_return_items",
    "utter_ask_quantity": "open_return_quantity",
    "utter_explain_quantity": "open_return_quantity",
    "utter_ask_reason": "open_return_reason",
    "utter_explain_reason": "open_return_reason",
    "utter_ask_description": "open_return_description",
    "utter_explain_description": "open_return_description",
    "utter_ask_photos": "open_return_photos",
    "utter_explain_photos": "open_return_photos",
    "utter_ask_photos_again": "open_return_photos",
    "utter_ask_photos_more": "open_return_photos",
    "utter_ask_outcome": "open_return_outcome",
    "utter_explain_outcome": "open_return_outcome",
    "utter_readback": "open_return_confirmed",
    "utter_readback_replacement": "open_return_confirmed",
    "utter_explain_confirmed": "open_return_confirmed",
    "utter_ask_change": "open_return_change",
    "utter_explain_change": "open_return_change",
    "utter_ask_seal": "open_return_seal",
    "utter_explain_seal": "open_return_seal",
    "utter_ask_cancel_return": "yes",
    "utter_explain_cancel_return": "yes",
    "utter_cancel_order_person": "yes",
    "utter_offer_person": "person",
    "utter_complaint_again": "person",
    "utter_language_unknown": "wish",
    "utter_did_you_mean": "meaning",
    "utter_menu": "wish",
    "utter_greet": "wish",
    "utter_order_noted": "wish",
    "utter_details_noted": "wish",
    "utter_not_understood": "wish",
    "utter_out_of_scope": "wish",
    "utter_choice_outdated": "wish",
    "utter_complaint": "wish",
    "utter_status_order": "wish",
    "utter_track_overdue": "wish",
    "utter_track_delivered": "wish",
    "utter_stopped": "wish",
    "utter_nothing_to_stop": "wish",
}

_IDENTIFY = {"identify_order_number": ["number"], "identify_proof": ["email"], "identify_both": ["number", "email"]}


@dataclass(frozen=True)
class Facts:
    """What a shopper knows of the own order."""

    number: str
    email: str


@dataclass
class Played:
    """One conversation that is over. `turns` are the shopper's messages until the goal was reached, or all of them."""

    goal: Goal
    persona: Persona
    language: str
    conversation: str = ""
    reached: bool = False
    turns: int = 0
    said: list[str] = field(default_factory=list)
    trouble: str = ""
    transcript: str = ""


class Player:
    """One shopper at one goal."""

    def __init__(
        self, shopper: Shopper, goal: Goal, persona: Persona, facts: Facts, *, language: str, chance: random.Random
    ) -> None:
        self._shopper = shopper
        self._facts = facts
        self._chance = chance
        self._manner = Manner(persona, language, chance)
        self._persona = persona
        self._played = Played(goal, persona, language)
        self._read = 0
        self._detoured: set[str] = set()
        self._wrong: str | None = None
        self._turns = 0

    def play(self) -> Played:
        """The whole conversation; what goes wrong with it is in `trouble`, nothing is raised."""
        played = self._played
        try:
            self._shopper.start()
            played.conversation = self._shopper.conversation
            self._new()
            self._turns = 0
            last = played.goal
            before = [goals()[last.before]] if last.before else []
            played.reached = all(self._reach(goal) for goal in [*before, last])
        except AssertionError as error:
            played.trouble = str(error).splitlines()[0]
        played.transcript = self._shopper.transcript()
        return played

    def _reach(self, goal: Goal) -> bool:
        self._say(self._opening(goal))
        news = self._new()
        while not self._done(goal, news):
            if self._turns >= MOST_TURNS:
                self._played.trouble = "too many turns"
                return False
            if sum(name in _NOT_UNDERSTOOD for name in self._played.said) >= PATIENCE:
                self._played.trouble = "not understood too often"
                return False
            question, message = self._question(news)
            self._answer(goal, question, message)
            news = self._new()
        self._played.turns = self._turns
        return True

    def _done(self, goal: Goal, news: list[Message]) -> bool:
        names = {name_of(message["text"]) for message in news}
        return bool(names & (_CASE_ENDS if goal.is_request else set(goal.answers)))

    # --- sending and reading ---

    def _new(self) -> list[Message]:
        """What the bot has said to the shopper's message; waits for the first word."""
        self._turns += 1
        news: list[Message] = []
        for _ in range(15):
            self._shopper.receive(wait=4)
            fresh, self._read = self._shopper.seen[self._read :], len(self._shopper.seen)
            news += [message for message in fresh if message["from"] == "bot"]
            # Told to wait a moment, a shopper waits for the answer.
            if any(name_of(message["text"]) != _PATIENCE_ASKED for message in news):
                self._played.said += [name_of(message["text"]) or "?" for message in news]
                return news
        raise AssertionError("the bot said nothing")

    def _question(self, news: list[Message]) -> tuple[str, Message]:
        for message in reversed(news):
            question = _ASKS.get(name_of(message["text"]) or "")
            if question is not None:
                return question, message
        return "wish", news[-1]

    def _say(self, sentence: str) -> None:
        facts = {"number": self._facts.number, "email": self._facts.email}
        self._shopper.say(self._manner.dressed(sentence).format(**facts))

    def _press(self, message: Message, *wanted: str) -> bool:
        """Press the quick reply whose payload or title holds one of these; says whether there was one."""
        for one in wanted:
            for button in message["buttons"]:
                if one in _payloads().get(button["title"], ()) or one == button["title"]:
                    self._shopper.choose(f"^{re.escape(button['title'])}$")
                    return True
        return False

    # --- what to say ---

    def _opening(self, goal: Goal) -> str:
        short = self._manner.happens(self._persona.short)
        sentence = self._manner.pick(goal.short if short else goal.openings)
        if goal.before is None and not goal.handoff and self._manner.happens(self._persona.facts):
            word = {"en": "order", "fr": "commande"}[self._manner.language]
            sentence = f"{sentence}, {word} {{number}}, {{email}}"
        return sentence

    def _answer(self, goal: Goal, question: str, message: Message) -> None:
        if self._detour(question):
            return
        if question == "open_return_photos" and goal.photos:
            seeds = [self._chance.randrange(1 << 40) for _ in range(goal.photos)]
            self._shopper.send_photos(*(photo(seed) for seed in seeds))
            return
        if question == "open_return_confirmed" and self._reads_a_mistake(goal, message):
            if not self._press(message, "choose:open_return_confirmed:change"):
                self._say(self._manner.pick(wording()["no"]))
            return
        if question == "open_return_change" and self._wrong:
            self._press(message, f"choose:open_return_change:{self._wrong}")
            return
        titles, sentence = self._choices(goal, question)
        # What is asked with nothing but quick replies to say is pressed by everybody.
        wants_button = question in ("meaning", "person") or self._wrong is not None
        if (wants_button or self._manner.happens(self._persona.buttons)) and self._press(message, *titles):
            if question == "open_return_reason":
                self._wrong = None
            return
        self._say(sentence)

    def _choices(self, goal: Goal, question: str) -> tuple[list[str], str]:
        """The quick replies that would answer, best first, and a sentence that does."""
        words, pick = wording(), self._manner.pick
        if question in _IDENTIFY:
            return [], ", ".join(pick(words[fact]) for fact in _IDENTIFY[question])
        if question == "open_return_items":
            names = [name for sku in goal.lines for name in PRODUCTS[sku][:2]]
            return names, pick(goal.items) if goal.items else names[0]
        if question == "open_return_quantity":
            count = str(next(iter(goal.lines.values())))
            return [count], pick(goal.quantity) if goal.quantity else count
        if question == "open_return_reason":
            return [f"choose:open_return_reason:{goal.reasons[0]}"] if goal.reasons else [], self._told(goal)
        if question == "open_return_description":
            return [], self._told(goal)
        if question == "open_return_photos":
            return ["choose:open_return_photos:none"], pick(words["no_photo"])
        if question == "open_return_seal":
            return ["choose:open_return_seal:sealed"], pick(words["sealed"])
        if question == "open_return_outcome":
            return [f"choose:open_return_outcome:{goal.outcome}"], pick(words[goal.outcome])
        if question in ("open_return_confirmed", "yes"):
            return ["choose:open_return_confirmed:yes", "affirm"], pick(words["yes"])
        if question == "person":
            return (["talk_to_human"], pick(words["yes"])) if goal.handoff else (["deny"], pick(words["no"]))
        if question == "meaning":
            return [*goal.meant, "deny"], self._opening(goal)
        return list(goal.meant), self._opening(goal)

    def _told(self, goal: Goal) -> str:
        return self._manner.pick(goal.tell or goal.openings)

    def _detour(self, question: str) -> bool:
        """Once at a question: something else than the answer."""
        ways = wording()["detours"].get(question)
        if ways is None or question in self._detoured or not self._manner.happens(self._persona.detour):
            return False
        self._detoured.add(question)
        self._say(self._manner.pick(ways))
        return True

    def _reads_a_mistake(self, goal: Goal, message: Message) -> bool:
        """Whether the read-back says something else than is wanted; notes which part."""
        self._wrong = None
        name = name_of(message["text"]) or ""
        if not name.startswith("utter_readback") or not self._manner.happens(self._persona.reads):
            return False
        text = message["text"]
        labels = [label for reason in goal.reasons for label in _labels(f"utter_label_reason_{reason}")]
        lines = [f"{count} × {name}" for sku, count in goal.lines.items() for name in PRODUCTS[sku][:2]]
        if not any(label in text for label in labels):
            self._wrong = "reason"
        elif sum(line in text for line in lines) != len(goal.lines) or text.count(" × ") != len(goal.lines):
            self._wrong = "items"
        elif (goal.outcome == "replacement") != (name == "utter_readback_replacement"):
            self._wrong = "outcome"
        return self._wrong is not None


@cache
def _responses() -> dict[str, list[dict[str, Any]]]:
    content: dict[str, Any] = yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))
    responses: dict[str, list[dict[str, Any]]] = content["responses"]
    return responses


def _labels(response: str) -> list[str]:
    return [variation["text"] for variation in _responses()[response]]


@cache
def _payloads() -> dict[str, set[str]]:
    """What a quick reply of that title does, as `intent` or `choose:slot:value`: a shopper sees it from the title."""
    found: dict[str, set[str]] = {}
    for variations in _responses().values():
        for variation in variations:
            for button in variation.get("buttons", []):
                intent, _, content = button["payload"].removeprefix("/").partition("{")
                if intent == "choose":
                    choice = json.loads("{" + content)
                    intent = f"choose:{choice['slot']}:{choice['value']}"
                found.setdefault(button["title"], set()).add(intent)
    return found
