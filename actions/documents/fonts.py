"""Letters for printed documents, from what reportlab itself ships, so that every machine prints the same."""

from __future__ import annotations

import unicodedata
from itertools import groupby

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.ttfonts import TTFont

REGULAR, BOLD = "Vera", "VeraBd"
_WIDE = "STSong-Light"


def register() -> None:
    """Make the fonts known; does nothing the second time."""
    known = pdfmetrics.getRegisteredFontNames()
    for name in (REGULAR, BOLD):
        if name not in known:
            pdfmetrics.registerFont(TTFont(name, f"{name}.ttf"))
    if _WIDE not in known:
        pdfmetrics.registerFont(UnicodeCIDFont(_WIDE))


def marked_up(text: str) -> str:
    """Paragraph markup in which every letter has a glyph.

    A letter that is missing is written without its accent; one of another script (a Chinese address) is set in a font
    that readers bring along. Raises nothing: a letter nobody has is better than a slip nobody gets.
    """
    glyphs = pdfmetrics.getFont(REGULAR).face.charToGlyph
    written = "".join(letter if ord(letter) in glyphs else _plainer(letter, glyphs) for letter in text)
    runs = ((wide, "".join(run)) for wide, run in groupby(written, key=lambda letter: ord(letter) not in glyphs))
    return "".join(f'<font name="{_WIDE}">{run}</font>' if wide else run for wide, run in runs)


def _plainer(letter: str, glyphs: dict[int, int]) -> str:
    if letter in "\u202f\u2009":
        return "\u00a0"
    if unicodedata.category(letter).startswith("C"):
        return " "
    base = "".join(part for part in unicodedata.normalize("NFKD", letter) if not unicodedata.combining(part))
    return base if base and all(ord(part) in glyphs for part in base) else letter
