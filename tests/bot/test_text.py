"""Long texts are cut where people see an end, in whatever script they write."""

from __future__ import annotations

import pytest

from bot.channels.text import cut, length, split

# What people see as one character: skin colour, flag, family, accents of their own, Devanagari, Arabic with vowels.
WHOLE = ["👍🏽", "🇫🇷", "👨‍👩‍👧", "e\u0301", "नि", "مُ", "❤\ufe0f"]


@pytest.mark.parametrize("character", WHOLE)
@pytest.mark.parametrize("limit", range(11, 24))
def test_no_character_is_cut_in_two(character: str, limit: int) -> None:
    for part in split("x" + character * 30, limit):
        assert part.removeprefix("x").replace(character, "") == ""
        assert length(part) <= limit
    assert cut("x" + character * 30, limit).removesuffix("…").removeprefix("x").replace(character, "") == ""


def test_right_to_left_text_is_cut_between_its_sentences() -> None:
    sentence = "وصلت الطلبية مكسورة. "
    assert split(sentence * 6, 3 * len(sentence)) == [sentence * 3, sentence * 3]
