"""The console's own words, in French and English. What shoppers read is in domain.yml, not here."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from common import yaml_loader
from common.errors import NotFoundError

LANGUAGES = ("en", "fr")


class Words:
    """The words of one language. Keys are dotted paths of the file."""

    def __init__(self, language: str, words: dict[str, str]) -> None:
        self.language = language
        self._words = words

    def keys(self) -> set[str]:
        return set(self._words)

    def has(self, key: str) -> bool:
        return key in self._words

    def get(self, key: str, **parameters: Any) -> str:
        """The words behind a key, `{parameter}` filled in. Raises NotFoundError `words.unknown`."""
        text = self._words.get(key)
        if text is None:
            raise NotFoundError("words.unknown", f"console/words/{self.language}.yml has no {key}; add it.")
        for name, value in parameters.items():
            # Not str.format: a value may hold braces.
            text = text.replace("{" + name + "}", str(value))
        return text

    def count(self, key: str, number: int, **parameters: Any) -> str:
        """`key.one` or `key.other` as the language counts: in French 0 is singular."""
        singular = number <= 1 if self.language == "fr" else number == 1
        return self.get(f"{key}.{'one' if singular else 'other'}", n=number, **parameters)

    def name(self, group: str, value: str | None) -> str:
        """The word for a value of a closed list such as a status; an unknown value is shown as it is."""
        if not value:
            return "–"
        return self._words.get(f"{group}.{value}", value.replace("_", " "))


def load() -> dict[str, Words]:
    """The words of every language."""
    folder = Path(__file__).resolve().parent
    return {
        language: Words(language, _flat(yaml_loader.load((folder / f"{language}.yml").read_text(encoding="utf-8"))))
        for language in LANGUAGES
    }


def choose(preferred: str | None, accept_language: str) -> str:
    """The user's choice, else the first language of the browser that we speak, else English."""
    if preferred in LANGUAGES:
        return str(preferred)
    ranked: list[tuple[float, int, str]] = []
    for position, part in enumerate(accept_language.split(",")[:20]):
        tag, _, weight = part.partition(";")
        try:
            quality = float(weight.strip().removeprefix("q=")) if weight else 1.0
        except ValueError:
            quality = 0.0
        ranked.append((-quality, position, tag.strip()[:2].lower()))
    return next((language for _, _, language in sorted(ranked) if language in LANGUAGES), "en")


def _flat(content: dict[str, Any], prefix: str = "") -> dict[str, str]:
    flat: dict[str, str] = {}
    for key, value in content.items():
        if isinstance(value, dict):
            flat.update(_flat(value, f"{prefix}{key}."))
        else:
            flat[f"{prefix}{key}"] = str(value)
    return flat
