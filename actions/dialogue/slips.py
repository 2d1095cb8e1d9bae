"""Slips of the finger in the answer to a question that a single word decides."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rapidfuzz.distance import DamerauLevenshtein

# The words that count, in plain text: of "What would you prefer?" and of "Is it still sealed?".
WISHES = (
    *("refund", "money", "reimburse", "replacement", "replace", "exchange", "voucher"),
    *("remboursement", "rembourse", "rembourser", "remboursez", "argent", "remplacement", "remplacer", "echange"),
)
SEAL = (
    *("opened", "unopened", "sealed", "unsealed", "intact", "touched"),
    *("ouvert", "ouverte", "scelle", "scellee", "descelle", "intacte", "ferme", "fermee"),
)
# One letter from a wish and a wish of another kind.
_NO_SLIPS = frozenset({"agent", "agents"})
_WORD = re.compile(r"\w{4,}")


def mended(text: str, words: Sequence[str]) -> str:
    """Plain text in which a word one slip away from one that counts is that word ("the mney back")."""
    return _WORD.sub(lambda found: _meant(found.group(), words), text)


def _meant(word: str, words: Sequence[str]) -> str:
    if word in words or word in _NO_SLIPS:
        return word
    return next((meant for meant in words if DamerauLevenshtein.distance(word, meant, score_cutoff=1) <= 1), word)
