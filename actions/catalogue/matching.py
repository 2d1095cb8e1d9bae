"""Which lines of an order a shopper means: names in both languages, mistyped ones, "both", "tout", "the blue one"."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from rapidfuzz import fuzz
from rapidfuzz.distance import DamerauLevenshtein


@dataclass(frozen=True)
class NamedLine:
    """An order line under all its names."""

    line_id: str
    sku: str
    names: tuple[str, ...]
    quantity: int


@dataclass(frozen=True)
class Match:
    """A line the text names; `score` of 0 to 100. `quantity` is the number said with it, or None."""

    line_id: str
    score: float
    quantity: int | None = None


@dataclass(frozen=True)
class Matches:
    """`sure`: these lines are meant. `choose`: one of these, ask which. `none`: the text names no line."""

    kind: Literal["sure", "choose", "none"]
    lines: tuple[Match, ...] = ()


# Of 100, for texts of which no single word is recognised.
_SURE = 78.0
# A second line this close to the best is as likely meant.
_CLOSE = 8.0
# Understanding, not wording: nothing here is ever shown.
_ALL = {
    "en": re.compile(r"\b(all|everything|every (?:one|item)|the whole (?:order|lot)|whole order)\b"),
    "fr": re.compile(
        r"\b(tou(?:t|te|s|tes)(?: (?:les|la|le|ma|mes) \w+)?|la totalite|l ?integralite|toute la commande)\b"
    ),
}
_COUNTED = re.compile(r"\b(?:les|the|all|tou(?:s|tes)(?: les)?) (trois|three|3|quatre|four|4|cinq|five|5)\b")
_EXCEPT = re.compile(r"\b(?:except(?:e|ing)?(?: for)?|but not|apart from|other than|sauf|hormis|a part|mais pas)\b")
_BOTH = {"en": re.compile(r"\bboth\b|\bthe two\b"), "fr": re.compile(r"\bles (?:deux|2)\b|\btou(?:s|tes) les deux\b")}
_NOT_ALL = {
    "en": re.compile(r"\b(?:not all|at all|after all|all right|all day|all the time|all over|first of all)\b"),
    "fr": re.compile(
        r"\b(?:pas tou\w+|du tout|tout a fait|tout de suite|tout simplement|tout d abord|a tout|tout le monde)\b"
    ),
}
_PLACES = {
    "first": 0, "1st": 0, "second": 1, "2nd": 1, "third": 2, "3rd": 2, "fourth": 3, "last": -1,
    "premier": 0, "premiere": 0, "1er": 0, "1ere": 0, "deuxieme": 1, "2e": 1, "2eme": 1, "seconde": 1,
    "troisieme": 2, "3e": 2, "3eme": 2, "quatrieme": 3, "dernier": -1, "derniere": -1,
}  # fmt: skip
_NUMBERS = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "a": 1, "an": 1,
    "un": 1, "une": 1, "deux": 2, "trois": 3, "quatre": 4, "cinq": 5,
}  # fmt: skip
_EMPTY = frozenset(
    """
    a all an and are article articles au aux avec back both c ce celle celui ces cet cette ceux commande d de
    des du en est et for i in is it item items je just juste l la le les like ma mes model modele mon my of on
    one ones only or order ou please pour product products produit produits refund rendre renvoyer retour
    retourner return seulement size sont taille that the these this those to un une veux voudrais want was with
    would
    """.split()  # noqa: SIM905 (readable as prose, unreadable as a list)
)
# The same thing under the word of the other language, for shops whose catalogue has one language only.
_SYNONYMS = (
    ("blue", "bleu", "bleue", "bleus", "bleues"), ("red", "rouge", "rouges"), ("green", "vert", "verte", "verts"),
    ("black", "noir", "noire", "noirs", "noires"), ("white", "blanc", "blanche", "blancs", "blanches"),
    ("grey", "gray", "gris", "grise"), ("yellow", "jaune"), ("pink", "rose"), ("brown", "marron", "brun", "brune"),
    ("mug", "tasse", "cup"), ("sweater", "pull", "jumper", "pullover"), ("coat", "manteau"), ("shirt", "chemise"),
    ("shoe", "chaussure"), ("dress", "robe"), ("lamp", "lampe"), ("bag", "sac"), ("earring", "boucle"),
    ("headphone", "headset", "casque", "earphone", "ecouteur"), ("watch", "montre"), ("plate", "assiette"),
    ("jacket", "veste", "blouson", "raincoat", "impermeable"), ("trousers", "pants", "pantalon"), ("belt", "ceinture"),
    ("boot", "botte"), ("sneaker", "basket", "trainer"), ("sock", "chaussette"), ("scarf", "foulard", "echarpe"),
    ("glove", "gant"), ("hat", "chapeau"), ("cap", "casquette"), ("ring", "bague"), ("necklace", "collier"),
    ("kettle", "bouilloire"), ("charger", "chargeur"), ("case", "coque"), ("keyboard", "clavier"), ("mouse", "souris"),
    ("chair", "chaise"), ("rug", "tapis"), ("cushion", "coussin"), ("pillow", "oreiller"), ("blanket", "couverture"),
    ("bottle", "bouteille", "gourde"), ("toy", "jouet"), ("umbrella", "parapluie"), ("wallet", "portefeuille"),
)  # fmt: skip
_DOUBLED = re.compile(r"(.)\1+")
_CANONICAL = {word: group[0] for group in _SYNONYMS for word in group}


def match_lines(text: str, lines: Sequence[NamedLine], language: str) -> Matches:
    """Find the lines that `text` names. Never guesses between two that fit equally: `choose` lists them.

    An order of one line is meant by any word of it, but not by a text that names nothing.
    """
    plain = _plain(text)
    if not lines or not plain:
        return Matches("none")
    said, *left_out = _EXCEPT.split(plain, maxsplit=1)
    if left_out:
        return _all_but(said, left_out[0], lines, language)
    if _says_all(plain, lines, language):
        return Matches("sure", tuple(Match(line.line_id, 100.0, line.quantity) for line in lines))
    by_sku = [line for line in lines if line.sku and _plain(line.sku) in plain]
    if by_sku:
        return Matches("sure", tuple(Match(line.line_id, 100.0, _quantity(plain, line)) for line in by_sku))
    place = _place(plain, len(lines))
    named = _named(plain, lines)
    if named.kind == "none" and place is not None:
        return Matches("sure", (Match(lines[place].line_id, 90.0),))
    if named.kind == "choose" and len(named.lines) == 2 and any(both.search(plain) for both in _BOTH.values()):
        return Matches("sure", named.lines)
    return named


def _all_but(said: str, left_out: str, lines: Sequence[NamedLine], language: str) -> Matches:
    """ "Everything except the socks", "the mugs but not the red one": what is left out must be clear."""
    every = Matches("sure", tuple(Match(line.line_id, 100.0, line.quantity) for line in lines))
    meant = match_lines(said, lines, language) if said.strip() else every
    excluded = _named(left_out, lines)
    if excluded.kind != "sure":
        return Matches("choose", meant.lines or every.lines)
    kept = tuple(match for match in meant.lines if match.line_id not in {item.line_id for item in excluded.lines})
    if not kept:
        return Matches("none")
    return Matches("sure" if meant.kind == "sure" or len(kept) == 1 else "choose", kept)


def _named(plain: str, lines: Sequence[NamedLine]) -> Matches:
    parts = [part for part in re.split(r"\b(?:and|et|plus)\b|,|;|&|\+", plain) if _words(part)] or [plain]
    sure: dict[str, Match] = {}
    unclear: dict[str, Match] = {}
    for part in parts:
        near, clear = _nearest(part, lines)
        (sure if clear else unclear).update({item.line_id: item for item in near})
    if sure and not set(unclear) - set(sure):
        return Matches("sure", tuple(sure.values()))
    if sure or unclear:
        return Matches("choose", tuple({**sure, **unclear}.values()))
    return Matches("none")


def _nearest(part: str, lines: Sequence[NamedLine]) -> tuple[list[Match], bool]:
    """The lines that most of the part's words belong to, and whether that is one line without a doubt.

    Only words that belong to some line count: "I dropped the blue mug" is as clear as "the blue mug".
    """
    hits = {line.line_id: {word for word in _words(part) if _belongs(word, line)} for line in lines}
    known = set().union(*hits.values())
    if not known:
        return _alike_as_a_whole(part, lines)
    most = max(len(words) for words in hits.values())
    best = [line for line in lines if len(hits[line.line_id]) == most]
    near = [Match(line.line_id, 100.0 * most / len(known), _quantity(part, line)) for line in best]
    covered = set().union(*(hits[line.line_id] for line in best))
    if covered == known:
        return near, len(best) == 1
    # A word of another product is left over: both may be meant.
    others = [line for line in lines if line not in best and hits[line.line_id] - covered]
    near += [Match(line.line_id, 100.0 * len(hits[line.line_id]) / len(known), None) for line in others]
    return near, False


def _alike_as_a_whole(part: str, lines: Sequence[NamedLine]) -> tuple[list[Match], bool]:
    """For words so mistyped that none is recognised alone."""
    said = " ".join(_words(part))
    scored = []
    for line in lines:
        score = max((fuzz.token_sort_ratio(said, " ".join(_words(_plain(name)))) for name in line.names), default=0.0)
        scored.append(Match(line.line_id, float(score), _quantity(part, line)))
    best = max((match.score for match in scored), default=0.0)
    near = [match for match in scored if said and match.score >= _SURE and match.score >= best - _CLOSE]
    return near, len(near) == 1


def _belongs(word: str, line: NamedLine) -> bool:
    return any(_alike(word, other) for name in line.names for other in _words(_plain(name)))


def _alike(word: str, other: str) -> bool:
    """The same word, its plural, its translation, or the same with one slip of the finger (two in a long word)."""
    first, second = _canonical(word), _canonical(other)
    if first == second or first.rstrip("s") == second.rstrip("s"):
        return True
    if word.isdecimal() or other.isdecimal():
        return False
    # The word as it stands too: a slip hides which word it translates.
    return _slipped(first, second) or _slipped(word, other)


def _canonical(word: str) -> str:
    return _CANONICAL.get(word) or _CANONICAL.get(word.rstrip("s"), word)


def _slipped(first: str, second: str) -> bool:
    """One letter wrong, or two in a long word; in a short one no more than a key pressed twice."""
    if _DOUBLED.sub(r"\1", first) == _DOUBLED.sub(r"\1", second):
        return True
    shorter = min(len(first), len(second))
    allowed = 0 if shorter < 4 else 1 if shorter < 7 else 2
    return DamerauLevenshtein.distance(first, second, score_cutoff=allowed) <= allowed


def _says_all(plain: str, lines: Sequence[NamedLine], language: str) -> bool:
    other = "en" if language == "fr" else "fr"
    for tongue in (language if language in _ALL else "en", other):
        cleaned = _NOT_ALL[tongue].sub(" ", plain)
        if _ALL[tongue].search(cleaned):
            # "all the mugs", "toutes les tasses" name a line.
            return _named(cleaned, lines).kind == "none"
        counted = _COUNTED.search(cleaned)
        if counted is not None and _NUMBERS.get(counted.group(1), counted.group(1)) in (len(lines), str(len(lines))):
            return _named(cleaned, lines).kind == "none"
        if _BOTH[tongue].search(cleaned):
            two_pieces = len(lines) == 1 and lines[0].quantity == 2
            return (len(lines) == 2 or two_pieces) and _named(cleaned, lines).kind == "none"
    return False


def _place(plain: str, count: int) -> int | None:
    for word in plain.split():
        index = _PLACES.get(word)
        if index is not None and -1 <= index < count:
            return index if index >= 0 else count - 1
    return None


def _quantity(part: str, line: NamedLine) -> int | None:
    """A number said with the line, if the line has that many pieces."""
    if _BOTH["en"].search(part) or _BOTH["fr"].search(part):
        return 2 if line.quantity == 2 else None
    said = part.split()
    if said[-1:] == ["one"]:
        # "the blue one" counts nothing.
        said.pop()
    for word in said:
        value = int(word) if word.isdecimal() and len(word) < 3 else _NUMBERS.get(word)
        # "a mug" and "une tasse" say one only when there is a choice.
        if value is not None and 1 <= value <= line.quantity and line.quantity > 1:
            return value
    return None


def _words(plain: str) -> list[str]:
    """The words that may name a thing; of numbers those of two digits or more, which may be a size."""
    return [
        word
        for word in plain.split()
        if word not in _EMPTY and word not in _NUMBERS and not (word.isdecimal() and len(word) < 2)
    ]


def _plain(text: str) -> str:
    """Lower case, without accents, punctuation as spaces except what separates."""
    folded = unicodedata.normalize("NFKD", text.casefold().replace("œ", "oe").replace("æ", "ae"))
    bare = "".join(char for char in folded if not unicodedata.combining(char))
    return " ".join(re.sub(r"[^\w,;&+]+", " ", bare).replace(",", " , ").replace(";", " ; ").split())
