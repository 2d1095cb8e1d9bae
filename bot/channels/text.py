"""Long texts for channels that take short ones: cut where a reader would pause."""

from __future__ import annotations

import re
import unicodedata

_PAUSES = (
    re.compile(r"\n\s*\n"),
    re.compile(r"[.!?…]+[\"»”')]*\s+|\n"),
    re.compile(r"\s+"),
)
_JOINER = "\u200d"
_SKIN = frozenset(map(chr, range(0x1F3FB, 0x1F400)))
_FLAG = frozenset(map(chr, range(0x1F1E6, 0x1F200)))


def length(text: str) -> int:
    """In UTF-16 units, which is what Telegram counts and never less than what others do."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def split(text: str, limit: int) -> list[str]:
    """The text in parts of at most `limit` units: between paragraphs, else sentences, else words, else anywhere.

    Joined, the parts are the text; none is empty, and a text without anything in it has none.
    """
    parts = []
    while length(text) > limit:
        at = _pause(_fitting(text, limit), text)
        parts.append(text[:at])
        text = text[at:]
    return [*parts, text] if text else parts


def cut(text: str, limit: int) -> str:
    """The text, shortened with an ellipsis when it is longer than `limit` units."""
    if length(text) <= limit:
        return text
    kept = _fitting(text, limit - 1)
    return kept[: _whole(kept, text)].rstrip() + "…"


def _fitting(text: str, limit: int) -> str:
    kept = text[:limit]
    while length(kept) > limit:
        kept = kept[: len(kept) - (length(kept) - limit + 1) // 2]
    return kept


def _pause(window: str, text: str) -> int:
    """Where to cut the beginning of a text: in its second half if there is any pause, else at its end."""
    for pause in _PAUSES:
        ends = [found.end() for found in pause.finditer(window) if found.end() > len(window) // 2]
        if ends:
            return ends[-1]
    return _whole(window, text)


def _whole(window: str, text: str) -> int:
    """The end of the window, moved back from within a character that people see as one."""
    at = len(window)
    while at > 1 and _inside(text, at):
        at -= 1
    return at if at > 1 else len(window)


def _inside(text: str, at: int) -> bool:
    before, after = text[at - 1], text[at : at + 1]
    if _JOINER in (before, after) or any(unicodedata.category(c).startswith("M") or c in _SKIN for c in after):
        return True
    # Two of these are one flag; an odd number of them before the cut leaves half a one.
    return after in _FLAG and bool(after) and _flags_before(text, at) % 2 == 1


def _flags_before(text: str, at: int) -> int:
    first = at
    while first > 0 and text[first - 1] in _FLAG:
        first -= 1
    return at - first
