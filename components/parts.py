"""Several wishes in one message: "it's broken, and where is my refund for the other one?"

A message is cut at the ends of sentences and where a new clause begins, and each part is understood by itself. The
whole message decides its intent as long as it is clear; else the first clear part does. What other parts ask for is
named too.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

Answer = dict[str, Any]

# Intents that one piece of the dialogue deals with together: "it's broken, I want my money back" is a single wish.
TOPICS = {
    "return_or_refund_request": "open_return",
    "changed_mind": "open_return",
    "report_damaged_or_defective": "open_return",
    "report_wrong_size_or_model": "open_return",
    "report_not_as_described": "open_return",
    "report_lost_or_not_received": "open_return",
    "request_exchange": "open_return",
    "track_order": "track_order",
    "cancel_order": "cancel_order",
    "check_refund_status": "check_refund_status",
    "check_return_status": "check_return_status",
    "change_or_cancel_return": "change_or_cancel_return",
    "ask_return_policy": "ask_return_policy",
    "ask_refund_time": "ask_refund_time",
    "ask_return_shipping": "ask_return_shipping",
    "talk_to_human": "talk_to_human",
}
# Said of the same thing by the same people: one of a pair adds nothing to the other.
_SAME = (
    {"open_return", "ask_return_policy"},
    {"open_return", "track_order"},
    {"open_return", "cancel_order"},
    {"check_refund_status", "check_return_status"},
    {"check_refund_status", "ask_refund_time"},
    {"ask_return_policy", "ask_refund_time"},
)
_BEGINS = (
    r"also|then|aussi|puis|i\b|je\b|j'|my\b|mon\b|ma\b|where|when|how|who|what|can|could|do\b|is\b|o[uù]\b|quand|comment|"
    r"qui\b|combien|est[- ]ce|vous\b|pouvez|puis-je|que\b|qu'"
)
_CUT = re.compile(
    r"[.!?;\n]+\s+|\s*,\s*(?=(?:and|but|also|plus|then|et|mais|puis|sinon|par contre|aussi)\b)|"
    rf"\s+(?=(?:and|et)\s+(?:{_BEGINS}))|\s+(?=(?:par contre|by the way|au fait|sinon)\b)",
    re.IGNORECASE,
)
_FEWEST_WORDS = 2
# Asking for money back is part of asking where it is, and of the questions about it.
_GENERAL = "return_or_refund_request"
_ABOUT_MONEY = {
    "check_refund_status",
    "check_return_status",
    "change_or_cancel_return",
    "ask_refund_time",
    "cancel_order",
}
# Above this the whole message is trusted more than its parts.
_CLEAR = 0.5


class Part(NamedTuple):
    """A piece of the text with its place in it."""

    text: str
    start: int
    end: int


def split(text: str) -> list[Part]:
    """The parts of a text in their order; a text that cannot be cut has none, for it is understood as a whole."""
    places = [0]
    for cut in _CUT.finditer(text):
        if len(text[places[-1] : cut.start()].split()) >= _FEWEST_WORDS:
            places.append(cut.end())
    if len(places) > 1 and len(text[places[-1] :].split()) < _FEWEST_WORDS:
        places.pop()
    if len(places) == 1:
        return []
    ends = [*places[1:], len(text)]
    return [Part(text[start:end].strip(), start, end) for start, end in zip(places, ends, strict=True)]


def main_intent(whole: Answer, parts: Sequence[Answer], sure: float) -> Answer:
    """What the message is about: answers are intents with `name` and `confidence`."""
    if whole["confidence"] >= _CLEAR:
        return whole
    return next((part for part in parts if part["name"] in TOPICS and part["confidence"] >= sure), whole)


def also(intent: str, parts: Sequence[Answer], sure: float) -> list[str]:
    """The intents of parts that are another wish than `intent`, each at least `sure`; one a topic, in their order."""
    topics = [TOPICS[intent]] if intent in TOPICS else []
    found: list[str] = []
    for part in parts if topics else ():
        name, topic = part["name"], TOPICS.get(part["name"])
        if topic is None or part["confidence"] < sure or (name == _GENERAL and intent in _ABOUT_MONEY):
            continue
        if any(topic == known or {topic, known} in _SAME for known in topics):
            continue
        topics.append(topic)
        found.append(name)
    return found
