"""Who talks and what for: personas, goals and wording, read from the YAML files beside this module."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

LANGUAGES = ("en", "fr")
_FOLDER = Path(__file__).parent
_INTENT_OF_REASON = {
    "damaged": "report_damaged_or_defective",
    "defective": "report_damaged_or_defective",
    "not_as_described": "report_not_as_described",
    "wrong_item": "report_wrong_size_or_model",
    "wrong_size": "report_wrong_size_or_model",
    "not_received": "report_lost_or_not_received",
    "changed_mind": "changed_mind",
}
Said = dict[str, list[str]]


@dataclass(frozen=True)
class Persona:
    """How somebody writes; each number is the chance of doing so (personas.yml says what)."""

    name: str
    short: float = 0.0
    buttons: float = 0.0
    before: float = 0.0
    after: float = 0.0
    facts: float = 0.0
    detour: float = 0.0
    other_language: float = 0.0
    typos: float = 0.0
    bare: float = 0.0
    reads: float = 1.0


@dataclass(frozen=True)
class Goal:
    """What a shopper wants. With `reasons` it is a request, whose case must be right; with `answers` a question.

    `decision` lists the policy's outcomes that fit; `before` names the goal that is reached first in the same chat.
    """

    name: str
    situation: str
    openings: Said
    short: Said
    reasons: tuple[str, ...] = ()
    lines: dict[str, int] = field(default_factory=dict)
    decision: tuple[str, ...] = ()
    outcome: str = "refund"
    photos: int = 0
    tell: Said = field(default_factory=dict)
    items: Said = field(default_factory=dict)
    quantity: Said = field(default_factory=dict)
    answers: tuple[str, ...] = ()
    intents: tuple[str, ...] = ()
    handoff: bool = False
    cancels: bool = False
    before: str | None = None

    @property
    def is_request(self) -> bool:
        """Whether a case is to be opened by this goal itself."""
        return bool(self.reasons)

    @property
    def meant(self) -> tuple[str, ...]:
        """The intents a "did you mean" may offer for it, the best first."""
        if not self.is_request:
            return self.intents
        exact = "request_exchange" if self.outcome == "replacement" else _INTENT_OF_REASON[self.reasons[0]]
        return (exact, "return_or_refund_request")


def _read(name: str) -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load((_FOLDER / f"{name}.yml").read_text(encoding="utf-8"))
    return content


@cache
def personas() -> dict[str, Persona]:
    """All of them by name."""
    return {name: Persona(name, **chances) for name, chances in _read("personas").items()}


@cache
def goals() -> dict[str, Goal]:
    """Requests and questions by name."""
    found = {}
    for name, content in {**_read("returns"), **_read("questions")}.items():
        facts = {key: tuple(value) if isinstance(value, list) else value for key, value in content.items()}
        found[name] = Goal(name, **facts)
    return found


@cache
def wording() -> dict[str, Any]:
    """What shoppers answer whatever their goal."""
    return _read("wording")


def sentences() -> list[str]:
    """Everything a simulated shopper may type, as it stands in the files."""
    found: list[str] = []

    def walk(value: Any) -> None:
        if isinstance(value, str):
            found.append(value)
        elif isinstance(value, dict):
            for item in value.values():
                walk(item)
        elif isinstance(value, list):
            for item in value:
                walk(item)

    walk(wording())
    for goal in goals().values():
        for said in (goal.openings, goal.short, goal.tell, goal.items, goal.quantity):
            walk(said)
    return found
