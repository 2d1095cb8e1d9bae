"""Which response of domain.yml a text is, so that tests follow a conversation by meaning and not by wording."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import yaml

from common.settings import ROOT


@cache
def _patterns() -> list[tuple[str, re.Pattern[str]]]:
    responses: dict[str, Any] = yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))["responses"]
    found = []
    for name, variations in responses.items():
        for variation in variations:
            if text := variation.get("text"):
                parts = [re.escape(part) for part in re.split(r"\{\w+\}", text)]
                # An empty parameter at the end takes the blanks before it along.
                if len(parts) > 1 and not parts[-1]:
                    parts[-2] = re.escape(re.split(r"\{\w+\}", text)[-2].rstrip())
                found.append((name, re.compile("(.*?)".join(parts) + r"\Z", re.DOTALL)))
    # The most literal text first, so that a phrase made of one parameter does not claim everything.
    return sorted(found, key=lambda item: -len(item[1].pattern))


def name_of(text: str) -> str | None:
    """The response this text was rendered from, or None."""
    return next((name for name, pattern in _patterns() if pattern.match(text)), None)
