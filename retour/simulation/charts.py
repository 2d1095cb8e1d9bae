"""Bar charts as inline SVG: no script, no font of their own, readable when printed and by a screen reader."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

_LABEL, _WIDTH, _BAR, _GAP, _GROUP = 190, 760, 15, 3, 14
_COLOURS = ("#8a948f", "#1f6f54")


@dataclass(frozen=True)
class Bar:
    """One group: its name, a value and its wording for each of the two policies."""

    name: str
    values: tuple[int, int]
    shown: tuple[str, str]


def bars(title: str, groups: Sequence[Bar], names: tuple[str, str]) -> str:
    """Two horizontal bars a group, as long as their values against the longest; the value stands at the bar's end."""
    most = max([1, *(value for group in groups for value in group.values)])
    room = _WIDTH - _LABEL - 120
    step = 2 * _BAR + _GAP + _GROUP
    parts = [_legend(names)]
    for at, group in enumerate(groups):
        top = 34 + at * step
        parts.append(f'<text x="{_LABEL - 10}" y="{top + _BAR + 6}" text-anchor="end">{escape(group.name)}</text>')
        for which, (value, shown) in enumerate(zip(group.values, group.shown, strict=True)):
            y = top + which * (_BAR + _GAP)
            length = max(1 if value else 0, round(room * value / most))
            parts.append(
                f'<rect x="{_LABEL}" y="{y}" width="{length}" height="{_BAR}" rx="2" fill="{_COLOURS[which]}">'
                f"<title>{escape(f'{names[which]}, {group.name}: {shown}')}</title></rect>"
                f'<text class="value" x="{_LABEL + length + 6}" y="{y + _BAR - 3}">{escape(shown)}</text>'
            )
    height = 34 + len(groups) * step
    return (
        f'<svg viewBox="0 0 {_WIDTH} {height}" role="img" aria-label="{escape(title)}" '
        f'xmlns="http://www.w3.org/2000/svg">{"".join(parts)}</svg>'
    )


def _legend(names: tuple[str, str]) -> str:
    second = _LABEL + 30 + 8 * len(names[0])
    return "".join(
        f'<rect x="{x}" y="4" width="12" height="12" rx="2" fill="{colour}"/>'
        f'<text x="{x + 18}" y="15">{escape(name)}</text>'
        for x, colour, name in zip((_LABEL, second), _COLOURS, names, strict=True)
    )
