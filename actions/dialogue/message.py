"""The shopper's latest message as Rasa understood it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

# Below this a language is a guess, and a conversation does not change its language on a guess.
_SURE_OF_LANGUAGE = 0.8
LANGUAGES = ("en", "fr")


@dataclass(frozen=True)
class Choice:
    """A quick reply: the slot it fills and the value."""

    slot: str
    value: str


@dataclass(frozen=True)
class Part:
    """A piece of the message that could stand alone, and what it means by itself; empty where that is not sure."""

    text: str
    intent: str = ""


@dataclass(frozen=True)
class Message:
    """`text` is empty for what was not typed (quick replies, uploads)."""

    intent: str
    text: str
    entities: dict[str, str] = field(default_factory=dict)
    metadata: dict[str, Any] = field(default_factory=dict)
    choice: Choice | None = None
    language: str | None = None
    # What else it may mean, likeliest first, with how likely; the intent itself is not among them.
    ranking: tuple[tuple[str, float], ...] = ()
    # None of a message that is a single piece.
    parts: tuple[Part, ...] = ()

    @property
    def id(self) -> str:
        return str(self.metadata.get("message_id") or "")

    @property
    def photos(self) -> list[str]:
        photos = self.metadata.get("photos")
        return [photo for photo in photos if isinstance(photo, str)] if isinstance(photos, list) else []

    @property
    def channel(self) -> str:
        return str(self.metadata.get("channel") or "web")

    @classmethod
    def read(cls, latest: Mapping[str, Any]) -> Message:
        """From the tracker's `latest_message`; what is missing is empty."""
        intent = str((latest.get("intent") or {}).get("name") or "")
        text = str(latest.get("text") or "")
        command = text.startswith("/")
        entities: dict[str, str] = {}
        language = None
        for entity in latest.get("entities") or []:
            name, value = str(entity.get("entity")), str(entity.get("value"))
            if name == "language":
                sure = command or _confidence(entity) >= _SURE_OF_LANGUAGE
                language = value if sure and value in LANGUAGES else language
            else:
                entities.setdefault(name, value)
        slot, value = entities.pop("slot", ""), entities.pop("value", "")
        return cls(
            intent=intent,
            text="" if command else text.strip(),
            entities=entities,
            metadata=dict(latest.get("metadata") or {}),
            choice=Choice(slot, value) if intent == "choose" and slot else None,
            language=language,
            ranking=tuple(
                (str(item["name"]), float(item["confidence"]))
                for item in latest.get("intent_ranking") or []
                if item.get("name") not in (None, intent, "nlu_fallback")
            ),
            parts=tuple(Part(str(part["text"]), part["intent"] or "") for part in latest.get("parts") or []),
        )


def _confidence(entity: Mapping[str, Any]) -> float:
    for key in ("confidence_entity", "confidence"):
        if isinstance(entity.get(key), int | float):
            return float(entity[key])
    return 1.0
