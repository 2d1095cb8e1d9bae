"""Where things stand: the return, the RMA, the refund, the parcel; and cancelling what can still be cancelled."""

from __future__ import annotations

from typing import ClassVar

from rasa_sdk.events import FollowupAction

from actions.cases import service
from actions.cases.model import Case
from actions.cases.status import status_lines
from actions.cases.transitions import allowed
from actions.dialogue import identify, repair, tracking, wishes
from actions.dialogue.action import DialogueAction, Turn
from actions.dialogue.base import DIGRESSIONS, TopicForm
from actions.dialogue.memory import CASE_STATUS
from actions.dialogue.reading import REPORTS, Findings
from actions.dialogue.submit import latest_case
from actions.orders.model import Order

TOPICS = {
    "check_return_status": "return",
    "check_refund_status": "refund",
    "track_order": "track_order",
    "change_or_cancel_return": "cancel_return",
    "cancel_order": "cancel_order",
}


class CaseStatusForm(TopicForm):
    """Identify, and for a cancellation an explicit yes; the answer itself is given by `action_case_status`."""

    form: ClassVar[str] = "case_status_form"
    questions: ClassVar[tuple[str, ...]] = (*identify.QUESTIONS, "case_status_confirmed")
    digressions: ClassVar[frozenset[str]] = DIGRESSIONS | REPORTS

    def take(self, turn: Turn, found: Findings, asked: str | None) -> bool:
        memory = turn.memory
        topic = TOPICS.get(found.message.intent)
        if asked is None and topic is not None and (wish := wishes.keep(turn)) is not None:
            wishes.begin_report(turn, wish.report, wish.meaning)
            return True
        if found.message.choice and found.message.choice.slot == "case_status_topic":
            topic = found.message.choice.value
        if topic == "cancel_order" and memory.text("open_return_case_id") and not found.names_order:
            # "cancel it", right after a request was sent, means the request.
            topic = "cancel_return"
        told = False
        if topic is not None and not (topic == "cancel_return" and asked == "case_status_confirmed"):
            memory.set("case_status_topic", topic)
            told = asked is None
            memory.set("case_status_report", wishes.reported_instead(found) if asked is None else None)
        told |= identify.take(turn, found, asked)
        if not told and repair.wanted(found) is not None:
            told = identify.again(turn)
        if asked == "case_status_confirmed":
            yes = found.affirm or (found.wants_cancel and not found.deny)
            if yes or found.deny:
                memory.set("case_status_confirmed", "yes" if yes else "no")
                told = True
        return told

    def pending(self, turn: Turn) -> str | None:
        if turn.memory.text("repair_meaning") is not None:
            # A return is made first; `action_case_status` begins it.
            return None
        question = identify.pending(turn)
        if question is not None:
            return question
        asks_yes = turn.memory.text("case_status_topic") == "cancel_return"
        if asks_yes and turn.memory.text("case_status_confirmed") is None and _cancellable(latest_case(turn)):
            return "case_status_confirmed"
        return None

    def ask(self, turn: Turn, question: str, *, explain: bool) -> None:
        if question in identify.QUESTIONS:
            identify.ask(turn, question, explain=explain)
            return
        case = latest_case(turn)
        response = "utter_explain_cancel_return" if explain else "utter_ask_cancel_return"
        turn.voice.say(response, reference=case.reference if case else "")


class CaseStatus(DialogueAction):
    """Answers once the shopper is known."""

    def name(self) -> str:
        return "action_case_status"

    def answer(self, turn: Turn) -> None:
        if turn.memory.text("repair_meaning") is not None:
            turn.events.append(FollowupAction("open_return_form"))
            return
        order = identify.order_of(turn)
        if order is None:
            return
        topic = turn.memory.text("case_status_topic") or "return"
        tell(turn, order, topic)
        turn.memory.forget(CASE_STATUS)
        # "No, the other order" asks the same of another one.
        turn.memory.set("repair_topic", topic)


class StatusAside(DialogueAction):
    """A question about the order in the middle of a return: answered if the order is known, else asked for first."""

    def name(self) -> str:
        return "action_status_aside"

    def answer(self, turn: Turn) -> None:
        memory = turn.memory
        order = identify.order_of(turn)
        topic = TOPICS.get(turn.message.intent, "return")
        if order is not None and topic in ("return", "refund") and latest_case(turn) is None:
            turn.voice.say("utter_status_in_progress")
        elif order is not None:
            tell(turn, order, topic)
        elif memory.items("open_return_items") or memory.text("open_return_reason"):
            turn.voice.say("utter_status_aside_later")
        else:
            # Nothing of a return has been told yet: this is what the shopper really came for.
            memory.set("case_status_topic", topic)
            turn.events.append(FollowupAction("case_status_form"))


def tell(turn: Turn, order: Order, topic: str) -> None:
    """The answer to one topic about an order whose shopper is known."""
    case = latest_case(turn)
    if topic == "track_order" or (topic == "return" and case is None and order.delivered_at is None):
        tracking.tell(turn, order)
    elif topic == "cancel_order":
        tracking.tell_cancel(turn, order)
    elif case is None and (report := turn.memory.text("case_status_report")) is not None:
        wishes.begin_report(turn, report)
        turn.events.append(FollowupAction("open_return_form"))
    elif case is None:
        turn.voice.say("utter_status_order", number=order.number)
        turn.memory.set("dialogue_offer", "open_return")
    elif topic == "cancel_return":
        _cancel(turn, case)
    else:
        for response, parameters in status_lines(turn.session, turn.runtime, case):
            turn.voice.say(response, **parameters)


def _cancel(turn: Turn, case: Case) -> None:
    if case.status == "cancelled":
        turn.voice.say("utter_status_cancelled", reference=case.reference)
    elif not _cancellable(case):
        turn.voice.say("utter_cancel_return_too_late", reference=case.reference)
    elif turn.memory.text("case_status_confirmed") == "yes":
        service.cancel(turn.session, case.id, by=service.SHOPPER, why="Cancelled in the conversation", now=turn.now)
        turn.voice.say("utter_cancel_return_done", reference=case.reference)
    else:
        turn.voice.say("utter_cancel_return_kept", reference=case.reference)


def _cancellable(case: Case | None) -> bool:
    return case is not None and allowed(case, "cancelled")
