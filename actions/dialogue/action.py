"""What every action of the dialogue shares: one transaction in a thread, the language, and an answer to any failure."""

from __future__ import annotations

import asyncio
import logging
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.interfaces import Action, Tracker
from rasa_sdk.types import DomainDict
from sqlalchemy.orm import Session

from actions.cases.model import CaseDraft
from actions.dialogue.memory import Memory
from actions.dialogue.message import LANGUAGES, Message
from actions.dialogue.voice import Voice
from actions.policy.model import Decision
from actions.runtime import Runtime
from common.database import transaction

_log = logging.getLogger(__name__)


@dataclass
class Turn:
    """One action answering one message. `after` is the action that ran before it in this turn, None if it is the first.

    `events` go to Rasa before the slots that changed; `previews` are decisions rehearsed in this turn already.
    """

    runtime: Runtime
    session: Session
    conversation_id: str
    message: Message
    memory: Memory
    voice: Voice
    now: datetime
    after: str | None = None
    active_form: str | None = None
    events: list[EventType] = field(default_factory=list)
    previews: dict[CaseDraft, Decision] = field(default_factory=dict)


class DialogueAction(Action, ABC):
    """Runs `answer` in a thread and in one transaction. A failure rolls it back and is told in one sentence."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    @abstractmethod
    def name(self) -> str: ...

    @abstractmethod
    def answer(self, turn: Turn) -> None:
        """Say what is to be said, change `turn.memory`, append to `turn.events`. Must not commit."""

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> list[dict[str, Any]]:
        # The database waits on disk and locks; in the event loop that would stop every other conversation.
        return await asyncio.to_thread(self._run, dispatcher, tracker)

    def _run(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[dict[str, Any]]:
        spoken_before = len(dispatcher.messages)
        message = Message.read(tracker.latest_message or {})
        memory = Memory(tracker.slots)
        voice = Voice(dispatcher, self._runtime.phrases, _language(memory, message))
        try:
            with transaction(self._runtime.engine) as session:
                turn = Turn(
                    runtime=self._runtime,
                    session=session,
                    conversation_id=tracker.sender_id,
                    message=message,
                    memory=memory,
                    voice=voice,
                    now=self._runtime.clock.now(),
                    after=_ran_before(tracker, self.name()),
                    active_form=(tracker.active_loop or {}).get("name"),
                )
                _keep_language(turn)
                self.answer(turn)
            return [*turn.events, *memory.events()]
        except Exception:
            _log.exception("action failed", extra={"action": self.name(), "conversation": tracker.sender_id})
            del dispatcher.messages[spoken_before:]
            voice.say("utter_trouble")
            return self.after_failure(tracker)

    def after_failure(self, tracker: Tracker) -> list[dict[str, Any]]:
        """Events that leave the conversation as it was; a form asks the same question again."""
        return []


def _language(memory: Memory, message: Message) -> str:
    locale = str(message.metadata.get("locale") or "")[:2]
    for candidate in (message.language, memory.text("language"), locale):
        if candidate in LANGUAGES:
            return candidate
    return "en"


def _keep_language(turn: Turn) -> None:
    if turn.memory.text("language") != turn.voice.language:
        turn.memory.set("language", turn.voice.language)
        turn.voice.tell_edge({"language": turn.voice.language})


def _ran_before(tracker: Tracker, own: str) -> str | None:
    """The last action of ours since the message. `latest_action_name` will not do: for a validator it is its form."""
    itself = {own, own.removeprefix("validate_"), "action_listen", "action_session_start"}
    for event in reversed(tracker.events):
        if event.get("event") == "user":
            return None
        if event.get("event") == "action" and event.get("name") not in itself:
            return str(event["name"])
    return None
