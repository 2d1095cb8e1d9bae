"""Amounts of money in a message, in French and English. A number without a currency is none."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from components.reference import Reference

_BEFORE = {"€": "EUR", "$": "USD", "£": "GBP", "eur": "EUR", "usd": "USD", "gbp": "GBP", "chf": "CHF"}
_AFTER = (
    (r"€|eur(?:o?s?)?\b|balles?\b", "EUR"),
    (r"\$|usd\b|us dollars?\b|dollars?\b|bucks?\b", "USD"),
    (r"£|gbp\b|pounds?\b|quid\b|livres?(?: sterling)?\b", "GBP"),
    (r"chf\b|francs?(?: suisses?)?\b|swiss francs?\b", "CHF"),
)
# "1 299,00", "1,200", "20.50", "4500"
_NUMBER = r"\d{1,3}(?:[ \u00a0\u202f.,]\d{3})+(?:[.,]\d{1,2})?(?!\d)|\d+(?:[.,]\d{1,2})?(?!\d)"
_AMOUNT = re.compile(
    rf"(?<![\w.,/#-])(?:(?P<before>[€$£]|\b(?:eur|usd|gbp|chf)\b)\s?(?P<first>{_NUMBER})|"
    rf"(?P<second>{_NUMBER})\s?(?:{'|'.join(f'(?P<{code}>{words})' for words, code in _AFTER)})(?P<cents>\d\d(?!\d))?)",
    re.IGNORECASE,
)
_GROUPED = re.compile(r"[ \u00a0\u202f.,](?=\d{3}(?!\d))")


def amounts(text: str) -> Iterator[Reference]:
    """Values such as "1299.00 EUR": two decimals and the currency's ISO 4217 code."""
    for match in _AMOUNT.finditer(text):
        currency = _BEFORE.get((match.group("before") or "").lower())
        currency = currency or next(code for _, code in _AFTER if match.group(code))
        number = _GROUPED.sub("", match.group("first") or match.group("second")).replace(",", ".")
        if match.group("cents"):
            number = f"{number}.{match.group('cents')}"
        yield Reference("amount", f"{Decimal(number):.2f} {currency}", *match.span())
