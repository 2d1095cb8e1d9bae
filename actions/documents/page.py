"""What every printed page of ours is made of: a sheet of A4, its colours, and text that wraps and fits."""

from __future__ import annotations

from xml.sax.saxutils import escape

from reportlab.lib.colors import Color, HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Paragraph

from actions.documents import fonts

WIDTH, HEIGHT = A4
MARGIN = 20 * mm
INK, SOFT, LINE = HexColor("#1d2521"), HexColor("#57615c"), HexColor("#b9beb9")


def write(
    canvas: Canvas,
    text: str,
    x: float,
    y: float,
    width: float,
    *,
    size: float,
    bold: bool = False,
    color: Color = INK,
    most: float | None = None,
) -> float:
    """Wrap text below y; answers where it ends. What is taller than `most` gets smaller letters until it fits."""
    while True:
        font = fonts.BOLD if bold else fonts.REGULAR
        style = ParagraphStyle("retour", fontName=font, fontSize=size, leading=size * 1.3, textColor=color)
        paragraph = Paragraph(fonts.marked_up(escape(text).replace("\n", "<br/>")), style)
        height: float = paragraph.wrap(width, HEIGHT)[1]
        if most is None or height <= most or size <= 5:
            paragraph.drawOn(canvas, x, y - height)
            return y - height
        size -= 0.5
