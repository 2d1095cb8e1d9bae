"""Several wishes in one message."""

import pytest

from components.parts import also, main_intent, split


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        (
            "it's broken and where is my refund for the other one",
            ["it's broken", "and where is my refund for the other one"],
        ),
        (
            "I want to return the shoes. Who pays for the shipping?",
            ["I want to return the shoes.", "Who pays for the shipping?"],
        ),
        (
            "ma veste est trop petite, et est-ce que je paie le retour ?",
            ["ma veste est trop petite,", "et est-ce que je paie le retour ?"],
        ),
        ("where is order 1042, also cancel order 1043", ["where is order 1042,", "also cancel order 1043"]),
        ("track my order", []),
        ("the mug and the plates", []),
        ("hello. thanks", []),
        ("ok. ", []),
        ("", []),
    ],
)
def test_where_a_message_is_cut(text, parts):
    found = split(text)
    assert [part.text for part in found] == parts
    assert all(text[part.start : part.end].strip() == part.text for part in found)


def answers(*names, confidence=0.9):
    return [{"name": name, "confidence": confidence} for name in names]


def test_another_wish_is_named():
    found = answers("report_damaged_or_defective", "check_refund_status")
    assert also("report_damaged_or_defective", found, 0.8) == ["check_refund_status"]
    assert also("check_refund_status", found, 0.8) == ["report_damaged_or_defective"]


@pytest.mark.parametrize(
    ("intent", "parts"),
    [
        ("report_damaged_or_defective", ("report_damaged_or_defective", "return_or_refund_request")),
        ("report_lost_or_not_received", ("report_lost_or_not_received", "track_order")),
        ("check_refund_status", ("return_or_refund_request", "check_refund_status")),
        ("greet", ("greet", "track_order")),
        ("track_order", ("track_order", "out_of_scope", "thank")),
    ],
)
def test_one_wish_in_two_sentences_is_one(intent, parts):
    assert also(intent, answers(*parts), 0.8) == []


def test_a_doubtful_part_is_no_wish():
    assert also("track_order", answers("cancel_order", confidence=0.7), 0.8) == []


def test_the_first_clear_part_speaks_for_a_message_that_is_unclear_as_a_whole():
    (whole,) = answers("out_of_scope", confidence=0.3)
    parts = answers("greet", "cancel_order", "track_order")
    assert main_intent(whole, parts, 0.8) == parts[1]
    assert main_intent(whole, answers("cancel_order", confidence=0.5), 0.8) == whole
    (clear,) = answers("track_order", confidence=0.6)
    assert main_intent(clear, parts, 0.8) == clear
