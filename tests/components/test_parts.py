"""Several wishes in one message."""

import pytest

from components.parts import main_intent, split


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        (
            "it's broken and where is my refund for the other one",
            ["it's broken", "where is my refund for the other one"],
        ),
        (
            "I want to return the shoes. Who pays for the shipping?",
            ["I want to return the shoes.", "Who pays for the shipping?"],
        ),
        (
            "ma veste est trop petite, et est-ce que je paie le retour ?",
            ["ma veste est trop petite", "est-ce que je paie le retour ?"],
        ),
        ("where is order 1042, also cancel order 1043", ["where is order 1042", "also cancel order 1043"]),
        ("track my order", []),
        ("the mug and the plates", []),
        ("hello. thanks", []),
        ("ok. ", []),
        ("", []),
    ],
)
def test_where_a_message_is_cut(text, parts):
    assert split(text) == parts


def answers(*names, confidence=0.9):
    return [{"name": name, "confidence": confidence} for name in names]


def test_the_first_clear_part_speaks_for_a_message_that_is_unclear_as_a_whole():
    (whole,) = answers("out_of_scope", confidence=0.3)
    parts = answers("greet", "cancel_order", "track_order")
    assert main_intent(whole, parts, 0.8) == parts[1]
    assert main_intent(whole, answers("cancel_order", confidence=0.5), 0.8) == whole
    (clear,) = answers("track_order", confidence=0.6)
    assert main_intent(clear, parts, 0.8) == clear
