"""Questions about the shop's terms, answered from its policy and from nowhere else."""

from __future__ import annotations

import re
from functools import partial
from typing import cast

from rasa_sdk.events import FollowupAction

from actions.cases import legs
from actions.dialogue import identify, lexicon, wishes
from actions.dialogue.action import DialogueAction, Turn
from actions.dialogue.submit import latest_case
from actions.policy.answers import Topic, answer
from actions.policy.model import Reason

QUESTIONS = frozenset({"ask_return_policy", "ask_refund_time", "ask_return_shipping"})
_BY_WORDS: dict[Topic, re.Pattern[str]] = {
    "where_to_send": lexicon.WHERE_TO_SEND,
    "return_cost": lexicon.RETURN_COST,
    "refund_time": lexicon.REFUND_TIME,
}


class PolicyAnswer(DialogueAction):
    """The window, who pays, how long a refund takes, where to send; for a known order, by its country's law."""

    def name(self) -> str:
        return "action_policy_answer"

    def answer(self, turn: Turn) -> None:
        tell_policy(turn, topic_of(turn))
        words = wishes.reported(turn.message) if turn.active_form is None else None
        if words is not None:
            wishes.begin_report(turn, words)
            turn.events.append(FollowupAction("open_return_form"))


def tell_policy(turn: Turn, topic: Topic) -> None:
    """One answer from the policy, by what is known of the order and its case."""
    order = identify.order_of(turn)
    case = latest_case(turn)
    parcels = legs.of_case(turn.session, turn.runtime, case) if case and case.status == "awaiting_parcel" else []
    reason = turn.memory.text("open_return_reason") or (case.reason if case is not None else None)
    country = order.country if order is not None else turn.runtime.shop.country
    told = partial(answer, turn.runtime.policy, topic, country=country, on=turn.now.date())
    expected = [leg for leg in parcels if leg.step == "expected" and leg.address]
    if topic == "where_to_send" and expected:
        for leg in expected:
            response, parameters = told(return_address=legs.shown_address(leg), rma_number=leg.number)
            turn.voice.say(response, **parameters)
        return
    response, parameters = told(reason=cast("Reason | None", reason))
    turn.voice.say(response, **parameters)


def tell_terms_asked(turn: Turn) -> None:
    """Answer what one part of a message asks about the terms ("it's broken, who pays for sending it back?")."""
    parts = lexicon.parts(turn.message.text)
    if len(parts) < 2:
        return
    by_words = [topic for topic, pattern in _BY_WORDS.items() if any(pattern.search(part) for part in parts)]
    asked = [part for part in turn.message.parts if part.intent in QUESTIONS and lexicon.is_question(part.text)]
    for topic in by_words or dict.fromkeys(_topic(part.intent, part.text) for part in asked):
        tell_policy(turn, topic)


def topic_of(turn: Turn) -> Topic:
    """What of the terms the message asks about."""
    return _topic(turn.message.intent, turn.message.text)


def _topic(intent: str, said: str) -> Topic:
    text = lexicon.plain(said)
    if intent == "ask_refund_time":
        return "refund_time"
    if lexicon.WHERE_TO_SEND.search(text):
        return "where_to_send"
    if intent == "ask_return_shipping":
        return "return_cost"
    return "window" if lexicon.WINDOW.search(text) else "summary"
