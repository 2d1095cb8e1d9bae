"""Greetings, thanks, yes and no outside a question, stopping, and the language."""

from __future__ import annotations

from actions.dialogue import lexicon, repair
from actions.dialogue.action import DialogueAction, Turn
from actions.dialogue.handoff import leave_form
from actions.dialogue.memory import CASE_STATUS, OPEN_RETURN, REPAIR
from actions.dialogue.offers import accept, decline, settles_offer
from actions.dialogue.reading import read_message

_LANGUAGE_WORDS = (("fr", r"french|francais|fr"), ("en", r"english|anglais|en anglais|en"))
_OTHER_LANGUAGE = (
    r"spanish|espagnol|espanol|german|allemand|deutsch|italian\w*|italien|portug\w+|arabe?|arabic|chinese|chinois|"
    r"dutch|neerlandais|polish|polonais|russian|russe|turkish|turc"
)


class Say(DialogueAction):
    """An action that says one response and changes nothing, unless the message takes up an offer."""

    def __init__(self, runtime: object, action: str, response: str) -> None:
        super().__init__(runtime)  # type: ignore[arg-type]
        self._action, self._response = action, response

    def name(self) -> str:
        return self._action

    def answer(self, turn: Turn) -> None:
        if not settles_offer(turn):
            turn.voice.say(self._response)


class Menu(DialogueAction):
    """What can be done here; nothing in the middle of a form, whose question follows by itself."""

    def name(self) -> str:
        return "action_menu"

    def answer(self, turn: Turn) -> None:
        if turn.active_form is None:
            turn.voice.say("utter_menu")


class Greet(DialogueAction):
    """Says hello; asks what it is about only when nothing is being talked about."""

    def name(self) -> str:
        return "action_greet"

    def answer(self, turn: Turn) -> None:
        if not settles_offer(turn):
            turn.voice.say("utter_greet" if turn.active_form is None else "utter_greet_again")


class Stop(DialogueAction):
    """Leaves whatever is going on; nothing that was collected stays, only who the shopper is."""

    def name(self) -> str:
        return "action_stop"

    def answer(self, turn: Turn) -> None:
        if turn.active_form is None and repair.wanted(read_message(turn.message, None)) == "restart":
            turn.voice.say("utter_menu")
        else:
            turn.voice.say("utter_stopped" if turn.active_form is not None else "utter_nothing_to_stop")
        turn.memory.forget((*OPEN_RETURN, *CASE_STATUS, *REPAIR, "dialogue_later", "dialogue_offer"))
        turn.events.extend(leave_form())


class Affirm(DialogueAction):
    """A yes that answers no question of a form: it takes up what was offered last."""

    def name(self) -> str:
        return "action_affirm"

    def answer(self, turn: Turn) -> None:
        accept(turn)


class Deny(DialogueAction):
    """A no that answers no question of a form: the offer is off the table."""

    def name(self) -> str:
        return "action_deny"

    def answer(self, turn: Turn) -> None:
        decline(turn)


class SwitchLanguage(DialogueAction):
    """Goes on in the language asked for; in one it does not speak, it says so and offers a person."""

    def name(self) -> str:
        return "action_switch_language"

    def answer(self, turn: Turn) -> None:
        text = lexicon.plain(turn.message.text)
        if lexicon.has_word(text, _OTHER_LANGUAGE):
            turn.voice.say("utter_language_unknown")
            return
        wanted = next((code for code, words in _LANGUAGE_WORDS if lexicon.has_word(text, words)), None)
        wanted = wanted or turn.message.language or turn.voice.language
        if wanted != turn.voice.language:
            turn.voice.language = wanted
            turn.memory.set("language", wanted)
            turn.voice.tell_edge({"language": wanted})
        turn.voice.say("utter_language_switched")
