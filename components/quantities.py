"""How many pieces a message speaks of, in French and English."""

from __future__ import annotations

import re
from collections.abc import Iterator

from components.reference import UNIT, Reference

_COUNTS = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
    "un": 1, "une": 1, "deux": 2, "trois": 3, "quatre": 4, "cinq": 5, "sept": 7, "huit": 8, "neuf": 9, "dix": 10,
    "both": 2, "dizaine": 10, "douzaine": 12, "dozen": 12,
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
    r"(?:^|[,;]\s*|\b(?:the|my|these|those|of|ordered|bought|received|got|return|have|want|for|and|only|les|mes|ces|de|ai|avons|"
    r"command[eé]|re[cç]u|achet[eé]|rendre|renvoyer|retourner|et|veux)\s+)(?P<digits>[1-9]|1\d)(?=\s+[^\W\d_]{2,}[sx]\b)",
    re.IGNORECASE,
)
_COLLECTIVE = re.compile(
    r"\b(?:(?P<pair>(?:a|une) (?:pair|paire))|(?P<couple>a couple)|(?P<half>half a dozen|une demi-douzaine))\b",
    re.IGNORECASE,
)
_ALL = re.compile(
    r"\b(?:all of (?:them|it)|everything|all the (?:items|articles)|tout le colis|tous les articles|"
    r"toute la commande|(?:the )?whole order|tous|toutes|tout)\W*$",
    re.IGNORECASE,
)
_ALONE = re.compile(
    r"\W*(?:(\d{1,2})|(one|une?|both|all|tous|toutes|tout|six)|(?:les|the) (deux|trois|quatre|two|three))\W*"
    r"(?:please|pls|thanks|svp|stp|merci|s['’]il (?:vous|te) pla[iî]t)?\W*$",
    re.IGNORECASE,
)


# What makes a number one of the whole: "3 of the 6 glasses", "1 verre sur 6".
_OF_WHOLE = re.compile(r"(?:\bof (?:the |my )?|\bdes |\bsur (?:les )?)$", re.IGNORECASE)
_PART = re.compile(r"(?<![\w#.,/-])(?P<digits>\d{1,2})\s+(?:[^\W\d]+\s+)?(?:sur|out of)\s+\d", re.IGNORECASE)
# Orders and parcels are no pieces, and "both 1042 and 1043" counts nothing.
_NO_PIECES = re.compile(r"\s+(?:orders?|commandes?|parcels?|packages?|colis|#?\d|\x00)", re.IGNORECASE)


def quantities(text: str) -> Iterator[Reference]:
    """Values are numbers in digits, or "all"."""
    alone = _ALONE.match(text)
    if alone is not None:
        index = next(index for index, group in enumerate(alone.groups(), 1) if group)
        yield Reference("quantity", _count(alone.group(index)), alone.start(index), alone.end(index))
        return
    end = -1
    found = sorted(_counted(text), key=lambda item: (item.start, -item.end))
    for reference in found:
        whole = end >= 0 and _OF_WHOLE.search(text[: reference.start])
        if reference.start >= end and not whole:
            yield reference
            end = reference.end
    everything = _ALL.search(text)
    if everything is not None:
        yield Reference("quantity", "all", *everything.span())


def _counted(text: str) -> Iterator[Reference]:
    for pattern in (_QUANTITY, _PLURAL, _PART, _COLLECTIVE):
        for match in pattern.finditer(text):
            kind = match.lastgroup or "word"
            end = match.end(kind) if kind == "digits" else match.end()
            if UNIT.match(text, end) or _NO_PIECES.match(text, end):
                continue
            fixed = {"single": "1", "pair": "1", "couple": "2", "half": "6"}
            start = match.start(kind) if kind == "digits" else match.start()
            yield Reference("quantity", fixed.get(kind) or _count(match.group(kind)), start, end)


def _count(written: str) -> str:
    lowered = written.lower()
    if lowered in ("all", "tous", "toutes", "tout"):
        return "all"
    return str(_COUNTS.get(lowered, lowered))
