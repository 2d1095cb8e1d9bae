"""A decision on the case page: rules, facts and clauses in the language of who reads."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from actions.policy.law import row_of
from actions.policy.model import Reason
from actions.policy.rules.base import SENTENCES
from actions.runtime import Runtime
from common.database import transaction
from console.words import Words, load
from tests.console.visitor import Visitor
from tests.factories import create_order, open_case, order_line

Browse = Callable[..., Visitor]


# A fault, a withdrawal, out of the window, a seal nobody told about, lost, delivered and never received.
SITUATIONS: tuple[tuple[Reason, int | None, str], ...] = (
    ("damaged", 4, "kitchen"),
    ("wrong_size", 4, "clothing"),
    ("changed_mind", 65, "kitchen"),
    ("changed_mind", 4, "hygiene"),
    ("not_received", None, "audio"),
    ("not_received", 4, "audio"),
)


def opened(runtime: Runtime) -> list[tuple[str, list[dict[str, str]]]]:
    """A case of each situation, with the rules of its decision."""
    found = []
    with transaction(runtime.engine) as session:
        for reason, delivered, category in SITUATIONS:
            order = create_order(session, lines=[order_line(category=category)], delivered_days_ago=delivered)
            case = open_case(session, runtime, order=order, reason=reason, photos=2 if reason == "damaged" else 0)
            found.append((case.id, (case.decision or {})["rules"]))
    return found


@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_clause_is_in_the_readers_language(browse: Browse, runtime: Runtime, language: str) -> None:
    words, reader = load()[language], browse("olive", language)
    foreign = load()["fr" if language == "en" else "en"]
    for case_id, rules in opened(runtime):
        page = " ".join(reader.get(f"/console/cases/{case_id}").words.split())
        for rule in rules:
            assert clause(words, language, rule) in page, rule["id"]
            assert words.name("rule", rule["id"]) in page
        assert [name for name in SENTENCES if foreign.get(f"ground.{name}") in page] == []


def clause(words: Words, language: str, rule: dict[str, str]) -> str:
    row, ground = row_of(rule["ground"]), rule["ground"]
    if row is not None:
        return row.sentence(language)
    if ground in SENTENCES:
        return words.get(f"ground.{ground}")
    return f"{words.get('policy_key.' + ground.partition('.')[0])} ({rule['clause']})"
