"""What a message says of a seal."""

from __future__ import annotations

import pytest

from actions.dialogue.seal import said


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I opened it", "opened"),
        ("opened, sorry", "opened"),
        ("the seal is broken", "opened"),
        ("I tried them on once", "opened"),
        ("worn once", "opened"),
        ("je l'ai ouvert", "opened"),
        ("je les ai portées une fois", "opened"),
        ("descellé", "opened"),
        ("still sealed", "sealed"),
        ("unopened", "sealed"),
        ("I never opened it", "sealed"),
        ("not opened yet", "sealed"),
        ("I haven't worn them", "sealed"),
        ("it's still closed", "sealed"),
        ("pas ouvert", "sealed"),
        ("je ne l'ai jamais ouvert", "sealed"),
        ("encore scellé", "sealed"),
        ("intact", "sealed"),
        ("je ne les ai pas portées", "sealed"),
        ("hello", None),
        ("what do you mean", None),
        ("", None),
    ],
)
def test_words(text: str, expected: str | None) -> None:
    assert said(text) == expected
