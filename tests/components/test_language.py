"""Which language a message is in, from one word to a paragraph."""

import pytest
from rasa.shared.nlu.training_data.message import Message

from components.language import LanguageDetector, detect

FRENCH = [
    "oui", "non", "merci", "nan", "ouais", "slt", "bjr", "bonjour", "d'accord", "les deux", "ça va", "svp", "cassé",
    "la tasse", "c'est cassé", "trop petit", "ou est mon colis", "jai pas recu ma cmd", "je veux etre remboursé 1042",
    "voici mon mail lena@example.com", "en français", "je veux un refund", "parfait", "au revoir",
    "bonjour, le colis est arrivé hier et la lampe ne marche pas, que dois-je faire ?",
]  # fmt: skip
ENGLISH = [
    "yes", "no", "thanks", "hi", "hello", "please", "both", "the mug", "broken", "too small", "where is my order",
    "i want my money back 1042", "my email is lena@example.com", "it's broken", "nope", "english please",
    "dont want it anymore", "hey so the parcel came yesterday and the lamp does not work, what now?",
]  # fmt: skip
NEITHER = [
    "1042",
    "#1042",
    "lena@example.com",
    "ok",
    "FR-2023-00017",
    "RMA-7K2P9",
    "👍",
    "???",
    "06 12 34 56 78",
    "stop",
    "",
]


@pytest.mark.parametrize("text", FRENCH)
def test_french_is_recognised_surely(text):
    assert detect(text).code == "fr"
    assert detect(text).confidence >= 0.8


@pytest.mark.parametrize("text", ENGLISH)
def test_english_is_recognised_surely(text):
    assert detect(text).code == "en"
    assert detect(text).confidence >= 0.8


@pytest.mark.parametrize("text", NEITHER)
def test_what_shows_no_language_gives_no_confidence(text):
    assert detect(text).confidence < 0.8


def test_the_entity_covers_the_message_and_carries_the_confidence():
    (message,) = detector().process([Message(data={"text": "oui merci"})])
    (entity,) = message.get("entities")
    assert (entity["entity"], entity["value"], entity["start"], entity["end"]) == ("language", "fr", 0, 9)
    assert entity["confidence_entity"] >= 0.8


def test_no_entity_without_confidence():
    (message,) = detector().process([Message(data={"text": "1042"})])
    assert message.get("entities", []) == []


def detector() -> LanguageDetector:
    return LanguageDetector(LanguageDetector.get_default_config())
