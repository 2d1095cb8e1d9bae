"""What both forms share: read the whole message, keep what is useful, ask the next question, help instead of nagging.

Rasa calls a form's validator once in every turn, also when the form starts and when it comes back after a digression.
It takes the message, chooses the next question and asks it, all in that one call: one transaction, one round trip.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import replace
from typing import ClassVar

from rasa_sdk.events import ActionExecutionRejected, EventType, SlotSet
from rasa_sdk.interfaces import Tracker

from actions.dialogue import repair
from actions.dialogue.action import DialogueAction, Turn
from actions.dialogue.consent import YES_OR_NO, with_consent
from actions.dialogue.handoff import complain, hand_off
from actions.dialogue.lexicon import says_something
from actions.dialogue.message import Choice, Message
from actions.dialogue.reading import Findings, read_message

# Coming back from these, the question is not repeated: the shopper was just offered something, or said goodbye.
_SILENT_AFTER = frozenset({"action_handoff", "action_goodbye"})
# What rules answer while a form is open (data/rules, "in the middle of ..."). Rasa asks the form first, which declines.
DIGRESSIONS = frozenset(
    {
        "ask_return_policy",
        "ask_refund_time",
        "ask_return_shipping",
        "talk_to_human",
        "complaint",
        "greet",
        "thank",
        "goodbye",
        "bot_challenge",
        "switch_language",
        "start",
        "stop",
    }
)
# Such intents are read into stories all the time ("hello, my e-mail is ..."): a message that answers is an answer.
_SMALL = frozenset({"complaint", "greet", "thank", "goodbye", "stop", "track_order", "check_return_status"})
_ALWAYS = frozenset({"talk_to_human", "stop", "switch_language", "start"})
_OFFER_PERSON_AT = 2


class TopicForm(DialogueAction):
    """A form that listens to everything. Subclasses say what to keep, what to ask next, and how."""

    form: ClassVar[str]
    questions: ClassVar[tuple[str, ...]]
    digressions: ClassVar[frozenset[str]]
    # Questions with quick replies, and the response that has them.
    replies: ClassVar[dict[str, str]] = {}

    def name(self) -> str:
        return f"validate_{self.form}"

    @abstractmethod
    def take(self, turn: Turn, found: Findings, asked: str | None) -> bool:
        """Keep what the message tells; says whether it told anything."""

    @abstractmethod
    def pending(self, turn: Turn) -> str | None:
        """The next question, None when the form has all it needs. Asked again after every message."""

    @abstractmethod
    def ask(self, turn: Turn, question: str, *, explain: bool) -> None:
        """Ask it; `explain` is the longer wording for who did not understand what is wanted."""

    def answer(self, turn: Turn) -> None:
        asked = turn.memory.text("requested_slot")
        asked = asked if asked in self.questions else None
        if asked is None:
            turn.message = _with_what_was_said(turn)
        turn.memory.set("repair_misunderstood", None)
        if turn.after is not None:
            self._come_back(turn, asked)
            return
        turn.message = self.with_typed_button(turn, asked)
        found = read_message(turn.message, asked)
        if asked in YES_OR_NO or turn.memory.text("dialogue_offer") == "person":
            found = with_consent(found)
        if self.answers_aside(turn, found, asked):
            return
        if asked is not None and self.digresses(found, asked):
            turn.events.append(ActionExecutionRejected(self.form))
        elif not self._settle_offer(turn, found, asked):
            told = self.take(turn, found, asked)
            self._go_on(turn, asked, told=told)

    def with_typed_button(self, turn: Turn, asked: str | None) -> Message:
        """The message, or the quick reply whose words it repeats."""
        response = self.replies.get(asked or "")
        if response is None or turn.message.intent == "choose" or not turn.message.text:
            return turn.message
        choice = turn.voice.typed_choice(response, turn.message.text)
        return (
            turn.message if choice is None else replace(turn.message, intent="choose", text="", choice=Choice(*choice))
        )

    def digresses(self, found: Findings, asked: str) -> bool:
        """Whether a rule answers this message rather than the form."""
        intent = found.message.intent
        if intent not in self.digressions or repair.wanted(found) is not None:
            return False
        if asked in ("identify_order_number", "identify_proof") and intent in _SMALL:
            return found.order_number is None and found.email is None
        if asked in YES_OR_NO and intent not in _ALWAYS and (found.affirm or found.deny) and not found.question:
            return False
        # "refund" alone resembles a question about refunds; after the question what is wished, it answers it.
        return found.question or intent in _ALWAYS or not found.answers(asked)

    def answers_aside(self, turn: Turn, found: Findings, asked: str | None) -> bool:
        """Whether the message was a question that has had its answer here, whatever its intent."""
        return False

    def after_failure(self, tracker: Tracker) -> list[EventType]:
        asked = tracker.get_slot("requested_slot") or self.questions[0]
        # One slot besides `requested_slot` has to be set, or Rasa takes the form for rejected.
        return [SlotSet("repair_slot", asked), SlotSet("requested_slot", asked)]

    def _come_back(self, turn: Turn, asked: str | None) -> None:
        """After a digression the message has had its answer; only facts in it count, and nothing counts as failure."""
        said_before = len(turn.voice.said)
        self.take(turn, read_message(turn.message, None), None)
        question = self.pending(turn)
        spoke = len(turn.voice.said) > said_before
        offered = turn.memory.text("dialogue_offer") is not None
        if question is not None and (spoke or not (offered or turn.after in _SILENT_AFTER)):
            self.ask(turn, question, explain=False)
        self._request(turn, question)

    def _settle_offer(self, turn: Turn, found: Findings, asked: str | None) -> bool:
        """A yes or no to "would you like a person?"; says whether the message was that."""
        offer = turn.memory.text("dialogue_offer")
        turn.memory.set("dialogue_offer", None)
        if offer != "person" or not (found.affirm or found.deny):
            return False
        if found.affirm:
            hand_off(turn, "asked")
            self._request(turn, asked or self.pending(turn))
            return True
        turn.voice.say("utter_offer_declined")
        turn.memory.set("repair_failures", 0.0)
        question = self.pending(turn)
        if question is not None:
            self.ask(turn, question, explain=False)
        self._request(turn, question)
        return True

    def _go_on(self, turn: Turn, asked: str | None, *, told: bool) -> None:
        question = self.pending(turn)
        if question is not None and not (question == asked and not told and self._is_patient(turn, question)):
            failures = turn.memory.count("repair_failures") + 1 if question == asked and not told else 0
            turn.memory.set("repair_failures", float(failures))
            if question == asked and told and not (turn.voice.said or turn.message.photos):
                # The same question again would look as if nothing had been heard.
                turn.voice.say("utter_noted")
            self._ask_or_help(turn, question, failures)
        self._request(turn, question)

    def _is_patient(self, turn: Turn, question: str) -> bool:
        """What is no answer and no failure either: anger, hesitation, a question about the question."""
        text = turn.message.text
        if repair.swears(text):
            complain(turn)
            if turn.memory.text("dialogue_offer") != "person":
                self.ask(turn, question, explain=False)
        elif repair.hesitates(text):
            turn.voice.say("utter_take_your_time")
        elif repair.asks_back(text):
            self.ask(turn, question, explain=True)
        else:
            return False
        return True

    def _ask_or_help(self, turn: Turn, question: str, failures: int) -> None:
        if failures and failures % _OFFER_PERSON_AT == 0:
            turn.voice.say("utter_offer_person")
            turn.memory.set("dialogue_offer", "person")
            return
        if failures and not self.explains_at_once(turn, question):
            beyond = turn.message.intent == "out_of_scope" and says_something(turn.message.text)
            turn.voice.say("utter_out_of_scope_here" if beyond else "utter_not_understood_here")
        self.ask(turn, question, explain=failures > 0)

    def explains_at_once(self, turn: Turn, question: str) -> bool:
        """Whether a message that did not answer is better met by the explanation than by "I did not understand"."""
        return False

    def _request(self, turn: Turn, question: str | None) -> None:
        turn.events.append(SlotSet("repair_slot", question))
        turn.events.append(SlotSet("requested_slot", question))


def _with_what_was_said(turn: Turn) -> Message:
    """The message, or the unclear one before it whose meaning this one settled: its facts count now."""
    memory, message = turn.memory, turn.message
    said, meaning = memory.text("repair_said"), memory.text("repair_meaning")
    memory.forget(("repair_said", "repair_meaning"))
    if said is not None and meaning is not None:
        return replace(message, intent=meaning, text=said, parts=())
    pressed = not message.text and message.intent not in ("choose", "photos_sent")
    return replace(message, text=said) if said is not None and pressed else message
