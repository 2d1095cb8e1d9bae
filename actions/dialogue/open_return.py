"""The form that takes a return: what to keep from a message, what to ask next."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from actions.dialogue import identify, items, lexicon, photos, repair, repairs, seal, tracking, wishes
from actions.dialogue.action import Turn
from actions.dialogue.base import DIGRESSIONS, TopicForm
from actions.dialogue.handoff import hand_off
from actions.dialogue.memory import OPEN_RETURN
from actions.dialogue.policy_questions import tell_policy, tell_terms_asked
from actions.dialogue.readback import offers, read_back, would_be_refused
from actions.dialogue.reading import LATE, REPORTS, Findings, read_message
from actions.dialogue.repairs import part_named
from actions.dialogue.submit import tell_nothing_left
from actions.orders.model import Order
from actions.policy.model import REASONS
from common.ids import new_id

OUTCOMES = ("refund", "replacement", "store_credit")
_CORRECTABLE = ("open_return_items", "open_return_reason", "open_return_outcome")


class OpenReturnForm(TopicForm):
    """Order, items, reason, a few words, photos, wish, read-back, yes; whatever is known already is not asked."""

    form: ClassVar[str] = "open_return_form"
    questions: ClassVar[tuple[str, ...]] = (
        *identify.QUESTIONS,
        "open_return_items",
        "open_return_quantity",
        "open_return_reason",
        "open_return_seal",
        "open_return_description",
        "open_return_photos",
        "open_return_outcome",
        "open_return_confirmed",
        "open_return_change",
    )
    replies: ClassVar[dict[str, str]] = {
        "open_return_reason": "utter_ask_reason",
        "open_return_seal": "utter_ask_seal",
        "open_return_outcome": "utter_ask_outcome",
        "open_return_photos": "utter_ask_photos",
        "open_return_confirmed": "utter_readback",
        "open_return_change": "utter_ask_change",
    }
    digressions: ClassVar[frozenset[str]] = DIGRESSIONS | {
        "check_return_status",
        "check_refund_status",
        "track_order",
        "cancel_order",
    }

    def digresses(self, found: Findings, asked: str) -> bool:
        if found.drops:
            return False
        if asked == "open_return_description" and found.description is not None and repair.wanted(found) is None:
            # A description is anything that is not a question; only these are never one.
            return found.message.intent in ("talk_to_human", "stop", "switch_language")
        return super().digresses(found, asked)

    def take(self, turn: Turn, found: Findings, asked: str | None) -> bool:
        memory = turn.memory
        if memory.text("open_return_run") is None:
            memory.set("open_return_run", turn.message.id or new_id("run"))
        if asked is None and turn.message.intent in REPORTS:
            tell_terms_asked(turn)
            if (wish := wishes.keep(turn)) is not None:
                # "Where is my refund for the other one?" asks and wishes nothing for what is reported here.
                report = replace(found.message, intent=wish.meaning, text=wish.report)
                found = replace(read_message(report, asked), order_number=found.order_number, email=found.email)
        if asked is None:
            found = wishes.without_kept_number(turn, found)
        if found.drops:
            memory.forget((*OPEN_RETURN, "dialogue_later"))
            memory.set("open_return_change", "dropped")
            turn.voice.say("utter_stopped")
            return True
        wanted = repair.wanted(found)
        if wanted is not None and repairs.put_right(turn, wanted, part_named(found), asked):
            return True
        known = {name: memory.get(name) for name in _CORRECTABLE if memory.get(name)}
        told = identify.take(turn, found, asked)
        facts = self._take_choice(turn, found, asked)
        facts |= self._take_facts(turn, found, asked)
        order = identify.order_of(turn)
        if order is not None:
            facts |= items.take_items(turn, order, found, asked)
            facts |= items.take_quantity(turn, order, found, asked)
        if found.photos:
            facts |= self._take_photos(turn, found, asked)
        if asked in LATE:
            return self._take_decision(turn, found, asked, changed=facts or told)
        if found.correction and any(memory.get(name) != value for name, value in known.items()):
            _confirm_correction(turn)
        return told or facts

    def answers_aside(self, turn: Turn, found: Findings, asked: str | None) -> bool:
        if asked is None and repair.wants_person(found.message.text):
            # Beside anger such a wish resembles many things; a form must not begin over it.
            hand_off(turn, "asked")
            self._request(turn, None)
            return True
        # "Where do I send what I want to return?" resembles a wish to return and is a question.
        if not (found.question and lexicon.WHERE_TO_SEND.search(lexicon.plain(found.message.text))):
            return False
        tell_policy(turn, "where_to_send")
        if asked is not None:
            self.ask(turn, asked, explain=False)
        self._request(turn, asked)
        return True

    def explains_at_once(self, turn: Turn, question: str) -> bool:
        # A story told instead of a reason is worth more than "I did not understand": it is kept, the reasons are shown.
        # And "yes" to "could you send photos?" wants to know how.
        told_a_story = question == "open_return_reason" and lexicon.says_something(turn.message.text)
        return told_a_story or (question == "open_return_photos" and turn.message.intent == "affirm")

    def _take_photos(self, turn: Turn, found: Findings, asked: str | None) -> bool:
        added = photos.add(turn, found.photos)
        if added and asked is not None and asked not in ("open_return_photos", *LATE):
            turn.voice.say("utter_photos_kept")
        return added

    def _take_choice(self, turn: Turn, found: Findings, asked: str | None) -> bool:
        choice, memory = found.message.choice, turn.memory
        if choice is None:
            return False
        order = identify.order_of(turn)
        if choice.slot == "open_return_items" and order is not None:
            return items.choose_item(turn, order, choice.value)
        if choice.slot == "open_return_quantity" and order is not None and choice.value.isdigit():
            answer = Findings(found.message, quantity=int(choice.value))
            return items.take_quantity(turn, order, answer, "open_return_quantity")
        if choice.slot == "open_return_reason" and choice.value in REASONS:
            self._set_reason(turn, choice.value)
        elif choice.slot == "open_return_outcome" and choice.value in OUTCOMES:
            memory.set("open_return_outcome", choice.value)
        elif choice.slot == "open_return_seal" and choice.value in (seal.SEALED, seal.OPENED):
            memory.set("open_return_seal", choice.value)
        elif choice.slot == "open_return_description":
            memory.set("open_return_description", "-")
        elif choice.slot == "open_return_photos":
            photos.without(turn)
        else:
            return False
        return True

    def _take_facts(self, turn: Turn, found: Findings, asked: str | None) -> bool:
        memory, told = turn.memory, False
        late = found.correction or asked in LATE
        reason = memory.text("open_return_reason")
        # What is known is not given up for the mere resemblance of a sentence.
        may_name_reason = reason is None or asked == "open_return_reason" or (late and found.reason_in_words)
        if found.reason is not None and found.reason != reason and may_name_reason and not found.question:
            self._set_reason(turn, found.reason)
            told = True
        outcome = memory.text("open_return_outcome")
        may_wish = outcome is None or asked == "open_return_outcome" or late
        if found.outcome is not None and found.outcome != outcome and may_wish:
            memory.set("open_return_outcome", found.outcome)
            told = True
        told |= seal.take(turn, found, asked)
        told |= self._take_description(turn, found, asked)
        if asked == "open_return_photos" and found.no_photo and not found.photos:
            photos.without(turn)
            told = True
        return told

    def _take_description(self, turn: Turn, found: Findings, asked: str | None) -> bool:
        memory, text = turn.memory, found.description
        before = memory.text("open_return_description")
        if text is None and asked == "open_return_reason" and not found.question:
            # Not a reason we know, but what happened in the shopper's words.
            text = found.message.text if lexicon.says_something(found.message.text) else None
        if text is None or (before is not None and asked != "open_return_photos"):
            return False
        memory.set("open_return_description", text if before is None else f"{before}\n{text}"[:1000])
        return asked in ("open_return_description", "open_return_photos")

    def _set_reason(self, turn: Turn, reason: str) -> None:
        memory = turn.memory
        other = memory.text("open_return_reason") not in (None, reason)
        memory.set("open_return_reason", reason)
        if other and memory.text("open_return_photos_state") == "none":
            # Another reason may need photos where the first did not.
            memory.set("open_return_photos_state", None)

    def _take_decision(self, turn: Turn, found: Findings, asked: str, *, changed: bool) -> bool:
        """An answer to the read-back: yes, something to change, or the change itself."""
        memory, choice = turn.memory, found.message.choice
        if changed:
            memory.set("open_return_change", None)
            _confirm_correction(turn)
            return True
        if asked == "open_return_change":
            part = choice.value if choice and choice.slot == "open_return_change" else part_named(found)
            # Nothing after all, or what is known already: then there is nothing to change.
            nothing = found.deny or (part is None and (found.reason or found.outcome) is not None)
            if nothing:
                memory.set("open_return_change", None)
            return nothing or repairs.reopen(turn, part)
        said = choice.value if choice and choice.slot == "open_return_confirmed" else None
        if said == "yes" or (found.affirm and not found.question):
            memory.set("open_return_confirmed", True)
            return True
        if said == "change" or found.deny or (found.wants_change and not found.question):
            if not repairs.reopen(turn, part_named(found)):
                memory.set("open_return_change", "asked")
            return True
        return False

    def pending(self, turn: Turn) -> str | None:
        memory = turn.memory
        if memory.text("open_return_change") == "dropped":
            memory.set("open_return_change", None)
            return None
        question = identify.pending(turn)
        order = identify.order_of(turn)
        if question is not None or order is None:
            return question or "identify_order_number"
        if not items.returnable(turn, order):
            tell_nothing_left(turn, order)
            memory.forget(OPEN_RETURN)
            return None
        return self._pending_of(turn, order)

    def _pending_of(self, turn: Turn, order: Order) -> str | None:
        memory = turn.memory
        if memory.text("open_return_change"):
            return "open_return_change"
        if not memory.items("open_return_items"):
            return "open_return_items"
        if items.line_without_quantity(turn, order) is not None:
            return "open_return_quantity"
        reason = memory.text("open_return_reason")
        if reason is None:
            return "open_return_reason"
        if memory.get("open_return_confirmed") is True:
            return None
        if would_be_refused(turn, order):
            # Nothing more would change the answer, so nothing more is asked.
            memory.set("open_return_confirmed", True)
            return None
        if seal.is_asked(turn, order):
            return "open_return_seal"
        photos.settle(turn, order)
        described = memory.text("open_return_description") is not None or memory.items("open_return_photos")
        if reason in repairs.DESCRIBED and not described:
            return "open_return_description"
        if reason in photos.NEEDS_PHOTOS and memory.text("open_return_photos_state") is None:
            return "open_return_photos"
        if memory.text("open_return_outcome") is None:
            if offers(turn, order) != ["refund"]:
                return "open_return_outcome"
            memory.set("open_return_outcome", "refund")
        return "open_return_confirmed"

    def ask(self, turn: Turn, question: str, *, explain: bool) -> None:
        order = identify.order_of(turn)
        if question in identify.QUESTIONS or order is None:
            identify.ask(turn, question, explain=explain)
        elif question == "open_return_items":
            items.ask_items(turn, order, explain=explain)
        elif question == "open_return_quantity":
            line = items.line_without_quantity(turn, order)
            if line is not None:
                items.ask_quantity(turn, line, explain=explain)
        elif question == "open_return_photos":
            photos.ask(turn, explain=explain)
        elif question == "open_return_confirmed":
            read_back(turn, order, explain=explain)
        elif question == "open_return_outcome":
            self._tell_tracking(turn, order)
            offered = offers(turn, order)
            turn.voice.say("utter_explain_outcome" if explain else "utter_ask_outcome", only=offered)
        else:
            name = question.removeprefix("open_return_")
            turn.voice.say(f"utter_explain_{name}" if explain else f"utter_ask_{name}")

    def _tell_tracking(self, turn: Turn, order: Order) -> None:
        """For a parcel that did not come: what is known of it, once."""
        memory = turn.memory
        if memory.text("open_return_reason") == "not_received" and not memory.get("open_return_tracking_told"):
            memory.set("open_return_tracking_told", True)
            tracking.tell_shortly(turn, order)


def _confirm_correction(turn: Turn) -> None:
    # Another order that was just found says enough.
    if "utter_identify_found" not in turn.voice.said:
        turn.voice.say("utter_corrected")
