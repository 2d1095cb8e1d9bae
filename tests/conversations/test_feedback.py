"""After the case, with real Rasa: a score by button, then words; whatever else is said instead is answered."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from actions.feedback.model import Rating
from common.database import transaction
from common.ids import new_id
from tests.conversations import world
from tests.conversations.talk import System, Talk

pytestmark = [pytest.mark.stack, pytest.mark.slow]

_LAST = {
    "en": "The glaze had bubbles, it looked like order made in a hurry.",
    "fr": "L'émail avait des bulles, dommage.",
}


def finished(system: System, language: str) -> Talk:
    """A conversation whose request was accepted a moment ago."""
    email = f"{new_id('mail')}@example.com"
    with transaction(system.engine) as session:
        number = world.add_order(session, "mug", email).number
    talk = Talk(system, language)
    wish = f"order {number} came broken, I want my money back"
    talk.say(wish if language == "en" else f"la commande {number} est arrivée cassée, je veux être remboursé")
    talk.say(email)
    talk.send_photos(talk.photo(), talk.photo())
    talk.say("yes" if language == "en" else "oui")
    assert talk.case() is not None, talk
    return talk


def score(talk: Talk, number: int) -> None:
    case = talk.case()
    assert case is not None
    # The question itself is posted by a job; its buttons carry this.
    talk.buttons = {"score": f'/choose{{"slot":"feedback_score","value":"{case.reference} {number}"}}'}
    talk.press("score")


def kept(system: System, talk: Talk) -> tuple[int | None, str | None]:
    case = talk.case()
    assert case is not None
    with Session(system.engine) as session:
        rating = session.get(Rating, case.id)
        return (rating.score, rating.comment) if rating else (None, None)


@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_score_and_a_few_words(system: System, language: str) -> None:
    talk = finished(system, language)
    score(talk, 4)
    assert talk.said == ["utter_ask_comment"], talk
    # Words that elsewhere would begin another return.
    talk.say(_LAST[language])
    assert talk.said == ["utter_feedback_thanks"], talk
    assert kept(system, talk) == (4, _LAST[language])
    assert talk.cases() == 1


def test_no_words_are_fine_and_a_poor_score_is_offered_a_person(system: System) -> None:
    talk = finished(system, "en")
    score(talk, 1)
    talk.press("No, thanks")
    assert talk.said == ["utter_feedback_sorry"], talk
    assert kept(system, talk) == (1, None)
    assert "Talk to a person" in talk.buttons


@pytest.mark.parametrize(
    ("said", "answered"),
    [
        ("I want to talk to a person", "utter_handoff"),
        ("where is my refund?", "utter_status_refunding"),
        ("how long does a refund take?", "utter_policy_refund_time"),
    ],
)
def test_what_is_no_comment_is_answered_and_the_score_stays(system: System, said: str, answered: str) -> None:
    talk = finished(system, "en")
    score(talk, 3)
    talk.say(said)
    assert any(name.startswith(answered) for name in talk.said), talk
    assert kept(system, talk) == (3, None)


def test_a_second_button_of_the_question_changes_the_score(system: System) -> None:
    talk = finished(system, "en")
    score(talk, 2)
    score(talk, 5)
    talk.say("It went well after all")
    assert kept(system, talk) == (5, "It went well after all")


def test_a_score_for_a_case_of_somebody_else_is_not_kept(system: System) -> None:
    mine, other = finished(system, "en"), finished(system, "en")
    case = other.case()
    assert case is not None
    mine.buttons = {"score": f'/choose{{"slot":"feedback_score","value":"{case.reference} 1"}}'}
    mine.press("score")
    assert mine.said == ["utter_choice_outdated", "utter_menu"]
    assert kept(system, other) == (None, None)
