"""The receipt of a withdrawal as a PDF: what was declared, about which contract, by whom, and when it was received.

Directive 2011/83/EU, art. 11a(4): on a durable medium, with the content of the declaration and its date and time. The
same content gives the same bytes. Words come from the caller; here is only where they stand.
"""

from __future__ import annotations

import io
from dataclasses import dataclass

from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from actions.documents import fonts
from actions.documents.page import HEIGHT, LINE, MARGIN, SOFT, WIDTH, write

_BOTTOM = 45 * mm


@dataclass(frozen=True)
class Receipt:
    """One receipt. `statement` is the declaration word for word; `rows` are labels with values; `items` the goods."""

    shop: str
    title: str
    reference: str
    statement: str
    rows: tuple[tuple[str, str], ...]
    items_label: str
    items: tuple[str, ...]
    note: str


def render(receipt: Receipt) -> bytes:
    """The PDF; a long list of goods goes on to further pages."""
    fonts.register()
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4, invariant=1)
    canvas.setTitle(f"{receipt.title} {receipt.reference}")
    canvas.setAuthor(receipt.shop)
    y = write(canvas, receipt.shop, MARGIN, HEIGHT - MARGIN, 170 * mm, size=11, color=SOFT)
    y = write(canvas, receipt.title, MARGIN, y - 1 * mm, 170 * mm, size=21, bold=True)
    y = write(canvas, receipt.statement, MARGIN, y - 6 * mm, 170 * mm, size=11.5)
    y -= 5 * mm
    for label, value in receipt.rows:
        write(canvas, label, MARGIN, y, 55 * mm, size=10, color=SOFT)
        y = write(canvas, value, MARGIN + 58 * mm, y, 112 * mm, size=10.5, bold=True) - 2 * mm
    y = write(canvas, receipt.items_label, MARGIN, y - 5 * mm, 170 * mm, size=10, color=SOFT)
    for item in receipt.items:
        if y < _BOTTOM:
            canvas.showPage()
            y = HEIGHT - MARGIN
        y = write(canvas, item, MARGIN, y - 1.5 * mm, 170 * mm, size=10.5) - 1.2 * mm
        canvas.setStrokeColor(LINE)
        canvas.setLineWidth(0.4)
        canvas.line(MARGIN, y, WIDTH - MARGIN, y)
    write(canvas, receipt.note, MARGIN, y - 6 * mm, 170 * mm, size=9.5, color=SOFT)
    canvas.showPage()
    canvas.save()
    return out.getvalue()
