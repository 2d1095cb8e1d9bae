"""Several wishes in one message: "it's broken, and where is my refund for the other one?"

A message is cut at the ends of sentences and where a new clause begins, and each part is understood by itself. The
whole message decides its intent as long as it is clear; else the first clear part does. What the parts mean goes to the
dialogue, which knows what belongs together.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

Answer = dict[str, Any]

# What a message can be about; a greeting in front of it is not.
TOPICS = frozenset(
    {
        "return_or_refund_request",
        "changed_mind",
        "report_damaged_or_defective",
        "report_wrong_size_or_model",
        "report_not_as_described",
        "report_lost_or_not_received",
        "request_exchange",
        "track_order",
        "cancel_order",
        "check_refund_status",
        "check_return_status",
        "change_or_cancel_return",
        "ask_return_policy",
        "ask_refund_time",
        "ask_return_shipping",
        "talk_to_human",
    }
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
# What joins a part to the one beside it says nothing of its own.
_LINK = re.compile(r"^\s*(?:(?:and|but|et|mais|puis|then)\s+)?|[\s,]+$", re.IGNORECASE)
_FEWEST_WORDS = 2
# Above this the whole message is trusted more than its parts.
_CLEAR = 0.5


def split(text: str) -> list[str]:
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
    return [_LINK.sub("", text[start:end]) for start, end in zip(places, ends, strict=True)]


def main_intent(whole: Answer, parts: Sequence[Answer], sure: float) -> Answer:
    """What the message is about: answers are intents with `name` and `confidence`."""
    if whole["confidence"] >= _CLEAR:
        return whole
    return next((part for part in parts if part["name"] in TOPICS and part["confidence"] >= sure), whole)
