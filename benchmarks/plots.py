"""Pictures of measurements for the documentation, as SVG."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from pathlib import Path

from reportlab.graphics import renderSVG
from reportlab.graphics.charts.lineplots import LinePlot
from reportlab.graphics.shapes import Drawing, String
from reportlab.lib.colors import HexColor

_WIDTH, _HEIGHT = 640, 280
_INK, _LINE = HexColor("#444444"), HexColor("#1f6feb")
# One point of the curve is the median of so many turns.
_TURNS_A_POINT = 10


def plot_growth(took: Sequence[float], path: Path) -> None:
    """Milliseconds a turn over the length of one conversation; raises ValueError for less than two points."""
    groups = [took[at : at + _TURNS_A_POINT] for at in range(0, len(took), _TURNS_A_POINT)]
    points = [(at * _TURNS_A_POINT + len(group) / 2, statistics.median(group)) for at, group in enumerate(groups)]
    if len(points) < 2:
        raise ValueError(f"a curve needs more than {_TURNS_A_POINT} turns")
    drawing = Drawing(_WIDTH, _HEIGHT)
    plot = LinePlot()
    plot.x, plot.y, plot.width, plot.height = 50, 40, _WIDTH - 75, _HEIGHT - 80
    plot.data = [points]
    plot.lines[0].strokeColor, plot.lines[0].strokeWidth = _LINE, 1.5
    plot.xValueAxis.valueMin, plot.xValueAxis.valueMax = 0, len(took)
    plot.yValueAxis.valueMin, plot.yValueAxis.valueMax = 0, max(value for _, value in points) * 1.25
    plot.yValueAxis.labelTextFormat = "%.0f"
    drawing.add(plot)
    drawing.add(String(14, _HEIGHT - 22, "Milliseconds a turn, through Rasa and the action server", fillColor=_INK))
    drawing.add(String(_WIDTH - 25, 12, "turn of the conversation", fillColor=_INK, textAnchor="end"))
    path.parent.mkdir(parents=True, exist_ok=True)
    renderSVG.drawToFile(drawing, str(path))
