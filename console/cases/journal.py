"""The journals of a case and of a claim in the reader's language. They are kept in English, as they were written; a
person's own words stay theirs."""

from __future__ import annotations

import re
from functools import lru_cache

from actions.cases.service import POLICY
from console.words import Words, load

# Which supplier a sentence is about, where a case has several; the sentence may have parts.
_ABOUT = "journal.about"
# What stands inside a sentence by the name of a value, and not in words.
_NAMES = ("claim", "claim_field", "chargeback", "condition")


def in_words(words: Words, by: str, why: str) -> str:
    """A journal entry's reason: what the system wrote is put into the reader's language, part by part."""
    if by == POLICY:
        decided, *others = why.split("; ")
        outcome, _, rules = decided.partition(": ")
        names = ", ".join(words.name("rule", rule) for rule in rules.split(", ") if rule)
        told = ": ".join(part for part in (words.name("outcome", outcome), names) if part)
        return "; ".join([told, *(_sentence(words, part) for part in others)])
    about = dict(_patterns())[_ABOUT].fullmatch(why)
    if about:
        return words.get(_ABOUT, text=in_words(words, by, about["text"]), supplier=about["supplier"])
    whole = _sentence(words, why, most_parts=why.count("; "))
    return whole if whole != why else "; ".join(_sentence(words, part) for part in why.split("; "))


def _sentence(words: Words, text: str, *, most_parts: int = 0) -> str:
    """One sentence of the system in words; one with `most_parts` semicolons is only such a sentence itself."""
    for key, pattern in _patterns():
        found = pattern.fullmatch(text)
        if found and pattern.pattern.count(";") >= most_parts:
            return words.get(key, **{name: _value(words, value) for name, value in found.groupdict().items()})
    return text


def _value(words: Words, value: str) -> str:
    """A status, a condition, names of fields, or the system's own reason in words; anything else as it is."""
    for group in _NAMES:
        if all(words.has(f"{group}.{name}") for name in value.split(", ")):
            return ", ".join(words.get(f"{group}.{name}") for name in value.split(", "))
    return _sentence(words, value)


@lru_cache(maxsize=1)
def _patterns() -> list[tuple[str, re.Pattern[str]]]:
    """The system's sentences, those with the most words of their own first."""
    english = load()["en"]
    keys = [key for key in english.keys() if key.startswith("journal.")]  # noqa: SIM118
    keys.sort(key=lambda key: -len(english.get(key)))
    return [(key, re.compile(_pattern(english.get(key)), re.DOTALL)) for key in keys]


def _pattern(sentence: str) -> str:
    parts = re.split(r"\\{(\w+)\\}", re.escape(sentence))
    return "".join(part if at % 2 == 0 else f"(?P<{part}>.+)" for at, part in enumerate(parts))
