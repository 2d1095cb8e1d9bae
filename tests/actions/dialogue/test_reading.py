"""What is read out of one message, whatever was asked."""

from __future__ import annotations

import pytest

from actions.dialogue.lexicon import things_named
from actions.dialogue.message import Message
from actions.dialogue.reading import read_message


def message(text: str, intent: str = "inform_order_number", **entities: str) -> Message:
    return Message(intent=intent, text=text, entities=entities)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        pytest.param("the mug arrived broken", "damaged", id="broken is damaged"),
        pytest.param("la tasse est arrivée cassée", "damaged", id="cassée is damaged"),
        pytest.param("it doesn't turn on", "defective", id="not turning on is defective"),
        pytest.param("le casque ne marche plus", "defective", id="ne marche plus is defective"),
        pytest.param("it stopped working and the screen is cracked", "damaged", id="cracked outweighs not working"),
        pytest.param("reçu une horloge au lieu d'une lampe", "wrong_item", id="another thing came"),
        pytest.param("rather money instead of a new one", "damaged", id="a wish names no other thing"),
    ],
)
def test_damaged_and_defective_are_told_apart_by_words(text: str, reason: str) -> None:
    assert read_message(message(text, "report_damaged_or_defective"), None).reason == reason


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        pytest.param("it is two sizes too small", "wrong_size", id="too small"),
        pytest.param("trop grand pour moi", "wrong_size", id="trop grand"),
        pytest.param("you sent me the wrong item", "wrong_item", id="wrong item"),
        pytest.param("ce n'est pas le bon modèle, vous avez envoyé un autre article", "wrong_item", id="autre article"),
        pytest.param("wrong size, I got an L instead of an M", "wrong_size", id="a size instead of another"),
    ],
)
def test_size_and_item_are_told_apart_by_words(text: str, reason: str) -> None:
    assert read_message(message(text, "report_wrong_size_or_model"), None).reason == reason


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        pytest.param("the coat turned out too long for me", "wrong_size", id="too long"),
        pytest.param("la veste est finalement trop large", "wrong_size", id="trop large"),
        pytest.param("I changed my mind, it is too long anyway", "changed_mind", id="plainly changed the mind"),
        pytest.param("my sister already has one in size M", "changed_mind", id="a size is no fault"),
        pytest.param("nothing is broken, I just never use it", None, id="a fault that may be denied is asked about"),
    ],
)
def test_second_thoughts_that_name_a_fault(text: str, reason: str | None) -> None:
    assert read_message(message(text, "changed_mind"), None).reason == reason


@pytest.mark.parametrize(
    ("text", "asked", "reason", "outcome"),
    [
        pytest.param("esayez ann@example.com", "identify_proof", None, None, id="an address is no wish"),
        pytest.param("l'autre c'est 1042", "identify_order_number", None, None, id="a number is no wish"),
        pytest.param("1042, send me a replacement", "identify_order_number", None, "replacement", id="a wish in words"),
        pytest.param("esayez celle du haut", "identify_proof", None, "replacement", id="no answer is read as ever"),
    ],
)
def test_who_answers_who_they_are_wishes_nothing_by_resemblance(
    text: str, asked: str, reason: str | None, outcome: str | None
) -> None:
    found = read_message(message(text, "request_exchange"), asked)
    assert (found.reason, found.outcome) == (reason, outcome)


@pytest.mark.parametrize(
    ("text", "asks"),
    [
        pytest.param(
            "What a joke. the lamp stopped working after one evening. I won't buy here again.", False, id="en"
        ),
        pytest.param("Quelle honte ! la lampe ne s'allume pas", False, id="fr"),
        pytest.param("what a joke, where is it?", True, id="a question follows"),
        pytest.param("quelle taille faut-il choisir", True, id="quelle asks"),
        pytest.param("what a nice lamp do you have", True, id="no end of the exclamation"),
    ],
)
def test_an_exclamation_asks_nothing(text: str, asks: bool) -> None:
    found = read_message(message(text, "report_damaged_or_defective"), None)
    assert found.question is asks


def test_everything_in_one_message_is_read() -> None:
    found = read_message(
        message("order 1042 came broken, I want my money back, ann@example.com", order_number="1042"), None
    )
    assert (found.order_number, found.email, found.reason, found.outcome) == (
        "1042",
        "ann@example.com",
        "damaged",
        "refund",
    )
    assert found.description is not None
    assert "ann@example.com" not in found.description


