"""The words shoppers read, taken from domain.yml, which alone holds them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from common import yaml_loader
from common.errors import NotFoundError

LANGUAGES = ("en", "fr")


@dataclass(frozen=True)
class Rendered:
    """A response in one language: text, quick replies (`title`, `payload`), and Rasa's `custom` part."""

    text: str
    buttons: list[dict[str, str]] = field(default_factory=list)
    custom: dict[str, Any] = field(default_factory=dict)


class Phrases:
    """Responses of a Rasa domain; honours its conditional variations on the slot `language`."""

    def __init__(self, responses: Mapping[str, list[dict[str, Any]]]) -> None:
        self._responses = responses

    @classmethod
    def load(cls, domain: Path) -> Phrases:
        """Read domain.yml. Raises NotFoundError `phrases.domain` when it is missing or has no responses."""
        try:
            content = yaml_loader.load(domain.read_text(encoding="utf-8"))
            return cls(content["responses"])
        except (OSError, KeyError, TypeError, yaml.YAMLError) as error:
            raise NotFoundError("phrases.domain", f"{domain} holds no readable responses: {error}") from error

    def names(self) -> list[str]:
        return sorted(self._responses)

    def render(self, name: str, language: str, parameters: Mapping[str, Any] | None = None) -> Rendered:
        """The response in that language, `{parameter}` filled in; an unknown parameter stays as it is written.

        Raises NotFoundError `phrases.unknown` for a name the domain does not have.
        """
        variation = self._variation(name, language)
        values = {key: "" if value is None else str(value) for key, value in (parameters or {}).items()}
        return Rendered(
            # A parameter without a value may leave an empty end.
            text=_fill(variation.get("text", ""), values).rstrip(),
            buttons=[
                {"title": _fill(button["title"], values), "payload": _fill(button["payload"], values)}
                for button in variation.get("buttons", [])
            ],
            custom=dict(variation.get("custom", {})),
        )

    def _variation(self, name: str, language: str) -> dict[str, Any]:
        variations = self._responses.get(name)
        if not variations:
            raise NotFoundError("phrases.unknown", f"domain.yml has no response named {name}.")
        fallback: dict[str, Any] | None = None
        for variation in variations:
            conditions = variation.get("condition", [])
            if not conditions:
                fallback = fallback or variation
            elif all(item.get("name") == "language" and item.get("value") == language for item in conditions):
                return variation
        return fallback or variations[0]


def _fill(text: str, values: Mapping[str, str]) -> str:
    # Not str.format: a shopper's own words may hold braces, and a payload is JSON.
    for key, value in values.items():
        text = text.replace("{" + key + "}", value)
    return text
