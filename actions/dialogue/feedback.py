"""After the case: a score by quick reply, then a few words if the shopper likes. Anything else they say comes first."""

from __future__ import annotations

from typing import ClassVar

from rasa_sdk.events import FollowupAction

from actions.cases import repository as cases
from actions.catalogue.suggestions import suggestions_for
from actions.dialogue.action import DialogueAction, Turn
from actions.dialogue.base import TopicForm
from actions.dialogue.message import Choice
from actions.dialogue.reading import Findings, read_message
from actions.feedback import service as feedback
from common.errors import RefusedError

SLOT = "feedback_score"
_NOTHING = "-"
_POOR = 2
# What is asked or wanted instead of a comment, and the action that answers it.
_INSTEAD = {
    "talk_to_human": "action_handoff",
    "start": "action_menu",
    "switch_language": "action_switch_language",
    "return_or_refund_request": "open_return_form",
    "check_return_status": "case_status_form",
    "check_refund_status": "case_status_form",
    "track_order": "case_status_form",
    "cancel_order": "case_status_form",
    "change_or_cancel_return": "case_status_form",
    "ask_return_policy": "action_policy_answer",
    "ask_refund_time": "action_policy_answer",
    "ask_return_shipping": "action_policy_answer",
    "photos_sent": "action_photos",
}
# These need no question mark and no number to be meant.
_PLAIN = frozenset({"talk_to_human", "start", "switch_language", "photos_sent"})


def keep_score(turn: Turn, choice: Choice) -> bool:
    """Keep the score of a quick reply and begin to ask for words; False when it fits no case of this conversation."""
    reference, _, score = choice.value.rpartition(" ")
    try:
        number = int(score) if score.isascii() and score.isdigit() else 0
        case = feedback.rate(turn.session, turn.conversation_id, reference, number, now=turn.now)
    except RefusedError:
        return False
    turn.memory.set("feedback_case", case.id)
    turn.memory.set("feedback_comment", None)
    return True


class FeedbackForm(TopicForm):
    """Asks for a few words once, and takes the next message for them unless it is plainly about something else."""

    form: ClassVar[str] = "feedback_form"
    questions: ClassVar[tuple[str, ...]] = ("feedback_comment",)
    digressions: ClassVar[frozenset[str]] = frozenset()

    def take(self, turn: Turn, found: Findings, asked: str | None) -> bool:
        choice = found.message.choice
        if choice is not None and choice.slot == SLOT:
            # Another button of the same question: the later score counts.
            return asked is not None and keep_score(turn, choice)
        if asked is None:
            return False
        words = "" if found.deny or instead(found) else found.message.text
        turn.memory.set("feedback_comment", words or _NOTHING)
        return True

    def pending(self, turn: Turn) -> str | None:
        return None if turn.memory.text("feedback_comment") else "feedback_comment"

    def ask(self, turn: Turn, question: str, *, explain: bool) -> None:
        turn.voice.say("utter_ask_comment")


def instead(found: Findings) -> str | None:
    """The action that answers a message which is no comment."""
    action = _INSTEAD.get(found.message.intent)
    sure = found.message.intent in _PLAIN or found.question or found.order_number or not found.message.text
    return action if action and sure else None


class Feedback(DialogueAction):
    """Keeps the words, thanks, and suggests what may suit better; or goes on with what was said instead."""

    def name(self) -> str:
        return "action_feedback"

    def answer(self, turn: Turn) -> None:
        words, case_id = turn.memory.text("feedback_comment"), turn.memory.text("feedback_case")
        turn.memory.forget(("feedback_comment", "feedback_case"))
        following = instead(read_message(turn.message, None))
        if following is not None:
            turn.events.append(FollowupAction(following))
            return
        if case_id is None:
            return
        if words and words != _NOTHING:
            feedback.comment(turn.session, case_id, words)
        rating = feedback.of_case(turn.session, case_id)
        if rating is not None and rating.score is not None and rating.score <= _POOR:
            turn.voice.say("utter_feedback_sorry")
            return
        turn.voice.say("utter_feedback_thanks")
        found = suggestions_for(turn.session, cases.get(turn.session, case_id))
        if found:
            names = ", ".join(product.name(turn.voice.language) for product in found)
            turn.voice.say("utter_feedback_suggestion", suggestions=names)
