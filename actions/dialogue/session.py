"""The first words of a conversation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rasa_sdk.events import ActionExecuted, SessionStarted, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.interfaces import Action, Tracker
from rasa_sdk.types import DomainDict

from actions.dialogue.message import LANGUAGES
from actions.dialogue.voice import Voice
from actions.runtime import Runtime


class SessionStart(Action):
    """Says that this is a machine and that a person can take over, before anything else, on every channel."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    def name(self) -> str:
        return "action_session_start"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> list[dict[str, Any]]:
        given = tracker.get_slot("session_started_metadata")
        metadata: Mapping[str, Any] = given if isinstance(given, dict) else {}
        locale = str(metadata.get("locale") or "")[:2]
        language = locale if locale in LANGUAGES else "en"
        voice = Voice(dispatcher, self._runtime.phrases, language)
        voice.say("utter_welcome", shop=self._runtime.shop.name)
        return [SessionStarted(), SlotSet("language", language), ActionExecuted("action_listen")]
