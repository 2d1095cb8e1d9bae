"""A sentence in somebody's manner: words around it, slips of the finger, no capitals. Facts stay readable."""

from __future__ import annotations

import random
import unicodedata
from dataclasses import dataclass

from benchmarks.shoppers.goals import LANGUAGES, Persona, Said, wording

_NEIGHBOURS = {
    "a": "qs", "e": "rz", "i": "uo", "o": "ip", "u": "yi", "n": "bm", "r": "et", "s": "dq", "t": "ry", "l": "km",
    "d": "sf", "c": "xv", "m": "nl", "p": "ol",
}  # fmt: skip
# One letter in so many is missed, doubled, swapped or another one, and at most so many in a sentence.
_LETTERS_A_SLIP = 18
_MOST_SLIPS = 3


@dataclass
class Manner:
    """Chooses and dresses sentences for one shopper; `chance` makes it the same every time."""

    persona: Persona
    language: str
    chance: random.Random

    def happens(self, likely: float) -> bool:
        """A throw of the dice."""
        return self.chance.random() < likely

    def pick(self, said: Said) -> str:
        """One of the sentences, mostly in the shopper's own language."""
        language = self.language
        if self.happens(self.persona.other_language):
            language = next(other for other in LANGUAGES if other != language)
        return self.chance.choice(said[language])

    def dressed(self, sentence: str) -> str:
        """The sentence as this shopper would type it."""
        words = wording()
        if self.happens(self.persona.before) and self.persona.name in words["before"]:
            sentence = f"{self.chance.choice(words['before'][self.persona.name][self.language])} {sentence}"
        if self.happens(self.persona.after) and self.persona.name in words["after"]:
            sentence = f"{sentence}. {self.chance.choice(words['after'][self.persona.name][self.language])}"
        if self.happens(self.persona.typos):
            sentence = slips(sentence, self.chance)
        return bare(sentence) if self.happens(self.persona.bare) else sentence


def slips(sentence: str, chance: random.Random) -> str:
    """The sentence with a few typing errors, never in a word that holds a digit or an address."""
    left = min(_MOST_SLIPS, max(1, len(sentence) // _LETTERS_A_SLIP))
    words = sentence.split(" ")
    open_to_slips = [at for at, word in enumerate(words) if len(word) > 3 and word.isalpha()]
    for at in chance.sample(open_to_slips, min(left, len(open_to_slips))):
        words[at] = _slip(words[at], chance)
    return " ".join(words)


def _slip(word: str, chance: random.Random) -> str:
    at = chance.randrange(1, len(word) - 1)
    kind = chance.randrange(4)
    if kind == 0:
        return word[:at] + word[at + 1 :]
    if kind == 1:
        return word[:at] + word[at] + word[at:]
    if kind == 2:
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    return word[:at] + chance.choice(_NEIGHBOURS.get(word[at].lower(), word[at])) + word[at + 1 :]


def bare(sentence: str) -> str:
    """Without capitals and accents; a word with an address in it stays as it is."""
    plain = unicodedata.normalize("NFKD", sentence.lower())
    return "".join(char for char in plain if not unicodedata.combining(char))