@pytest.mark.parametrize(
    ("text", "asked", "number"),
    [
        pytest.param("1042", "identify_order_number", "1042", id="bare"),
        pytest.param("it's #1042", "identify_order_number", "#1042", id="hash"),
        pytest.param("FR-2023-00017", "identify_order_number", "FR-2023-00017", id="with letters"),
        pytest.param("98", "identify_order_number", "98", id="a young shop's number"),
        pytest.param("2", "identify_proof", None, id="asked for the e-mail a small number is none"),
        pytest.param("do you need the 12 digits?", "identify_order_number", None, id="a question is no answer"),
        pytest.param("ann1042@example.com", "identify_order_number", None, id="digits in an e-mail"),
    ],
)
def test_an_order_number_is_read_where_it_was_asked_for(text: str, asked: str, number: str | None) -> None:
    assert read_message(message(text, "nlu_fallback"), asked).order_number == number


@pytest.mark.parametrize(
    ("text", "quantity"),
    [
        pytest.param("2", 2, id="digit"),
        pytest.param("both of them", 2, id="both"),
        pytest.param("les deux", 2, id="les deux"),
        pytest.param("just one", 1, id="one"),
        pytest.param("une seule", 1, id="une"),
        pytest.param("no", None, id="no number"),
    ],
)
def test_a_quantity_is_read_in_words_when_asked(text: str, quantity: int | None) -> None:
    assert (
        read_message(message(text, "deny" if text == "no" else "affirm"), "open_return_quantity").quantity == quantity
    )


def test_a_question_is_never_a_description() -> None:
    found = read_message(message("why do you want to know that?", "nlu_fallback"), "open_return_description")
    assert found.description is None


@pytest.mark.parametrize(
    "text",
    ["I don't have any photo", "no pictures sorry", "je n'ai pas de photo", "aucune photo", "I threw it away"],
)
def test_having_no_photo_is_understood(text: str) -> None:
    assert read_message(message(text, "report_not_as_described"), "open_return_photos").no_photo


@pytest.mark.parametrize(
    ("text", "intent", "drops"),
    [
        pytest.param("cancel", "cancel_order", True, id="cancel alone"),
        pytest.param("annulez ma demande", "change_or_cancel_return", True, id="the request"),
        pytest.param("cancel my order", "cancel_order", False, id="the order is something else"),
        pytest.param("can I cancel later?", "change_or_cancel_return", False, id="a question drops nothing"),
        pytest.param("change the reason", "change_or_cancel_return", False, id="a change is no cancellation"),
    ],
)
def test_giving_up_a_request_is_told_from_cancelling_an_order(text: str, intent: str, drops: bool) -> None:
    assert read_message(message(text, intent), "open_return_reason").drops is drops


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        pytest.param("my money back please", "refund", id="money back"),
        pytest.param("un échange", "replacement", id="échange"),
        pytest.param("a new one", "replacement", id="a new one"),
        pytest.param("a voucher", "store_credit", id="voucher"),
        pytest.param("un bon d'achat", "store_credit", id="bon d'achat"),
        pytest.param("just the mney", "refund", id="a slip in money"),
        pytest.param("refud me please", "refund", id="a slip in refund"),
        pytest.param("plutôt un rempalcement", "replacement", id="two letters changed places"),
        pytest.param("un agent", None, id="an agent is a person"),
        pytest.param("whatever", None, id="nothing said"),
    ],
)
def test_the_wish_is_read_when_asked(text: str, outcome: str | None) -> None:
    assert read_message(message(text, "nlu_fallback"), "open_return_outcome").outcome == outcome


@pytest.mark.parametrize(
    "text", ["no, it is two of them", "wrong e-mail", "en fait c'est trop petit", "pardon, le sac"]
)
def test_a_correction_is_recognised(text: str) -> None:
    assert read_message(message(text, "nlu_fallback"), None).correction


@pytest.mark.parametrize(
    ("text", "left"),
    [
        pytest.param("le sac est cassé", "le sac est", id="cassé is not the tasse"),
        pytest.param("not the mug, the bag", ", the bag", id="what is denied is not meant"),
        pytest.param("pas la tasse mais le sac", "mais le sac", id="denied in French"),
    ],
)
def test_only_things_are_left_to_be_matched_with_an_order(text: str, left: str) -> None:
    assert things_named(text).split() == left.split()
