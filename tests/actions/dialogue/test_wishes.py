"""Two wishes in one message are told from one that only sounds like two."""

from __future__ import annotations

import pytest

from actions.dialogue.wishes import reported, second


@pytest.mark.parametrize(
    ("text", "topic", "report"),
    [
        ("it's broken and where is my refund for the other one", "refund", "it's broken"),
        ("La tasse est cassée. Et où est mon remboursement pour l'autre commande ?", "refund", "la tasse est cassee"),
        ("the sweater is too small, and when will my other parcel arrive?", "track_order", "the sweater is too small"),
        ("où est mon autre colis ? le casque ne marche pas", "track_order", "le casque ne marche pas"),
        ("my mug is broken, also cancel order 1043", "cancel_order", "my mug is broken"),
        ("Annulez ma commande FR-2023-00017, et la tasse est cassée", "cancel_order", "la tasse est cassee"),
        ("please cancel my other order. this one came broken", "cancel_order", "this one came broken"),
    ],
)
def test_a_question_about_another_order_beside_a_report(text: str, topic: str, report: str) -> None:
    wish = second(text)
    assert wish is not None
    assert (wish.topic, wish.report) == (topic, report)


@pytest.mark.parametrize(
    "text",
    [
        "where is my parcel? it never arrived",
        "the mug is broken, where is my refund?",
        "my other mug is broken and the bag is torn",
        "where is my refund for the other order?",
        "the mug is broken, cancel my order",
        "cancel order 1043, i changed the address",
        "the lamp is broken, how long does a refund take for another one?",
        "",
    ],
)
def test_one_matter_is_one_wish(text: str) -> None:
    assert second(text) is None


@pytest.mark.parametrize(
    ("text", "report"),
    [
        ("the mug is broken, who pays for sending it back?", "the mug is broken"),
        ("Le pull est trop petit. Combien de temps pour être remboursé ?", "le pull est trop petit"),
        ("if the mug is broken, who pays?", None),
        ("et si elle est cassée, qui paie ?", None),
        ("who pays when it is broken?", None),
        ("how long do I have?", None),
    ],
)
def test_what_a_question_about_the_terms_reports(text: str, report: str | None) -> None:
    assert reported(text) == report
