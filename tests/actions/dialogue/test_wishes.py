"""Two wishes in one message are told from one that only sounds like two."""

from __future__ import annotations

import pytest

from actions.dialogue.message import Message, Part
from actions.dialogue.wishes import reported, second


@pytest.mark.parametrize(
    ("text", "topic", "report"),
    [
        ("it's broken and where is my refund for the other one", "refund", "it's broken"),
        ("La tasse est cassée. Et où est mon remboursement pour l'autre commande ?", "refund", "la tasse est cassee"),
        ("the sweater is too small, and when will my other parcel arrive?", "track_order", "the sweater is too small"),
        ("où est mon autre colis ? le casque ne marche pas", "track_order", "le casque ne marche pas"),
        ("my mug is broken, also cancel order 1043", "cancel_order", "my mug is broken"),
        (
            "par ailleurs, annulez ma commande FR-2023-00017, et la tasse est cassée",
            "cancel_order",
            "la tasse est cassee",
        ),
        ("please cancel my other order. this one came broken", "cancel_order", "this one came broken"),
    ],
)
def test_a_question_about_another_order_beside_a_report(text: str, topic: str, report: str) -> None:
    wish = second(Message("", text))
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
        "the mug is broken, cancel order 1042",
        "cancel order 1043, i changed the address",
        "the lamp is broken, how long does a refund take for another one?",
        "",
    ],
)
def test_one_matter_is_one_wish(text: str) -> None:
    assert second(Message("", text)) is None


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
    assert reported(Message("", text)) == report


@pytest.mark.parametrize(
    ("parts", "topic", "report"),
    [
        (
            [
                Part("the kettle leaks", "report_damaged_or_defective"),
                Part("any news of my other parcel?", "track_order"),
            ],
            "track_order",
            "the kettle leaks",
        ),
        (
            [
                Part("une seconde commande n'arrive pas", "report_lost_or_not_received"),
                Part("trop petit", "changed_mind"),
            ],
            "track_order",
            "trop petit",
        ),
        (
            [
                Part("annulez aussi la commande 1043,", "cancel_order"),
                Part("et la tasse", "report_damaged_or_defective"),
            ],
            "cancel_order",
            "et la tasse",
        ),
        (
            [Part("l'assiette a un eclat", "report_damaged_or_defective"), Part("stoppez l'autre", "cancel_order")],
            "cancel_order",
            "l'assiette a un eclat",
        ),
        (
            [Part("the kettle leaks", "report_damaged_or_defective"), Part("any news of my parcel?", "track_order")],
            None,
            "",
        ),
        ([Part("the kettle lives", ""), Part("any news of my other parcel?", "track_order")], None, ""),
    ],
)
def test_parts_count_by_what_they_mean_where_words_say_nothing(
    parts: list[Part], topic: str | None, report: str
) -> None:
    wish = second(Message("", "; ".join(part.text for part in parts), parts=tuple(parts)))
    assert (wish and (wish.topic, wish.report)) == (topic and (topic, report))


def test_the_other_thing_of_an_order_is_no_other_order() -> None:
    broken = Part("one mug has a chip", "report_damaged_or_defective")
    lost = Part("the other never turned up", "report_lost_or_not_received")
    assert second(Message("", "one mug has a chip. the other never turned up", parts=(broken, lost))) is None


def test_a_part_that_only_supposes_reports_nothing() -> None:
    parts = (Part("in case the kettle leaks", "report_damaged_or_defective"), Part("who pays?", "ask_return_shipping"))
    message = Message("ask_return_shipping", "in case the kettle leaks, who pays?", parts=parts)
    assert reported(message) is None
    told = (Part("the kettle leaks", "report_damaged_or_defective"), parts[1])
    assert reported(Message("", "the kettle leaks, who pays?", parts=told)) == "the kettle leaks"
