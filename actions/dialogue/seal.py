"""Whether the seal of a hygiene product is broken: asked only where the answer decides the case."""

from __future__ import annotations

import re

from actions.dialogue import slips
from actions.dialogue.action import Turn
from actions.dialogue.consent import says
from actions.dialogue.lexicon import plain
from actions.dialogue.readback import preview
from actions.dialogue.reading import Findings
from actions.orders.model import Order
from common.errors import RefusedError

SEALED, OPENED = "sealed", "opened"
# Matched on plain text. "Never opened" holds "opened", so the seal that is whole is looked for first.
_TOUCHED = r"(?:open|unseal|touch|use|wear|wore|worn|try|tried|ouvert|descell|utilis|port|essay)\w*"
_WHOLE = re.compile(
    rf"\b(?:not|never|\w+n't|\w+nt|pas|jamais)\b[^.]{{0,14}}\b{_TOUCHED}"
    r"|\b(?:unopened|unused|unworn|sealed|closed|intacte?s?|scelle\w*|ferme\w*)\b"
)
_BROKEN = re.compile(rf"\b{_TOUCHED}|\b(?:broken|broke|casse)\b")


def said(text: str) -> str | None:
    """Whether the words tell of a seal that is whole or broken."""
    words = slips.mended(plain(text), slips.SEAL)
    if _WHOLE.search(words):
        return SEALED
    return OPENED if _BROKEN.search(words) else None


def take(turn: Turn, found: Findings, asked: str | None) -> bool:
    """Keep what the message says of the seal, when that was asked. "Yes" is to "is it still sealed?"."""
    if asked != "open_return_seal" or found.question:
        return False
    answer = said(found.message.text)
    if answer is None:
        # A plain yes or no alone: "je ne l'ai pas ouvrrrt" resembles a no and means the contrary.
        answer = {"yes": SEALED, "no": OPENED}.get(says(found.message.text) or "")
    if answer is None:
        return False
    turn.memory.set("open_return_seal", answer)
    return True


def is_asked(turn: Turn, order: Order) -> bool:
    """Whether the policy's answer hangs on the seal and nobody has told."""
    try:
        return "opened" in preview(turn, order).asks
    except RefusedError:
        return False
