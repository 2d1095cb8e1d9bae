"""What every action promises: a failure is told in one sentence and changes nothing; the language follows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.interfaces import Tracker

from actions.dialogue.action import DialogueAction, Turn
from actions.dialogue.base import TopicForm
from actions.dialogue.reading import Findings
from actions.runtime import Runtime
from common.clock import SystemClock
from common.database import make_engine
from common.phrases import Phrases
from common.settings import ROOT


class _Runtime:
    """The parts an action itself needs."""

    def __init__(self, folder: Path) -> None:
        self.engine = make_engine(f"sqlite:///{folder / 'test.db'}")
        self.clock = SystemClock()
        self.phrases = Phrases.load(ROOT / "domain.yml")


@pytest.fixture
def runtime(tmp_path: Path) -> Runtime:
    return _Runtime(tmp_path)  # type: ignore[return-value]


class _Greets(DialogueAction):
    def name(self) -> str:
        return "action_greets"

    def answer(self, turn: Turn) -> None:
        turn.voice.say("utter_greet")


class _Breaks(_Greets):
    def answer(self, turn: Turn) -> None:
        turn.voice.say("utter_greet")
        turn.memory.set("open_return_reason", "damaged")
        raise ValueError("broken")


class _BreakingForm(TopicForm):
    form = "open_return_form"
    questions = ("open_return_reason",)
    digressions = frozenset()

    def take(self, turn: Turn, found: Findings, asked: str | None) -> bool:
        raise ValueError("broken")

    def pending(self, turn: Turn) -> str | None:
        return None

    def ask(self, turn: Turn, question: str, *, explain: bool) -> None: ...


def tracker(text: str = "hello", *, language: str | None = None, spoken: str | None = None, **slots: Any) -> Tracker:
    entities = [{"entity": "language", "value": spoken, "confidence_entity": 0.95}] if spoken else []
    latest = {"text": text, "intent": {"name": "greet"}, "entities": entities, "metadata": {"locale": "en-GB"}}
    events = [{"event": "user", "text": text}]
    return Tracker("conv_1", {"language": language, **slots}, latest, events, False, None, {}, "action_listen")


async def run(action: DialogueAction, about: Tracker) -> tuple[list[dict[str, Any]], CollectingDispatcher]:
    dispatcher = CollectingDispatcher()
    return await action.run(dispatcher, about, {}), dispatcher


async def test_a_failure_is_told_and_changes_nothing(runtime: Runtime) -> None:
    events, dispatcher = await run(_Breaks(runtime), tracker(language="en"))
    assert events == []
    assert [message["utter_action"] for message in dispatcher.messages] == ["utter_trouble"]


async def test_a_form_that_fails_asks_the_same_question_next_time(runtime: Runtime) -> None:
    about = tracker(language="en", requested_slot="open_return_reason")
    events, _ = await run(_BreakingForm(runtime), about)
    assert {event["name"]: event["value"] for event in events} == {
        "repair_slot": "open_return_reason",
        "requested_slot": "open_return_reason",
    }


async def test_the_answer_is_in_the_language_of_the_message(runtime: Runtime) -> None:
    events, dispatcher = await run(_Greets(runtime), tracker("bonjour à vous", language="en", spoken="fr"))
    assert [message["text"] for message in dispatcher.messages if message.get("text")] == [
        runtime.phrases.render("utter_greet", "fr").text
    ]
    assert {"event": "slot", "timestamp": None, "name": "language", "value": "fr"} in events
    assert [message["custom"] for message in dispatcher.messages if message["custom"]] == [{"language": "fr"}]


async def test_a_message_that_shows_no_language_keeps_the_one_spoken(runtime: Runtime) -> None:
    events, dispatcher = await run(_Greets(runtime), tracker("1042", language="fr"))
    assert events == []
    assert dispatcher.messages[0]["text"] == runtime.phrases.render("utter_greet", "fr").text


async def test_without_any_language_the_locale_of_the_visitor_counts(runtime: Runtime) -> None:
    _, dispatcher = await run(_Greets(runtime), tracker("1042"))
    assert dispatcher.messages[-1]["text"] == runtime.phrases.render("utter_greet", "en").text
