"""How people write order numbers, RMA numbers, e-mails, phone numbers and quantities, in French and English."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from re import Pattern
from typing import NamedTuple


class Reference(NamedTuple):
    """One thing found: its kind, its value in one spelling, where it stands."""

    kind: str
    value: str
    start: int
    end: int


@dataclass(frozen=True)
class Formats:
    """The shop's own formats, compiled."""

    anywhere: Pattern[str]
    cued: Pattern[str]
    rma: Pattern[str]
    bare_digits: tuple[int, int]

    @classmethod
    def compile(
        cls,
        *,
        order_numbers: Sequence[str],
        cued_order_numbers: Sequence[str],
        rma_numbers: Sequence[str],
        bare_digits: tuple[int, int],
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
        )


def _whole(expressions: Iterable[str]) -> Pattern[str]:
    """Any of the expressions, as a word of its own."""
    return re.compile(rf"(?<![\w/-])#?(?:{'|'.join(f'(?:{item})' for item in expressions)})(?![\w/])", re.IGNORECASE)


_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}", re.IGNORECASE)
_PHONE = re.compile(r"(?<![\w#])(?:\+|00)?\(?\d(?:[ .()-]{0,2}\d){8,14}(?!\w)")
_PHONE_CUE = re.compile(
    r"(?:phone|mobile|cell|whatsapp|t[eé]l(?:[eé]phone)?|portable|call|ring|appel\w*|joindre)\W{0,3}"
    r"(?:\w+\W+){0,4}$",
    re.IGNORECASE,
)
_CUE = re.compile(
    r"(?:\b(?:orders?|purchase|ordr|oder|commandes?|cmde?|cde|num[eé]ros?|number|numbers|num|no\.?|nr|r[eé]f(?:[eé]rence)?|"
    r"id|booking|confirmation|confirmations?|dossier|code|ticket)\b|\bn\b|n[°ºo]\.?|#|\bc'est l[ae]\b|\bit'?s\b)",
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
_UNIT = re.compile(
    r"\s*(?:€|\$|£|%|°|euros?|eur\b|dollars?|usd\b|pounds?|cents?|days?|jours?|jrs?\b|weeks?|semaines?|months?|mois|"
    r"years?|ans?\b|ann[eé]es?|hours?|heures?|minutes?|min\b|h\b|times?\b|fois|kg|g\b|ml|cl|l\b|litres?|cm|mm|m\b|km|"
    r"pouces|inch|watts?|mah|v\b|january|february|march|april|may\b|june|july|august|september|october|november|"
    r"december|janvier|f[eé]vrier|mars|avril|mai\b|juin|juillet|ao[uû]t|septembre|octobre|novembre|d[eé]cembre|"
    r"am\b|pm\b|points?|people|personnes?)",
    re.IGNORECASE,
)
_CURRENCY_BEFORE = re.compile(r"[€$£]\s*$|\b(?:rs|usd|eur)\.?\s*$", re.IGNORECASE)
_YEAR = re.compile(r"#?(?:19|20)\d\d$")

_COUNTS = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
    "un": 1, "une": 1, "deux": 2, "trois": 3, "quatre": 4, "cinq": 5, "sept": 7, "huit": 8, "neuf": 9, "dix": 10,
    "both": 2,
}  # fmt: skip
_COUNT_WORD = "|".join(word for word in _COUNTS if word not in ("one", "un", "une"))
_THINGS = (
    r"(?:of (?:them|those|these|the)|d['’]entre (?:eux|elles)|items?|pieces?|pi[eè]ces?|articles?|products?|produits?|"
    r"units?|unit[eé]s?|pairs?|paires?|exemplaires?)"
)
_QUANTITY = re.compile(
    rf"(?<![\w#.,/-])(?:(?P<word>{_COUNT_WORD})|(?P<digits>\d{{1,2}})(?=\s*{_THINGS})|(?P<times>\d{{1,2}})\s?x(?!\w)|"
    rf"x\s?(?P<xtimes>\d{{1,2}})|(?P<single>(?:only|just|juste|seulement)\s+(?:one|une?)|une? seule?|one (?={_THINGS})|"
    rf"qu['’]une?(?!\s\w)|l['’]une? des))(?![\w/-])",
    re.IGNORECASE,
)
# "return 2 mugs", "les 3 assiettes": a small number and a plural, after a word that announces them.
_PLURAL = re.compile(
    r"(?:^|\b(?:the|my|these|those|of|ordered|bought|received|got|return|have|want|for|and|only|les|mes|ces|de|ai|avons|"
    r"command[eé]|re[cç]u|achet[eé]|rendre|renvoyer|retourner|et|veux)\s+)(?P<digits>[1-9]|1\d)(?=\s+[^\W\d_]{2,}[sx]\b)",
    re.IGNORECASE,
)
# "1043, not 1042": the second number is the wrong one.
_NEGATED = re.compile(
    r"(?:\bnot|\bpas|\bnon|instead of|au lieu de|wasn't|isn't)\s+(?:the |la |le |order |commande )*#?$", re.IGNORECASE
)
_ALL = re.compile(
    r"\b(?:all of (?:them|it)|everything|all the (?:items|articles)|tout le colis|tous les articles|"
    r"toute la commande|(?:the )?whole order|tous|toutes|tout)\W*$",
    re.IGNORECASE,
)
_ALONE = re.compile(
    r"\W*(?:(\d{1,2})|(one|une?|both|all|tous|toutes|tout|six)|(?:les|the) (deux|trois|quatre|two|three))\W*$",
    re.IGNORECASE,
)


