"""What the bot offers outside a form (a person, a return, a few meanings), and what becomes of the offer."""

from __future__ import annotations

from rasa_sdk.events import FollowupAction

from actions.dialogue import lexicon, repair, wishes
from actions.dialogue.action import Turn
from actions.dialogue.consent import says
from actions.dialogue.handoff import hand_off
from actions.dialogue.meanings import ask_which, is_offered, take_up
from actions.dialogue.reading import read_message

_OFFER_PERSON_AT = 2


def accept(turn: Turn) -> None:
    """A yes: what was offered last happens."""
    offer = turn.memory.text("dialogue_offer")
    turn.memory.set("dialogue_offer", None)
    if offer == "person":
        hand_off(turn, "asked")
    elif offer == "open_return":
        turn.events.append(FollowupAction("open_return_form"))
    elif offer is None or not (is_offered(offer) and take_up(turn, offer)):
        turn.voice.say("utter_menu")


def decline(turn: Turn) -> None:
    """A no: the offer is off the table."""
    offer = turn.memory.text("dialogue_offer")
    turn.memory.set("dialogue_offer", None)
    if is_offered(offer):
        not_understood(turn)
    elif offer == "person":
        turn.voice.say("utter_offer_declined")
        turn.voice.say("utter_menu")
    elif not begin_other_order(turn):
        turn.voice.say("utter_nothing_to_stop")


def settles_offer(turn: Turn) -> bool:
    """A yes or no among other words ("yes. Thank you so much!"); says whether the message was that."""
    open_offer = turn.active_form is None and turn.memory.text("dialogue_offer") is not None
    said = says(turn.message.text) if open_offer else None
    if said is not None:
        (accept if said == "yes" else decline)(turn)
    return said is not None


def not_understood(turn: Turn) -> None:
    """What is said to a message nobody can act on; at the second in a row a person is offered.

    One that is unclear as a whole may be two clear wishes: these are taken up.
    """
    if turn.active_form is None and (wish := wishes.keep(turn)) is not None:
        wishes.begin_report(turn, wish.report, wish.meaning)
        turn.events.append(FollowupAction("open_return_form"))
        return
    misunderstood = turn.memory.count("repair_misunderstood") + 1
    turn.memory.set("repair_misunderstood", float(misunderstood))
    if misunderstood >= _OFFER_PERSON_AT:
        turn.voice.say("utter_offer_person")
        turn.memory.set("dialogue_offer", "person")
        turn.memory.set("repair_misunderstood", None)
    elif not ask_which(turn):
        beyond = turn.message.intent == "out_of_scope" and lexicon.says_something(turn.message.text)
        turn.voice.say("utter_out_of_scope" if beyond else "utter_not_understood")


def begin_other_order(turn: Turn) -> bool:
    """ "No, the other order", after an answer about the first: asks for its number; says whether it was that."""
    topic = turn.memory.text("repair_topic")
    if topic is None or repair.wanted(read_message(turn.message, None)) != "other_order":
        return False
    turn.memory.forget(("identify_order_id", "identify_order_number"))
    turn.memory.set("case_status_topic", topic)
    turn.events.append(FollowupAction("case_status_form"))
    return True
