"""Words that put a conversation right, and sentences that only look like them."""

from __future__ import annotations

import pytest

from actions.dialogue import repair
from actions.dialogue.lexicon import things_named
from actions.dialogue.message import Message
from actions.dialogue.reading import read_message


def wanted(text: str, **entities: str) -> str | None:
    return repair.wanted(read_message(Message("deny", text, entities), None))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("go back please", "back"),
        ("Back!", "back"),
        ("can we go back a step", "back"),
        ("Good evening! Can I go back one step. I really appreciate it", "back"),
        ("je voudrais revenir en arrière", "back"),
        ("Question précédente", "back"),
        ("let's start over", "restart"),
        ("on peut recommencer depuis le début ?", "restart"),
        ("je veux repartir de zéro", "restart"),
        ("no, the other order", "other_order"),
        ("non l'autre commande", "other_order"),
        ("I was in the wrong order, sorry", "other_order"),
        ("je me suis trompée", "mistake"),
        ("that's wrong", "mistake"),
        ("c'est pas ça", "mistake"),
    ],
)
def test_a_message_that_puts_something_right(text: str, expected: str | None) -> None:
    assert wanted(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "I want my money back",
        "I'll send it back",
        "it was broken from the beginning",
        "la lampe clignote depuis le début",
        "that's wrong, it is too small",
        "je me suis trompé, je veux un remboursement",
        "I opened the box in front of my neighbour and the other order that came the same day was perfectly fine",
        "",
    ],
)
def test_a_message_that_tells_something_is_read_for_it(text: str) -> None:
    assert wanted(text) is None


def test_a_message_with_an_order_number_names_the_order() -> None:
    assert wanted("no, the other order, 1043", order_number="1043") is None


@pytest.mark.parametrize("text", ["what the FUCK", "bande de connards", "quelle MERDE ce site", "you stupid machine"])
def test_swearing_is_noticed(text: str) -> None:
    assert repair.swears(text)


@pytest.mark.parametrize(
    "text", ["the cover of the shipment", "la merlette du jardin", "it is dented", "le cadre niçois"]
)
def test_a_word_within_a_word_is_no_swearing(text: str) -> None:
    assert not repair.swears(text)


@pytest.mark.parametrize("text", ["hmm", "Euh...", "wait a second", "attendez une seconde", "one moment please"])
def test_hesitation_is_no_failed_answer(text: str) -> None:
    assert repair.hesitates(text)


@pytest.mark.parametrize("text", ["one of them", "deux tasses", "just the mug", "1042 please"])
def test_an_answer_is_no_hesitation(text: str) -> None:
    assert not repair.hesitates(text)


@pytest.mark.parametrize(
    "text",
    [
        "why do you need it?",
        "Euh, où je le trouve ?",
        "c'est quoi la différence ?",
        "how do I send one? My neighbour knows",
    ],
)
def test_a_short_question_may_be_about_the_question(text: str) -> None:
    assert repair.asks_back(text)


@pytest.mark.parametrize(
    "text", ["the lamp is broken", "what will the weather in Lyon be like on the day after tomorrow?", "mug"]
)
def test_other_sentences_are_not(text: str) -> None:
    assert not repair.asks_back(text)


@pytest.mark.parametrize(
    "text",
    [
        "I've had enough of this. I'd rather deal with an actual human. I won't buy here again.",
        "passez-moi un de vos collègues",
        "je veux parler à quelqu'un",
    ],
)
def test_a_person_is_plainly_asked_for(text: str) -> None:
    assert repair.wants_person(text)


@pytest.mark.parametrize("text", ["the person who packed it was careless", "la personne qui a livré", "a real mess"])
def test_a_person_is_only_mentioned(text: str) -> None:
    assert not repair.wants_person(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("une des deux tasses de ma commande", "une tasses de ma commande"),
        ("one of the two mugs", "one mugs"),
        ("both mugs", "both mugs"),
    ],
)
def test_one_of_two_is_one(text: str, expected: str) -> None:
    assert things_named(text) == expected