def find(text: str, formats: Formats) -> list[Reference]:
    """All references in the order of their place; two never overlap."""
    found: list[Reference] = []
    rest = _take(text, found, "email", _EMAIL, lambda hit: hit.lower().rstrip("."))
    rest = _take(rest, found, "rma_number", formats.rma, _rma)
    rest = _take(rest, found, "order_number", formats.anywhere, _number)
    rest = _take_cued(rest, found, formats)
    rest = _take_phones(rest, found)
    rest = _take_digits(rest, found, formats)
    _take_quantities(rest, found)
    meant = [item for item in found if item.kind != "order_number" or not _NEGATED.search(text[: item.start])]
    return sorted(meant, key=lambda reference: reference.start)


def _take(text: str, found: list[Reference], kind: str, pattern: Pattern[str], value: Callable[[str], str]) -> str:
    """Record all matches and return the text with their places blanked, so that nothing is found twice."""
    found += [Reference(kind, value(match.group()), *match.span()) for match in pattern.finditer(text)]
    return pattern.sub(lambda match: "\x00" * len(match.group()), text)


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
    if code is not None and not _UNIT.match(text, code.end()):
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
    return bool(_UNIT.match(text, end) or _CURRENCY_BEFORE.search(text[:start]))


def _is_phone(digits: str) -> bool:
    return len(digits) == 10 and digits.startswith("0")


def _take_phones(text: str, found: list[Reference]) -> str:
    for match in _PHONE.finditer(text):
        written = match.group()
        digits = re.sub(r"\D", "", written)
        marked = written.startswith(("+", "0", "(0")) or _PHONE_CUE.search(text[: match.start()])
        if marked and 9 <= len(digits) <= 15:
            value = f"+{digits}" if written.startswith("+") else digits
            found.append(Reference("phone", value, match.start(), match.end()))
            text = text[: match.start()] + "\x00" * len(written) + text[match.end() :]
    return text


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


def _take_quantities(text: str, found: list[Reference]) -> None:
    alone = _ALONE.match(text)
    if alone is not None:
        written = next(group for group in alone.groups() if group)
        index = next(index for index, group in enumerate(alone.groups(), 1) if group)
        found.append(Reference("quantity", _count(written), alone.start(index), alone.end(index)))
        return
    for match in (*_QUANTITY.finditer(text), *_PLURAL.finditer(text)):
        if any(item.start < match.end() and match.start() < item.end for item in found):
            continue
        if _UNIT.match(text, match.end()):
            continue
        kind = match.lastgroup or "word"
        value = "1" if kind == "single" else _count(match.group(kind))
        start = match.start(kind) if kind == "digits" else match.start()
        found.append(Reference("quantity", value, start, match.end()))
    everything = _ALL.search(text)
    if everything is not None:
        found.append(Reference("quantity", "all", everything.start(), everything.end()))


def _count(written: str) -> str:
    lowered = written.lower()
    if lowered in ("all", "tous", "toutes", "tout"):
        return "all"
    return str(_COUNTS.get(lowered, lowered))
