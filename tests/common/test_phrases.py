"""Shoppers' words out of domain.yml."""

from __future__ import annotations

from pathlib import Path

import pytest

from common.errors import NotFoundError
from common.phrases import Phrases

RESPONSES = {
    "utter_amount": [
        {"condition": [{"type": "slot", "name": "language", "value": "fr"}], "text": "Vous recevrez {amount}."},
        {"text": "You get {amount}.", "buttons": [{"title": "Yes, {amount}", "payload": '/choose{"slot":"a"}'}]},
    ]
}


def test_the_language_picks_the_variation() -> None:
    phrases = Phrases(RESPONSES)
    assert phrases.render("utter_amount", "fr", {"amount": "9,90 €"}).text == "Vous recevrez 9,90 €."
    assert phrases.render("utter_amount", "en", {"amount": "€9.90"}).text == "You get €9.90."


def test_an_unknown_language_gets_the_default() -> None:
    assert Phrases(RESPONSES).render("utter_amount", "de", {"amount": "1"}).text == "You get 1."


def test_buttons_are_filled_and_their_payload_keeps_its_braces() -> None:
    button = Phrases(RESPONSES).render("utter_amount", "en", {"amount": "€1"}).buttons[0]
    assert button == {"title": "Yes, €1", "payload": '/choose{"slot":"a"}'}


def test_words_of_a_shopper_are_not_taken_for_a_template() -> None:
    assert Phrases(RESPONSES).render("utter_amount", "en", {"amount": "{language}"}).text == "You get {language}."


def test_an_unknown_response_and_a_missing_file_are_errors(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="utter_nothing"):
        Phrases(RESPONSES).render("utter_nothing", "en")
    with pytest.raises(NotFoundError, match="nowhere"):
        Phrases.load(tmp_path / "nowhere.yml")
