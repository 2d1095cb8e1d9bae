"""Slips of the finger in the answer to "What would you prefer?", where a single word decides."""

from __future__ import annotations

import re

from rapidfuzz.distance import DamerauLevenshtein

# Single words for what a shopper may wish, in plain text.
_WISHES = (
    *("refund", "money", "reimburse", "replacement", "replace", "exchange", "voucher"),
    *("remboursement", "rembourse", "rembourser", "remboursez", "argent", "remplacement", "remplacer", "echange"),
)
# One letter from a wish and a wish of another kind.
_NO_SLIPS = frozenset({"agent", "agents"})
_WORD = re.compile(r"\w{4,}")


def mended(text: str) -> str:
    """Plain text in which a word one slip away from a wish is that wish ("the mney back")."""
    return _WORD.sub(lambda word: _meant(word.group()), text)


def _meant(word: str) -> str:
    if word in _NO_SLIPS:
        return word
    return next((wish for wish in _WISHES if DamerauLevenshtein.distance(word, wish, score_cutoff=1) <= 1), word)
