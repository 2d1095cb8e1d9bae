"""What an unclear message may have meant: asked with a few quick replies, never guessed."""

from __future__ import annotations

from dataclasses import replace

from rasa_sdk.events import FollowupAction

from actions.dialogue.action import Turn
from actions.dialogue.case_status import TOPICS
from actions.dialogue.policy_questions import QUESTIONS, tell_policy, topic_of
from actions.dialogue.reading import REPORTS

OFFERED = frozenset(TOPICS) | REPORTS | QUESTIONS
# Below this a meaning is no better than any other and would only look silly as a button.
_LIKELY = 0.06
_MOST = 3
_ONE = "meaning:"


def ask_which(turn: Turn) -> bool:
    """Offer what the message may mean, likeliest first; says whether anything was likely enough."""
    message = turn.message
    found = [intent for intent, likely in message.ranking if intent in OFFERED and likely >= _LIKELY][:_MOST]
    if not found or not message.text:
        return False
    turn.voice.say("utter_did_you_mean", only=[*(f"/{intent}" for intent in found), "/deny"])
    turn.memory.set("dialogue_offer", _ONE + (found[0] if len(found) == 1 else ""))
    turn.memory.set("repair_said", message.text[:1000])
    return True


def is_offered(offer: str | None) -> bool:
    """Whether the last offer of the conversation was "did you mean"."""
    return offer is not None and offer.startswith(_ONE)


def take_up(turn: Turn, offer: str) -> bool:
    """A yes to the only meaning offered; says whether there was just one."""
    intent = offer.removeprefix(_ONE)
    if intent in QUESTIONS:
        turn.message = replace(turn.message, intent=intent, text=turn.memory.text("repair_said") or "")
        tell_policy(turn, topic_of(turn))
    elif intent in OFFERED:
        turn.memory.set("repair_meaning", intent)
        turn.events.append(FollowupAction("case_status_form" if intent in TOPICS else "open_return_form"))
    return intent in OFFERED
