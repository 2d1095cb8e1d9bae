"""Outside every topic: not understood, not our business, a button of long ago, a number or a photo on its own."""

from __future__ import annotations

from rasa_sdk.events import FollowupAction

from actions.cases import repository as cases
from actions.dialogue import feedback, identify, lexicon, photos, repair
from actions.dialogue.action import DialogueAction, Turn
from actions.dialogue.handoff import complain
from actions.dialogue.offers import begin_other_order, not_understood, settles_offer
from actions.dialogue.policy_questions import tell_policy
from actions.dialogue.reading import Findings, read_message


class NotUnderstood(DialogueAction):
    """Asks what was meant, with the likeliest meanings or what can be done as buttons; then offers a person."""

    def name(self) -> str:
        return "action_not_understood"

    def answer(self, turn: Turn) -> None:
        text = turn.message.text
        if lexicon.is_question(text) and lexicon.WHERE_TO_SEND.search(lexicon.plain(text)):
            # Its words are plain enough, and an answer does nothing that could be wrong.
            tell_policy(turn, "where_to_send")
            return
        if settles_offer(turn):
            return
        if repair.swears(text):
            complain(turn)
            return
        found = read_message(turn.message, None)
        if (found.order_number or found.email) and _begin_by_words(turn, found):
            return
        if begin_other_order(turn):
            return
        case_id = turn.memory.text("open_return_case_id")
        if case_id is not None and lexicon.CORRECTION.search(lexicon.plain(text)):
            turn.voice.say("utter_late_correction", reference=cases.get(turn.session, case_id).reference)
            return
        identify.take(turn, found, None)
        not_understood(turn)


class Inform(DialogueAction):
    """An order number or e-mail before any wish: kept, and the wish is asked for."""

    def name(self) -> str:
        return "action_inform"

    def answer(self, turn: Turn) -> None:
        found = read_message(turn.message, "identify_order_number")
        if _begin_by_words(turn, found) or begin_other_order(turn):
            return
        identify.take(turn, found, "identify_order_number")
        number = turn.memory.text("identify_order_number")
        if {"utter_identify_not_found", "utter_identify_limited"} & set(turn.voice.said):
            return
        if number is None:
            turn.voice.say("utter_details_noted")
        else:
            turn.voice.say("utter_order_noted", number=number)


def _begin_by_words(turn: Turn, found: Findings) -> bool:
    """ "order 1042 came broken": the number hides the matter from the classifier, plain words bring it back. A form
    may begin so, because it reads back everything before anything is done."""
    topic = _status_topic(turn.message.text)
    if topic is not None:
        turn.memory.set("case_status_topic", topic)
        turn.events.append(FollowupAction("case_status_form"))
    elif found.reason is not None or found.outcome is not None:
        turn.events.append(FollowupAction("open_return_form"))
    else:
        return False
    return True


def _status_topic(text: str) -> str | None:
    """What is asked about an order, by its words alone."""
    plain = lexicon.plain(text)
    if lexicon.REFUND_STATUS.search(plain):
        return "refund"
    if lexicon.RETURN_STATUS.search(plain):
        return "return"
    return "track_order" if lexicon.TRACK.search(plain) else None


class Choose(DialogueAction):
    """A quick reply when no form is open: it may start one; otherwise it belongs to an earlier question."""

    def name(self) -> str:
        return "action_choose"

    def answer(self, turn: Turn) -> None:
        choice = turn.message.choice
        if choice is not None and choice.slot == "case_status_topic":
            turn.memory.set("case_status_topic", choice.value)
            turn.events.append(FollowupAction("case_status_form"))
        elif choice is not None and choice.slot == feedback.SLOT and feedback.keep_score(turn, choice):
            turn.events.append(FollowupAction("feedback_form"))
        else:
            turn.voice.say("utter_choice_outdated")
            turn.voice.say("utter_menu")


class Photos(DialogueAction):
    """Photos before anything else was said: kept, and a return is begun, for what else would they show?"""

    def name(self) -> str:
        return "action_photos"

    def answer(self, turn: Turn) -> None:
        photos.add(turn, turn.message.photos)
        turn.voice.say("utter_photos_kept")
        turn.events.append(FollowupAction("open_return_form"))
