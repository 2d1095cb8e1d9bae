"""What shoppers call the things they bought."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actions.catalogue.matching import Matches, NamedLine, match_lines

MUG = NamedLine("mug", "MUG-BLUE", ("Blue ceramic mug", "Tasse en céramique bleue"), 2)
RED = NamedLine("red", "MUG-RED", ("Red ceramic mug", "Tasse en céramique rouge"), 1)
BAG = NamedLine("bag", "BAG-CANVAS", ("Canvas bag", "Sac en toile"), 1)
SWEATER = NamedLine("sweater", "SWEATER-M", ("Wool sweater, size M", "Pull en laine, taille M"), 1)
THREE = (MUG, RED, BAG)


def names(found: Matches) -> list[str]:
    return [match.line_id for match in found.lines]


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("the blue one", "en", ["mug"]),
        ("la bleue", "fr", ["mug"]),
        ("the bag", "en", ["bag"]),
        ("le sac en toile svp", "fr", ["bag"]),
        ("canvs bag", "en", ["bag"]),
        ("sacc", "fr", ["bag"]),
        ("the red cup", "en", ["red"]),
        ("TASSE ROUGE", "fr", ["red"]),
        ("ceramique blue", "fr", ["mug"]),
        ("I dropped nothing, the blue mug came like that", "en", ["mug"]),
        ("the blue mug and the bag", "en", ["mug", "bag"]),
        ("la tasse rouge et le sac", "fr", ["red", "bag"]),
        ("mug-red", "en", ["red"]),
        ("the second one", "en", ["red"]),
        ("la dernière", "fr", ["bag"]),
        ("both mugs", "en", ["mug", "red"]),
        ("les deux tasses", "fr", ["mug", "red"]),
        ("everything except the bag", "en", ["mug", "red"]),
        ("tout sauf la tasse rouge", "fr", ["mug", "bag"]),
        ("the mugs but not the red one", "en", ["mug"]),
        ("sauf le sac", "fr", ["mug", "red"]),
        ("all three", "en", ["mug", "red", "bag"]),
        ("les trois", "fr", ["mug", "red", "bag"]),
        ("everything", "en", ["mug", "red", "bag"]),
        ("tout", "fr", ["mug", "red", "bag"]),
        ("toute la commande", "fr", ["mug", "red", "bag"]),
        ("all of it please", "en", ["mug", "red", "bag"]),
        ("tous les articles", "en", ["mug", "red", "bag"]),
    ],
)
def test_one_meaning(text: str, language: str, expected: list[str]) -> None:
    found = match_lines(text, THREE, language)
    assert (found.kind, names(found)) == ("sure", expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("the mug", ["mug", "red"]), ("tasse", ["mug", "red"]), ("all the mugs", ["mug", "red"])],
)
def test_two_meanings_are_asked_back(text: str, expected: list[str]) -> None:
    found = match_lines(text, THREE, "en")
    assert (found.kind, names(found)) == ("choose", expected)


@pytest.mark.parametrize(
    "text",
    ["", "   ", "hello", "I want my money back", "rien du tout", "tout de suite", "tout le monde", "not at all", "???"],
)
def test_nothing_is_read_into_other_words(text: str) -> None:
    assert match_lines(text, THREE, "fr").kind == "none"


@pytest.mark.parametrize(("text", "language"), [("both", "en"), ("les deux", "fr"), ("les 2", "fr"), ("both", "fr")])
def test_both_of_two(text: str, language: str) -> None:
    assert names(match_lines(text, (MUG, BAG), language)) == ["mug", "bag"]
    assert match_lines(text, THREE, language).kind == "none"
    assert [(item.line_id, item.quantity) for item in match_lines(text, (MUG,), language).lines] == [("mug", 2)]


@pytest.mark.parametrize(
    ("text", "quantity"),
    [
        ("one blue mug", 1),
        ("2 blue mugs", 2),
        ("les deux tasses bleues", 2),
        ("une tasse bleue", 1),
        ("the blue one", None),
        ("5 blue mugs", None),
        ("blue mug", None),
    ],
)
def test_how_many(text: str, quantity: int | None) -> None:
    (match,) = match_lines(text, THREE, "en").lines
    assert (match.line_id, match.quantity) == ("mug", quantity)


def test_a_word_for_it_in_the_other_language_is_enough() -> None:
    english_only = NamedLine("coat", "C", ("Winter coat",), 1)
    assert names(match_lines("le manteau", (english_only, BAG), "fr")) == ["coat"]
    assert names(match_lines("le pull", (SWEATER, BAG), "fr")) == ["sweater"]


@given(st.text(max_size=80), st.sampled_from(["en", "fr", "de"]), st.sampled_from([(), THREE, (BAG,)]))
def test_no_text_breaks_it(text: str, language: str, lines: Any) -> None:
    found = match_lines(text, lines, language)
    assert set(names(found)) <= {line.line_id for line in lines}
    assert (found.kind == "none") == (not found.lines)
    for match in found.lines:
        most = next(line.quantity for line in lines if line.line_id == match.line_id)
        assert match.quantity is None or 1 <= match.quantity <= most
