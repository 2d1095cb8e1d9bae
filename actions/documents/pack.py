"""The evidence pack of a claim as one ZIP: a PDF a supplier can file, and the pictures as they are.

The same content gives the same bytes. Words come from the caller; here is only where they stand.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

from reportlab.lib.colors import Color, HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.platypus.doctemplate import SimpleDocTemplate
from reportlab.platypus.flowables import Flowable, Image, KeepTogether, Spacer
from reportlab.platypus.paragraph import Paragraph
from reportlab.platypus.tables import Table, TableStyle

from actions.documents import fonts

_WIDTH = 170 * mm
_PICTURE_HEIGHT = 105 * mm
_INK, _SOFT, _LINE = HexColor("#1d2521"), HexColor("#57615c"), HexColor("#d3d8d5")
# A date of its own, so that packing the same content again gives the same file.
_ZIP_DATE = (2026, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class PackPicture:
    """One picture of the goods; `sha256` is that of `jpeg`."""

    jpeg: bytes
    width: int
    height: int
    sha256: str
    caption: str


@dataclass(frozen=True)
class EvidencePack:
    """What one pack says: a heading, sections of labelled facts or free text, and pictures."""

    name: str
    title: str
    lead: str
    sections: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]
    pictures: tuple[PackPicture, ...]


def build(pack: EvidencePack) -> bytes:
    """The ZIP: `NAME.pdf` and `NAME-1.jpg`, `NAME-2.jpg`, ..."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        _put(archive, f"{pack.name}.pdf", render(pack), zipfile.ZIP_DEFLATED)
        for number, picture in enumerate(pack.pictures, 1):
            # A JPEG does not get smaller.
            _put(archive, f"{pack.name}-{number}.jpg", picture.jpeg, zipfile.ZIP_STORED)
    return out.getvalue()


def _put(archive: zipfile.ZipFile, name: str, data: bytes, method: int) -> None:
    entry = zipfile.ZipInfo(name, _ZIP_DATE)
    entry.compress_type = method
    archive.writestr(entry, data)


def render(pack: EvidencePack) -> bytes:
    """The PDF, pictures included, so that it stands alone where only one file may be filed."""
    fonts.register()
    out = io.BytesIO()
    document = SimpleDocTemplate(
        out, pagesize=A4, leftMargin=20 * mm, rightMargin=20 * mm, topMargin=18 * mm, bottomMargin=18 * mm,
        title=pack.title, invariant=1,
    )  # fmt: skip
    story: list[Flowable] = [_paragraph(pack.title, size=20, bold=True), _paragraph(pack.lead, color=_SOFT)]
    for heading, facts in pack.sections:
        story.append(
            KeepTogether([Spacer(1, 6 * mm), _paragraph(heading, size=12, bold=True), Spacer(1, 1 * mm), _facts(facts)])
        )
    for picture in pack.pictures:
        shown = _paragraph(f"{picture.caption} · SHA-256 {picture.sha256}", size=7.5, color=_SOFT)
        story.append(KeepTogether([Spacer(1, 6 * mm), _image(picture), Spacer(1, 1 * mm), shown]))
    document.build(story)
    return out.getvalue()


def _facts(facts: Sequence[tuple[str, str]]) -> Table:
    # Free text has no label and takes the whole width.
    rows = [[_paragraph(label or value, size=9 if label else 10, color=_SOFT if label else _INK),
             _paragraph(value) if label else ""] for label, value in facts]  # fmt: skip
    spans = [("SPAN", (0, at), (1, at)) for at, (label, _) in enumerate(facts) if not label]
    table = Table(rows, colWidths=[45 * mm, _WIDTH - 45 * mm], hAlign="LEFT")
    table.setStyle(
        TableStyle(
            [
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("LINEBELOW", (0, 0), (-1, -1), 0.4, _LINE),
                ("LEFTPADDING", (0, 0), (0, -1), 0),
                *spans,
            ]
        )
    )
    return table


def _image(picture: PackPicture) -> Image:
    scale = min(_WIDTH / picture.width, _PICTURE_HEIGHT / picture.height)
    image = Image(io.BytesIO(picture.jpeg), width=picture.width * scale, height=picture.height * scale)
    image.hAlign = "LEFT"
    return image


def _paragraph(text: str, *, size: float = 10, bold: bool = False, color: Color = _INK) -> Paragraph:
    font = fonts.BOLD if bold else fonts.REGULAR
    style = ParagraphStyle("pack", fontName=font, fontSize=size, leading=size * 1.35, textColor=color, splitLongWords=1)
    return Paragraph(fonts.marked_up(escape(text).replace("\n", "<br/>")), style)
