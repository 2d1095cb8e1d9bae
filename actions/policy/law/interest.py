"""Legal interest: yearly rates as data, each with its first day and its source, and what a sum grows by."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import get_args

from actions.policy.law.model import Grade
from actions.policy.yaml_reader import PolicyError, root_of, text_of

FOLDER = Path(__file__).resolve().parent / "rates"
# France's for what is owed to consumers.
SERIES = ("fr_consumer",)
_PERCENT = re.compile(r"(\d{1,2})\.(\d{2}) %")
_DAYS_A_YEAR = 365


@dataclass(frozen=True)
class Rate:
    """A yearly rate in hundredths of a percent that holds from a day on, until the next of its series."""

    id: str
    series: str
    valid_from: date
    hundredths: int
    source: str
    grade: Grade


def read_rates(folder: Path = FOLDER) -> tuple[Rate, ...]:
    """Every rate of the folder's files, oldest first. Raises PolicyError naming each mistake with file and line."""
    rates: list[Rate] = []
    problems: list[str] = []
    for path in sorted(folder.glob("*.yml")):
        root = root_of(text_of(path), path)
        for rate_id in root.names():
            section = root.take_section(rate_id)
            written = section.take_text("percent")
            found = _PERCENT.fullmatch(written)
            if found is None:
                section.note("percent", f"has {written!r}; write a rate such as '6.67 %'")
            rates.append(
                Rate(
                    id=rate_id,
                    series=section.take_choice("series", SERIES),
                    valid_from=section.take_date("valid_from"),
                    hundredths=int(found[1]) * 100 + int(found[2]) if found else 0,
                    source=section.take_text("source"),
                    grade=section.take_choice("grade", get_args(Grade)),
                )
            )
            section.close()
        problems += root.problems
    if problems:
        raise PolicyError(problems)
    return tuple(sorted(rates, key=lambda rate: rate.valid_from))


@cache
def all_rates() -> tuple[Rate, ...]:
    """The rates that come with Retour."""
    return read_rates()


def rate_on(series: str, day: date) -> Rate | None:
    """The rate of that day; None before the first that is known."""
    known = [rate for rate in all_rates() if rate.series == series and rate.valid_from <= day]
    return known[-1] if known else None


def interest(amount_minor: int, series: str, after: date, until: date) -> Fraction:
    """What an amount grows by from the day after `after` to `until`, each day at its own rate, in minor units.

    Not rounded: whoever adds it up rounds once. Simple interest over a year of 365 days.
    """
    days = (after + timedelta(days=number) for number in range(1, (until - after).days + 1))
    hundredths = sum(rate.hundredths for rate in (rate_on(series, day) for day in days) if rate is not None)
    return Fraction(amount_minor * hundredths, 10_000 * _DAYS_A_YEAR)
