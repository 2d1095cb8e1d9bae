"""Templates, and how times, amounts and facts look in them."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from common.money import Money
from console.words import Words

FOLDER = Path(__file__).resolve().parent
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
# Facts that are dates by another name than ..._at.
_DATES = frozenset({"delivered", "last_day", "last_event", "refund_by", "replace_by", "until"})


def environment() -> Environment:
    """Jinja with autoescape on for everything and a complaint for every name that is not there."""
    templates = Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.globals["asset"] = asset
    return templates


@cache
def asset(name: str) -> str:
    """The address of a static file; it changes with the content, so browsers may keep it for good."""
    digest = hashlib.sha256((FOLDER / "static" / name).read_bytes()).hexdigest()[:12]
    return f"/console/static/{name}?v={digest}"


class Look:
    """Formats values for one reader: their language, and now."""

    def __init__(self, words: Words, now: datetime) -> None:
        self._words = words
        self._now = now

    def money(self, minor: int | None, currency: str) -> str:
        return "–" if minor is None else Money(minor, currency).format(self._words.language)

    def decimal(self, amount: Money) -> str:
        """An amount to be edited, without its symbol: `49.00`, `49,00`."""
        text = amount.decimal()
        return text.replace(".", ",") if self._words.language == "fr" else text

    def number(self, value: float) -> str:
        """One digit after the point, as the language writes it: `4.3`, `4,3`."""
        text = f"{value:.1f}"
        return text.replace(".", ",") if self._words.language == "fr" else text

    def day(self, at: datetime | date | str | None) -> str:
        """A date as people write it: `30 Nov 2026`, `30/11/2026`."""
        if at is None or at == "":
            return "–"
        if isinstance(at, str):
            try:
                at = datetime.fromisoformat(at)
            except ValueError:
                return str(at)
        if self._words.language == "fr":
            return f"{at.day:02d}/{at.month:02d}/{at.year}"
        return f"{at.day} {_MONTHS[at.month - 1]} {at.year}"

    def ago(self, at: datetime | None) -> Markup:
        """A `time` element: UTC for machines, the distance from now for people (kept fresh by console.js)."""
        if at is None:
            return Markup("–")
        stamp = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        exact = f"{self.day(at)} {at.astimezone(UTC):%H:%M} UTC"
        return Markup('<time datetime="{}" title="{}" data-relative>{}</time>').format(stamp, exact, self.distance(at))

    def day_element(self, at: datetime | None) -> Markup:
        if at is None:
            return Markup("–")
        stamp = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return Markup('<time datetime="{}" title="{} UTC">{}</time>').format(
            stamp, at.astimezone(UTC).strftime("%Y-%m-%d %H:%M"), self.day(at)
        )

    def distance(self, at: datetime) -> str:
        seconds = int((self._now - at).total_seconds())
        key, seconds = ("past", seconds) if seconds >= 0 else ("future", -seconds)
        if seconds < 45:
            return self._words.get("time.now")
        if seconds < 90 * 60:
            return self._words.count(f"time.{key}.minutes", max(1, round(seconds / 60)))
        if seconds < 36 * 3600:
            return self._words.count(f"time.{key}.hours", round(seconds / 3600))
        return self._words.count(f"time.{key}.days", round(seconds / 86400))

    def fact(self, name: str, value: Any, currency: str) -> str:
        """A fact of a rule in words: amounts, dates, yes and no, lists."""
        if isinstance(value, bool):
            return self._words.get("common.yes" if value else "common.no")
        if value is None:
            return "–"
        if name.endswith("_minor") and isinstance(value, int):
            return self.money(value, currency)
        if isinstance(value, str) and (name.endswith("_at") or name in _DATES):
            return self.day(value)
        if isinstance(value, list | tuple):
            return ", ".join(self.fact(name, item, currency) for item in value) or "–"
        if isinstance(value, dict):
            return ", ".join(f"{key}: {self.fact(key, item, currency)}" for key, item in value.items()) or "–"
        if isinstance(value, str):
            for group in ("reason", "outcome", "status", "basis", "check", "value"):
                if self._words.has(f"{group}.{value}"):
                    return self._words.get(f"{group}.{value}")
        return str(value)

    def lines(self, text: str) -> Markup:
        """Somebody's own text, escaped, with its line breaks."""
        return Markup("<br>").join(escape(line) for line in text.split("\n"))
