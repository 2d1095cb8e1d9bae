"""How people write order and RMA numbers, in French and English; `find` gives these and every other reference."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from re import Pattern

from components.amounts import amounts
from components.contacts import emails, phones
from components.dates import dates
from components.quantities import quantities
from components.reference import UNIT, Reference


@dataclass(frozen=True)
class Formats:
    """The shop's own formats, compiled."""

    anywhere: Pattern[str]
    cued: Pattern[str]
    rma: Pattern[str]
    bare_digits: tuple[int, int]
    phone_regions: tuple[str, ...]

    @classmethod
    def compile(
        cls,
        *,
        order_numbers: Sequence[str],
        cued_order_numbers: Sequence[str],
        rma_numbers: Sequence[str],
        bare_digits: tuple[int, int],
        phone_regions: Sequence[str],
    ) -> Formats:
        """Check and compile; raises ValueError naming the expression that is not one."""
        for expression in (*order_numbers, *cued_order_numbers, *rma_numbers):
            try:
                re.compile(expression)
            except re.error as error:
                raise ValueError(f"config.yml: {expression!r} is not a regular expression: {error}.") from error
        return cls(
            anywhere=_whole(order_numbers),
            cued=_whole([*order_numbers, *cued_order_numbers]),
            rma=_whole(rma_numbers),
            bare_digits=bare_digits,
            phone_regions=tuple(phone_regions),
        )


def _whole(expressions: Iterable[str]) -> Pattern[str]:
    """Any of the expressions, as a word of its own."""
    return re.compile(rf"(?<![\w/-])#?(?:{'|'.join(f'(?:{item})' for item in expressions)})(?![\w/])", re.IGNORECASE)


_CUE = re.compile(
    r"(?:\b(?:orders?|purchase|achat|ordr|oder|commandes?|cmde?|cde|num[eé]ros?|number|numbers|num|no\.?|nr|"
    r"r[eé]f(?:[eé]rence)?|id|booking|confirmation|confirmations?|dossier|code|ticket)(?![^\W\d_])|"
    r"\bn\b|n[°ºo]\.?|#|\bc'est l[ae]\b|\bit'?s\b)",
    re.IGNORECASE,
)
# What may stand between the cue and the number.
_FILLER = re.compile(
    r"(?:[\s:.,=-]|[°º#]|\b(?:is|was|of|are|it|the|my|me|that|this|from|for|number|numbers|num|id|no|nr|code|reference|ref|"
    r"est|la|le|l|n|de|ma|mon|une|num[eé]ro|porte|r[eé]f[eé]rence|c'est|c|cest|suivante?|commande|order|numero)\b)*",
    re.IGNORECASE,
)
_DIGITS = re.compile(r"(?<![\w.,/+-])#?\d+(?![\w/-]|[.,]\d)")
_SPACED = re.compile(r"\d{1,4}(?: \d{1,4}){1,5}(?![\w/-]|[.,]\d)")
_CURRENCY_BEFORE = re.compile(r"[€$£]\s*$|\b(?:rs|usd|eur)\.?\s*$", re.IGNORECASE)
_YEAR = re.compile(r"#?(?:19|20)\d\d$")

# Numbers that are something else: prices without a currency, addresses, other codes.
_ELSE = re.compile(
    r"\b(?:paid|pay|costs?|worth|price|pay[eé]|co[uû]t\w*|prix|valeur)\s+(?:(?:is|was|of|about|de|est|environ)\s+)?\d+"
    r"|\b(?:(?:zip|post(?:al)?|pin|promo|discount|access)[ -]?code|code (?:postal|promo|pin|d['’]acc[eè]s))\W+"
    r"(?:(?:is|est|le|c['’]est)\s+){0,2}\w+"
    r"|\d+,?\s+(?:rue|avenue|bd|boulevard|chemin|route|all[eé]e|(?:\w+\s+){1,2}(?:street|st|road|rd|lane|drive|ave))\b"
    r"|\b(?:are|with|about|around|over|than|y a|environ|plus de)\s+\d+(?=\s+[^\W\d_])",
    re.IGNORECASE,
)
# "1043, not 1042": the second number is the wrong one.
_NEGATED = re.compile(
    r"(?:\bnot|\bpas|\bnon|instead of|au lieu de|wasn't|isn't)\s+(?:the |la |le |order |commande )*#?$", re.IGNORECASE
)


