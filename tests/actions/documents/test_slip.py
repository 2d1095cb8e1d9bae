from __future__ import annotations

from dataclasses import replace

import pytest

from actions.documents import fonts
from actions.documents.slip import Slip, SlipLine, SlipWords, barcode, qr_code, render, scannable

WORDS = SlipWords("Return slip", "Return to", "Return number", "Reference", "Post it by 30 Nov 2026", "In the parcel",
                  "Cut here", "Put this sheet into the parcel.")  # fmt: skip
SLIP = Slip(
    shop="Maison Lumen",
    reference="RT-7K2P9X",
    number="NW-000042",
    return_address="Northwind Wholesale\nDock 4\nRotterdam",
    instructions="Pack it well.",
    lines=(SlipLine("Wool sweater, size M", "SWEATER-M", 1),),
    words=WORDS,
)


def test_the_same_slip_is_the_same_bytes() -> None:
    first = render(SLIP)
    assert first.startswith(b"%PDF-")
    assert render(SLIP) == first
    assert render(replace(SLIP, number="NW-000043")) != first


def test_barcode_and_qr_say_the_return_number() -> None:
    assert barcode("NW-000042").value == "NW-000042"
    assert qr_code("NW-000042").value == "NW-000042"
    assert scannable(SLIP) == "NW-000042"


def test_a_long_number_gets_thinner_bars_and_stays_on_the_page() -> None:
    long = barcode("RT-7K2P9X-" + "A1" * 27)
    assert long.width <= barcode("A").width + 170 * 72 / 25.4
    assert long.barWidth < barcode("NW-1").barWidth


def test_a_number_bars_cannot_say_leaves_them_our_reference() -> None:
    assert scannable(replace(SLIP, number="返品-42")) == "RT-7K2P9X"
    assert render(replace(SLIP, number="返品-42"))


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"lines": tuple(SlipLine("Long " * 40, "SKU" * 20, 1) for _ in range(60))}, id="many lines"),
        pytest.param({"return_address": "Street 1, " * 50}, id="long address"),
        pytest.param({"instructions": "Do this. " * 500}, id="long instructions"),
        pytest.param({"shop": "A & B <b>", "instructions": "</para><font size=99>&nbsp;"}, id="markup"),
        pytest.param({"return_address": "深圳市南山区\nŁódź\nЛьвів\nالقاهرة\x07"}, id="other scripts"),
        pytest.param({"lines": (), "instructions": "", "return_address": "x"}, id="almost nothing"),
    ],
)
def test_every_slip_is_one_page(changes: dict[str, object]) -> None:
    pdf = render(replace(SLIP, **changes))  # type: ignore[arg-type]
    assert pdf.count(b"/Type /Page\n") == 1


def test_letters_without_a_glyph_are_written_plainer_or_in_a_wider_font() -> None:
    fonts.register()
    assert fonts.marked_up("Łódź, Kraków, Plzeň") == "Łódz, Kraków, Plzen"
    assert fonts.marked_up("12\u202f€") == "12\u00a0€"
    assert fonts.marked_up("深圳 12") == '<font name="STSong-Light">深圳</font> 12'
