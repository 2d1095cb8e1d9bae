"""Pictures of an evaluation as SVG: confusion matrix, figures by label, cost of the acting threshold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from typing import Protocol

# What a wrong start costs beside one question: noticing, correcting, and being asked the right thing again.
WRONG_COSTS = (3, 5, 10)
_CELL, _MARGIN = 24, 230
_COLOURS = ("#1b7f5c", "#b3541e", "#3b5bdb", "#868e96")


class Answered(Protocol):
    """One utterance: the label it should get, the one it got, and how sure the bot was."""

    @property
    def expected(self) -> str: ...
    @property
    def got(self) -> str: ...
    @property
    def confidence(self) -> float: ...


def all_of(rows: Sequence[Answered], outside: str, tasks: Collection[str]) -> dict[str, str]:
    """The pictures by file name."""
    return {
        "confusion.svg": confusion(rows, outside),
        "labels.svg": by_label(rows),
        "thresholds.svg": thresholds(rows, tasks),
    }


def confusion(rows: Sequence[Answered], last: str) -> str:
    """Expected labels down, answers across; the shade is the share of the row."""
    labels = sorted(
        {row.expected for row in rows} | {row.got for row in rows}, key=lambda label: (label == last, label)
    )
    counts = Counter((row.expected, row.got) for row in rows)
    sums = Counter(row.expected for row in rows)
    parts = []
    for down, expected in enumerate(labels):
        y = _MARGIN + down * _CELL
        parts.append(_text(_MARGIN - 6, y + 16, f"{expected} ({sums[expected]})", anchor="end"))
        parts.append(_text(_MARGIN + down * _CELL + 16, _MARGIN - 6, expected, turned=True))
        for across, got in enumerate(labels):
            count = counts[expected, got]
            share = count / sums[expected] if sums[expected] else 0.0
            colour = _COLOURS[0] if expected == got else _COLOURS[1]
            x = _MARGIN + across * _CELL
            parts.append(
                f'<rect x="{x}" y="{y}" width="{_CELL}" height="{_CELL}" fill="{colour}" '
                f'fill-opacity="{max(share, 0.12 if count else 0.0):.2f}" stroke="#dee2e6"/>'
            )
            if count:
                parts.append(_text(x + _CELL / 2, y + 16, str(count), size=9, anchor="middle"))
    size = _MARGIN + len(labels) * _CELL + 10
    return _svg(size, size, parts)


def by_label(rows: Sequence[Answered]) -> str:
    """Precision and recall of each label as bars, the largest first."""
    sums = Counter(row.expected for row in rows)
    answers = Counter(row.got for row in rows)
    right = Counter(row.expected for row in rows if row.expected == row.got)
    parts = [_text(240, 14, "precision", colour=_COLOURS[0]), _text(310, 14, "recall", colour=_COLOURS[2])]
    for index, (label, count) in enumerate(sums.most_common()):
        y = 24 + index * 26
        parts.append(_text(230, y + 14, f"{label} ({count})", anchor="end"))
        shares = (right[label] / answers[label] if answers[label] else 0.0, right[label] / count)
        for offset, share, colour in zip((0, 11), shares, (_COLOURS[0], _COLOURS[2]), strict=True):
            parts.append(f'<rect x="240" y="{y + offset}" width="{300 * share:.0f}" height="9" fill="{colour}"/>')
            parts.append(_text(246 + 300 * share, y + offset + 8, f"{share:.2f}", size=9))
    return _svg(600, 30 + len(sums) * 26, parts)


def thresholds(rows: Sequence[Answered], tasks: Collection[str]) -> str:
    """What a message costs by the threshold below which the bot asks: a question one, a wrong task some more."""
    steps = [step / 50 for step in range(46)]
    curves = {wrong: [cost(rows, tasks, step, wrong) for step in steps] for wrong in WRONG_COSTS}
    highest = max(max(curve) for curve in curves.values())
    parts = [
        f'<line x1="60" y1="260" x2="560" y2="260" stroke="{_COLOURS[3]}"/>',
        f'<line x1="60" y1="20" x2="60" y2="260" stroke="{_COLOURS[3]}"/>',
        _text(310, 295, "acting threshold", anchor="middle"),
        _text(66, 16, "cost of a message, in questions"),
    ]
    parts += [_text(60 + 500 * step / 10, 275, f"{step / 10:.1f}", size=9, anchor="middle") for step in range(11)]
    parts += [_text(56, 263 - 240 * part / 4, f"{highest * part / 4:.2f}", size=9, anchor="end") for part in range(5)]
    for index, ((wrong, curve), colour) in enumerate(zip(curves.items(), _COLOURS, strict=False)):
        places = [(60 + 500 * step, 260 - 240 * value / highest) for step, value in zip(steps, curve, strict=True)]
        points = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        lowest = min(range(len(curve)), key=curve.__getitem__)
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts.append(f'<circle cx="{places[lowest][0]:.1f}" cy="{places[lowest][1]:.1f}" r="4" fill="{colour}"/>')
        legend = f"a wrong task costs {wrong}: lowest at {steps[lowest]:.2f}"
        parts.append(_text(80, 40 + 16 * index, legend, colour=colour))
    return _svg(600, 310, parts)


def cost(rows: Sequence[Answered], tasks: Collection[str], threshold: float, wrong: float) -> float:
    """The mean over all messages, in questions asked."""
    asked = sum(row.confidence < threshold for row in rows)
    mistaken = sum(row.confidence >= threshold and row.got in tasks and row.got != row.expected for row in rows)
    return (asked + wrong * mistaken) / len(rows)


def _text(
    x: float,
    y: float,
    words: str,
    *,
    size: int = 11,
    anchor: str = "start",
    colour: str = "#212529",
    turned: bool = False,
) -> str:
    turn = f' transform="rotate(-90 {x:.0f} {y:.0f})"' if turned else ""
    return (
        f'<text x="{x:.0f}" y="{y:.0f}" font-size="{size}" text-anchor="{anchor}" fill="{colour}"{turn}>{words}</text>'
    )


def _svg(width: float, height: float, parts: Iterable[str]) -> str:
    body = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" '
        f'font-family="sans-serif">\n<rect width="100%" height="100%" fill="#ffffff"/>\n{body}\n</svg>\n'
    )
