"""A person, whenever one is wanted. The bot goes on helping until that person takes over."""

from __future__ import annotations

from rasa_sdk.events import ActiveLoop, EventType, SlotSet

from actions.dialogue.action import DialogueAction, Turn

_OFFER_AT = 2


def hand_off(turn: Turn, reason: str) -> None:
    """Tell the edge to call a person and the shopper that one will come."""
    turn.voice.say("utter_handoff_waiting", custom={"handoff": True, "reason": reason})
    turn.memory.set("dialogue_offer", None)
    turn.memory.set("repair_complaints", 0.0)


class Handoff(DialogueAction):
    """Asked for by the shopper, at any point."""

    def name(self) -> str:
        return "action_handoff"

    def answer(self, turn: Turn) -> None:
        hand_off(turn, "asked")


class Complaint(DialogueAction):
    """Says sorry once; from the second complaint on offers a person. What was complained of is kept as description."""

    def name(self) -> str:
        return "action_complaint"

    def answer(self, turn: Turn) -> None:
        complain(turn)


def complain(turn: Turn) -> None:
    """Say sorry; to who complains again offer a person, for one apology more would only annoy."""
    memory = turn.memory
    complaints = memory.count("repair_complaints") + 1
    memory.set("repair_complaints", float(complaints))
    if memory.text("requested_slot") == "open_return_description" and turn.message.text:
        memory.set("open_return_description", turn.message.text[:1000])
    if complaints >= _OFFER_AT:
        turn.voice.say("utter_complaint_again")
        memory.set("dialogue_offer", "person")
    else:
        turn.voice.say("utter_complaint")
        if turn.active_form is None:
            turn.voice.say("utter_menu")


def leave_form() -> list[EventType]:
    """The events that end whatever form is open."""
    return [ActiveLoop(None), SlotSet("requested_slot", None)]
