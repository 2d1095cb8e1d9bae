"""Who answers: every change of hands, allowed and refused, and what the shopper is told."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy.orm import Session

from bot.conversation import service
from bot.conversation.lease import Lease
from bot.handoff import service as handoff
from bot.handoff.service import HandoffRefusedError
from bot.messages import Inbound, MessageRefusedError
from common.errors import NotFoundError
from common.outbox import Conversation
from common.phrases import Phrases


@pytest.fixture
def conversation(session: Session, now: datetime) -> str:
    return service.open_web(session, language="fr", lease=Lease("x"), now=now).conversation.id


def state(session: Session, conversation_id: str) -> tuple[str, str | None]:
    found = session.get(Conversation, conversation_id, populate_existing=True)
    assert found is not None
    return found.state, found.agent


def test_from_asking_to_giving_back(session: Session, conversation: str, phrases: Phrases, now: datetime) -> None:
    assert handoff.ask_for_person(session, conversation, reason="asked")
    assert not handoff.ask_for_person(session, conversation, reason="asked again")
    assert [(w.conversation_id, w.state, w.reason, w.language) for w in handoff.list_waiting(session)] == [
        (conversation, "waiting", "asked", "fr")
    ]
    handoff.take_over(session, conversation, "camille", shown_as="Camille", now=now)
    handoff.take_over(session, conversation, "camille", now=now)
    assert state(session, conversation) == ("human", "camille")
    assert handoff.reply(session, conversation, "camille", " Bonjour ", key="a", now=now)
    assert not handoff.reply(session, conversation, "camille", "Bonjour", key="a", now=now)
    handoff.hand_back(session, conversation, agent="camille", now=now)
    handoff.hand_back(session, conversation, agent="camille", now=now)
    assert state(session, conversation) == ("bot", None)
    assert handoff.list_waiting(session) == []
    messages = handoff.transcript(session, phrases, conversation)
    assert [(m.sender, m.text) for m in messages] == [
        ("system", "Camille a rejoint la conversation et vous répond."),
        ("agent", "Bonjour"),
        ("system", phrases.render("utter_edge_agent_left", "fr").text),
    ]


def test_what_an_agent_signs_in_with_is_not_shown(
    session: Session, conversation: str, phrases: Phrases, now: datetime
) -> None:
    handoff.take_over(session, conversation, "camille-owner", now=now)
    (french,) = handoff.transcript(session, phrases, conversation)
    assert french.text == "Une personne de la boutique a rejoint la conversation et vous répond."
    english = service.open_web(session, language="en", lease=Lease("x"), now=now).conversation.id
    handoff.take_over(session, english, "camille-owner", now=now)
    (told,) = handoff.transcript(session, phrases, english)
    assert told.text == "A colleague of the shop has joined the chat and will answer you."


def test_a_second_time_is_told_again(session: Session, conversation: str, phrases: Phrases, now: datetime) -> None:
    for _ in range(2):
        handoff.take_over(session, conversation, "Camille", now=now)
        handoff.hand_back(session, conversation, now=now)
    assert len(handoff.transcript(session, phrases, conversation)) == 4


def test_nobody_answers_in_a_conversation_that_is_not_theirs(
    session: Session, conversation: str, now: datetime
) -> None:
    with pytest.raises(HandoffRefusedError) as early:
        handoff.reply(session, conversation, "Camille", "Bonjour", key="a", now=now)
    assert early.value.code == "handoff.not_yours"
    handoff.take_over(session, conversation, "Camille", now=now)
    for refused in (
        lambda: handoff.take_over(session, conversation, "Dominique", now=now),
        lambda: handoff.reply(session, conversation, "Dominique", "Bonjour", key="a", now=now),
        lambda: handoff.hand_back(session, conversation, agent="Dominique", now=now),
    ):
        with pytest.raises(HandoffRefusedError):
            refused()
    assert state(session, conversation) == ("human", "Camille")


def test_what_cannot_be_said_or_does_not_exist_is_refused(session: Session, conversation: str, now: datetime) -> None:
    handoff.take_over(session, conversation, "Camille", now=now)
    for text in ("", " \n", "x" * 2_001):
        with pytest.raises(MessageRefusedError):
            handoff.reply(session, conversation, "Camille", text, key="a", now=now)
    with pytest.raises(NotFoundError):
        handoff.take_over(session, "conv_unknown", "Camille", now=now)


def test_asking_for_a_person_while_one_is_there_changes_nothing(
    session: Session, conversation: str, now: datetime
) -> None:
    handoff.take_over(session, conversation, "Camille", now=now)
    assert not handoff.ask_for_person(session, conversation, reason="asked")
    assert state(session, conversation) == ("human", "Camille")


def test_a_long_transcript_is_whole_and_in_order(
    session: Session, conversation: str, phrases: Phrases, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.outbox.service.PAGE", 4)
    handoff.take_over(session, conversation, "Camille", now=now)
    for number in range(10):
        inbound = Inbound("web", f"e{number}", "text", text=f"in {number}")
        service.receive(session, conversation, inbound, phrases=phrases, lease=Lease("x"), now=now)
        handoff.reply(session, conversation, "Camille", f"out {number}", key=str(number), now=now)
    texts = [m.text for m in handoff.transcript(session, phrases, conversation)][1:]
    assert texts == [f"{way} {number}" for number in range(10) for way in ("in", "out")]