def find(text: str, formats: Formats, today: date) -> list[Reference]:
    """All references in the order of their place; two never overlap. `today` is what "yesterday" goes by."""
    found: list[Reference] = []
    rest = _take(text, found, emails(text))
    rest = _take(rest, found, _matches(rest, "rma_number", formats.rma, _rma))
    rest = _take(rest, found, _matches(rest, "order_number", formats.anywhere, _number))
    rest = _take(rest, found, amounts(rest))
    rest = _take(rest, found, dates(rest, today))
    rest = _ELSE.sub(_blank, rest)
    rest = _take_cued(rest, found, formats)
    rest = _take(rest, found, phones(rest, formats.phone_regions))
    rest = _take_digits(rest, found, formats)
    _take(rest, found, quantities(rest))
    meant = [item for item in found if item.kind != "order_number" or not _NEGATED.search(text[: item.start])]
    return sorted(meant, key=lambda reference: reference.start)


def _take(text: str, found: list[Reference], references: Iterable[Reference]) -> str:
    """Record references and return the text with their places blanked, so that nothing is found twice."""
    for reference in references:
        found.append(reference)
        text = text[: reference.start] + "\x00" * (reference.end - reference.start) + text[reference.end :]
    return text


def _blank(match: re.Match[str]) -> str:
    return "\x00" * len(match.group())


def _matches(text: str, kind: str, pattern: Pattern[str], value: Callable[[str], str]) -> Iterator[Reference]:
    for match in pattern.finditer(text):
        yield Reference(kind, value(match.group()), *match.span())


def _rma(written: str) -> str:
    return re.sub(r"^RMA[- ]?", "RMA-", written.upper())


def _number(written: str) -> str:
    return written.replace(" ", "").lstrip("#").upper()


def _take_cued(text: str, found: list[Reference], formats: Formats) -> str:
    """Numbers that follow a cue word, also those of letters and digits, also spelled with blanks."""
    for cue in _CUE.finditer(text):
        filler = _FILLER.match(text, cue.end())
        at = filler.end() if filler else cue.end()
        if text[at - 1 : at] == "#" and at > cue.start():
            at -= 1
        hit = _cued_number(text, at, formats)
        if hit is None:
            continue
        start, end = hit
        found.append(Reference("order_number", _number(text[start:end]), start, end))
        text = text[:start] + "\x00" * (end - start) + text[end:]
    return text


def _cued_number(text: str, at: int, formats: Formats) -> tuple[int, int] | None:
    code = formats.cued.match(text, at)
    if code is not None and not UNIT.match(text, code.end()):
        return code.span()
    hash_length = 1 if text[at : at + 1] == "#" else 0
    spaced = _SPACED.match(text, at + hash_length)
    if spaced is not None and not _is_amount(text, at, spaced.end()):
        joined = spaced.group().replace(" ", "")
        # "06 12 34 56 78" is a telephone number whatever stands before it.
        if 4 <= len(joined) <= 12 and not _is_phone(joined):
            return at, spaced.end()
    digits = re.compile(r"#?\d{2,15}(?![\w/-]|[.,]\d)").match(text, at)
    if digits is None or _is_amount(text, at, digits.end()) or _is_phone(digits.group()):
        return None
    return digits.span() if len(digits.group()) > 2 or hash_length else None


def _is_amount(text: str, start: int, end: int) -> bool:
    return bool(UNIT.match(text, end) or _CURRENCY_BEFORE.search(text[:start]))


def _is_phone(digits: str) -> bool:
    return len(digits) == 10 and digits.startswith("0")


def _take_digits(text: str, found: list[Reference], formats: Formats) -> str:
    """Numbers without a cue: only those as long as an order number, and no amount, date or year in a sentence."""
    shortest, longest = formats.bare_digits
    for match in _DIGITS.finditer(text):
        digits = match.group().lstrip("#")
        alone = not re.sub(r"[\W\x00]", "", text[: match.start()] + text[match.end() :])
        if not shortest <= len(digits) <= longest or _is_amount(text, match.start(), match.end()):
            continue
        if _YEAR.match(digits) and not alone and not match.group().startswith("#"):
            continue
        found.append(Reference("order_number", digits, match.start(), match.end()))
        text = text[: match.start()] + "\x00" * len(match.group()) + text[match.end() :]
    return text
