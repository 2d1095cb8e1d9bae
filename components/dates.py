"""Past days in a message, in French and English: "last Tuesday", "il y a 3 jours", "12 mars", "05/11/2025".

Shoppers speak of days that have been: when they ordered, when the parcel came. A day without a year is the latest such
day, days to come are left out, and numeric dates have the day first. dateparser was measured and not taken: it costs
20 MB and 2 ms a message, reads order number 1042 as a year and "my son sat on it" as a Saturday.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from re import Match

from dateutil.relativedelta import relativedelta

from components.reference import Reference

_MONTHS = (
    "january|jan|janvier|janv", "february|feb|fevrier|février|fevr|févr|fev", "march|mars", "april|apr|avril|avr",
    "may|mai", "june|jun|juin", "july|jul|juillet|juil", "august|aug|aout|août", "september|sept|sep|septembre",
    "october|oct|octobre", "november|nov|novembre", "december|dec|decembre|décembre|déc",
)  # fmt: skip
_DAYS = (
    "monday|lundi", "tuesday|mardi", "wednesday|mercredi", "thursday|jeudi", "friday|vendredi", "saturday|samedi",
    "sunday|dimanche",
)  # fmt: skip
_UNITS = {"day": "days", "jour": "days", "week": "weeks", "semaine": "weeks", "month": "months", "mois": "months"}
_COUNTS = {
    "a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "ten": 10,
    "un": 1, "une": 1, "deux": 2, "trois": 3, "quatre": 4, "cinq": 5, "sept": 7, "huit": 8, "dix": 10, "quinze": 15,
}  # fmt: skip
_COUNT = rf"(?P<count>\d{{1,2}}|{'|'.join(_COUNTS)})"
_UNIT = r"(?P<unit>day|jour|week|semaine|month|mois)s?"
_MONTH = rf"(?P<month>{'|'.join(_MONTHS)})"
_YEAR = r"(?P<year>(?:20)?\d\d)"
# A weekday alone may be one to come; after these words it is past.
_PAST = r"last|past|on|since|depuis|du|delivered|received|ordered|re[cç]ue?s?|livr[eé]e?s?|command[eé]e?s?"
_WEEKDAY = rf"(?P<weekday>{'|'.join(_DAYS)})"


def _ago(match: Match[str], today: date) -> date:
    count = match.group("count").lower()
    number = int(count) if count.isdecimal() else _COUNTS[count]
    return today - relativedelta(**{_UNITS[match.group("unit").lower()]: number})  # type: ignore[arg-type]


def _weekday(match: Match[str], today: date) -> date:
    wanted = _index(_DAYS, match.group("weekday"))
    return today - timedelta(days=(today.weekday() - wanted - 1) % 7 + 1)


def _calendar(match: Match[str], today: date) -> date | None:
    parts = match.groupdict()
    month = parts["month"]
    number = int(month) if month.isdecimal() else _index(_MONTHS, month) + 1
    year = parts.get("year")
    try:
        if year is not None:
            return date(int(year) + (2000 if len(year) == 2 else 0), number, int(parts["day"]))
        found = date(today.year, number, int(parts["day"]))
        return found if found <= today else found.replace(year=today.year - 1)
    except ValueError:
        return None


def _index(names: tuple[str, ...], written: str) -> int:
    return next(index for index, alternatives in enumerate(names) if written.lower() in alternatives.split("|"))


def _back(**back: int) -> Callable[[Match[str], date], date]:
    return lambda _, today: today - relativedelta(**back)  # type: ignore[arg-type]


_FINDERS: tuple[tuple[re.Pattern[str], Callable[[Match[str], date], date | None]], ...] = tuple(
    (re.compile(rf"(?<![\w/.-])(?:{pattern})(?![\w/-])", re.IGNORECASE), read)
    for pattern, read in (
        (r"(?P<year>20\d\d)-(?P<month>\d\d)-(?P<day>\d\d)", _calendar),
        (rf"(?P<day>\d{{1,2}})[/.](?P<month>\d{{1,2}})[/.]{_YEAR}", _calendar),
        (r"(?:du|le|of|from|on)\s+(?P<day>\d{1,2})[/.](?P<month>\d{1,2})", _calendar),
        (rf"(?P<day>\d{{1,2}})(?:st|nd|rd|th|er)?(?:\s+of)?\s+{_MONTH}\b\.?(?:\s+(?P<year>20\d\d))?", _calendar),
        (rf"{_MONTH}\.?\s+(?:the\s+)?(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?:,?\s+(?P<year>20\d\d))?", _calendar),
        (rf"{_COUNT}\s+{_UNIT}\s+ago", _ago),
        (rf"(?:il y a|depuis|(?:[cç]a|cela)\s+fait)\s+{_COUNT}\s+{_UNIT}", _ago),
        (r"(?:the\s+)?day\s+before\s+yesterday|avant[- ]hier", _back(days=2)),
        (r"yesterday|hier", _back(days=1)),
        (r"today|this\s+morning|aujourd['’ ]?hui|ce\s+matin", _back(days=0)),
        (r"last\s+week|la\s+semaine\s+(?:derni[eè]re|pass[eé]e)", _back(weeks=1)),
        (r"last\s+month|le\s+mois\s+(?:dernier|pass[eé])", _back(months=1)),
        (rf"{_WEEKDAY}\s+(?:dernier|pass[eé])", _weekday),
        (rf"(?:{_PAST})\s+{_WEEKDAY}(?!\s+(?:prochain|next))", _weekday),
    )
)


def dates(text: str, today: date) -> Iterator[Reference]:
    """Days in ISO 8601; a day that is not past by `today` is not found."""
    for pattern, read in _FINDERS:
        for match in pattern.finditer(text):
            day = read(match, today)
            if day is not None and day <= today:
                yield Reference("date", day.isoformat(), *match.span())
            text = text[: match.start()] + "\x00" * len(match.group()) + text[match.end() :]
