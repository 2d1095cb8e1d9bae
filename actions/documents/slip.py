"""The return slip as a PDF: a sheet to put into the parcel and, below the line, a label to stick on it.

The same content gives the same bytes. Words come from the caller; here is only where they stand.
"""

from __future__ import annotations

import io
from dataclasses import dataclass

from reportlab.graphics import renderPDF
from reportlab.graphics.barcode.code128 import Code128
from reportlab.graphics.barcode.qr import QrCodeWidget
from reportlab.graphics.shapes import Drawing
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from actions.documents import fonts
from actions.documents.page import HEIGHT, LINE, MARGIN, SOFT, WIDTH, write

_CUT_AT = 118 * mm
# The whole width inside the margins; a longer number gets thinner bars, never a cropped code.
_BARCODE_WIDTH = 170 * mm
_QR_SIZE = 36 * mm
# Below this the list of items ends with how many more there are.
_LIST_ENDS_AT = _CUT_AT + 28 * mm


@dataclass(frozen=True)
class SlipWords:
    """The slip's labels and sentences in one language."""

    title: str
    return_to: str
    rma: str
    reference: str
    deadline: str
    items: str
    cut: str
    note: str


@dataclass(frozen=True)
class SlipLine:
    name: str
    sku: str
    quantity: int


@dataclass(frozen=True)
class Slip:
    """What one return slip says. `number` is the RMA number, or our reference when the supplier has none."""

    shop: str
    reference: str
    number: str
    return_address: str
    instructions: str
    lines: tuple[SlipLine, ...]
    words: SlipWords


def barcode(number: str) -> Code128:
    """The number as Code 128, as wide as the label allows."""
    thin = Code128(number, barWidth=1, quiet=False)
    return Code128(number, barHeight=16 * mm, barWidth=min(0.5 * mm, _BARCODE_WIDTH / thin.width), quiet=False)


def qr_code(number: str) -> QrCodeWidget:
    """The same number for a phone's camera."""
    return QrCodeWidget(number, barLevel="M", barWidth=_QR_SIZE, barHeight=_QR_SIZE, barBorder=0)


def render(slip: Slip) -> bytes:
    """The PDF, one page of A4."""
    fonts.register()
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4, invariant=1)
    canvas.setTitle(f"{slip.words.title} {slip.reference}")
    canvas.setAuthor(slip.shop)
    _sheet(canvas, slip)
    _cut_line(canvas, slip.words.cut)
    _label(canvas, slip)
    canvas.showPage()
    canvas.save()
    return out.getvalue()


def _sheet(canvas: Canvas, slip: Slip) -> None:
    words = slip.words
    y = write(canvas, slip.shop, MARGIN, HEIGHT - MARGIN, 110 * mm, size=11, color=SOFT)
    y = write(canvas, words.title, MARGIN, y - 1 * mm, 170 * mm, size=22, bold=True)
    y = _pair(canvas, words.reference, slip.reference, MARGIN, y - 5 * mm)
    _pair(canvas, words.rma, slip.number, MARGIN + 85 * mm, y + 13 * mm)
    y = write(canvas, words.deadline, MARGIN, y - 4 * mm, 170 * mm, size=11.5, bold=True)
    y = write(canvas, words.items, MARGIN, y - 6 * mm, 170 * mm, size=9, color=SOFT)
    for index, line in enumerate(slip.lines):
        if y < _LIST_ENDS_AT:
            y = _item(canvas, f"+ {len(slip.lines) - index}", "…", "", y - 1.5 * mm)
            break
        y = _item(canvas, f"{line.quantity} ×", line.name, line.sku, y - 1.5 * mm)
    room = y - _CUT_AT - 8 * mm
    for text in (slip.instructions, words.note):
        if text and room > 12 * mm:
            bottom = write(canvas, text, MARGIN, y - 5 * mm, 170 * mm, size=10, most=room - 5 * mm)
            room, y = room - (y - bottom), bottom


def _item(canvas: Canvas, quantity: str, name: str, sku: str, y: float) -> float:
    write(canvas, quantity, MARGIN, y, 15 * mm, size=10.5)
    write(canvas, sku, MARGIN + 125 * mm, y, 45 * mm, size=9, color=SOFT, most=6 * mm)
    bottom = write(canvas, name or " ", MARGIN + 15 * mm, y, 108 * mm, size=10.5, most=12 * mm)
    canvas.setStrokeColor(LINE)
    canvas.setLineWidth(0.4)
    canvas.line(MARGIN, bottom - 1.2 * mm, WIDTH - MARGIN, bottom - 1.2 * mm)
    return bottom - 1.2 * mm


def _cut_line(canvas: Canvas, text: str) -> None:
    canvas.setStrokeColor(SOFT)
    canvas.setLineWidth(0.6)
    canvas.setDash(3, 3)
    canvas.line(0, _CUT_AT, WIDTH, _CUT_AT)
    canvas.setDash()
    write(canvas, text, MARGIN, _CUT_AT - 1.5 * mm, 170 * mm, size=8.5, color=SOFT)


def scannable(slip: Slip) -> str:
    """What the bars say: the return number, or our reference where Code 128 has no letters for that."""
    return slip.number if slip.number.isascii() and slip.number.isprintable() else slip.reference


def _label(canvas: Canvas, slip: Slip) -> None:
    top = _CUT_AT - 14 * mm
    y = write(canvas, slip.words.return_to, MARGIN, top, 118 * mm, size=9, color=SOFT)
    write(canvas, slip.return_address, MARGIN, y - 1 * mm, 118 * mm, size=14, bold=True, most=36 * mm)
    drawing = Drawing(_QR_SIZE, _QR_SIZE)
    drawing.add(qr_code(slip.number))
    renderPDF.draw(drawing, canvas, WIDTH - MARGIN - _QR_SIZE, top - _QR_SIZE)
    # Black bars, whatever was drawn before: scanners want contrast.
    canvas.setFillColorRGB(0, 0, 0)
    barcode(scannable(slip)).drawOn(canvas, MARGIN, 30 * mm)
    write(canvas, f"{slip.words.rma}  {slip.number}", MARGIN, 28 * mm, 118 * mm, size=11, bold=True)
    write(canvas, slip.reference, WIDTH - MARGIN - _QR_SIZE, 28 * mm, _QR_SIZE, size=9, color=SOFT)


def _pair(canvas: Canvas, label: str, value: str, x: float, y: float) -> float:
    below = write(canvas, label, x, y, 80 * mm, size=9, color=SOFT)
    write(canvas, value, x, below, 80 * mm, size=13, bold=True, most=9 * mm)
    return y - 13 * mm
