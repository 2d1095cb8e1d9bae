"""News of a case go to the channel its shopper used last, each once, in the language spoken there."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from actions.cases import jobs, notices
from actions.cases.model import Case
from actions.orders import service as orders
from actions.runtime import Runtime
from common.database import transaction
from common.outbox import Conversation, OutboxRow
from tests.factories import NOW, create_case, create_conversation, create_order


@pytest.fixture
def case(session: Session) -> Case:
    found = create_case(session)
    spoke(session, found.conversation_id, minutes=0)
    return found


def spoke(session: Session, conversation_id: str, *, minutes: int) -> None:
    session.get_one(Conversation, conversation_id).last_inbound_at = NOW + timedelta(minutes=minutes)
    session.flush()


def follows(session: Session, case: Case, channel: str, *, minutes: int, language: str = "en") -> Conversation:
    """Another conversation in which the order of the case was proven."""
    talk = create_conversation(session, channel=channel, language=language)
    spoke(session, talk.id, minutes=minutes)
    orders.follow(session, case.order_id, talk.id, now=NOW)
    return talk


def places(session: Session) -> list[tuple[str, str]]:
    query = sa.select(Conversation.channel, OutboxRow.body).join(Conversation).order_by(OutboxRow.id)
    return [(channel, body["language"]) for channel, body in session.execute(query)]


def tell(session: Session, case: Case, event: str) -> bool:
    return notices.tell(session, case, "utter_case_expired", event=event, now=NOW)


def test_they_go_to_the_channel_used_last_and_back_again(session: Session, case: Case) -> None:
    tell(session, case, "a")
    whatsapp = follows(session, case, "whatsapp", minutes=5, language="fr")
    tell(session, case, "b")
    assert notices.language(session, case) == "fr"
    follows(session, case, "telegram", minutes=9)
    tell(session, case, "c")
    spoke(session, whatsapp.id, minutes=20)
    tell(session, case, "d")
    spoke(session, case.conversation_id, minutes=30)
    tell(session, case, "e")
    assert places(session) == [("web", "en"), ("whatsapp", "fr"), ("telegram", "en"), ("whatsapp", "fr"), ("web", "en")]


def test_what_was_told_on_one_channel_is_not_told_again_on_another(session: Session, case: Case) -> None:
    assert tell(session, case, "a")
    follows(session, case, "telegram", minutes=5)
    assert not tell(session, case, "a")
    assert places(session) == [("web", "en")]


def test_who_has_turned_to_another_order_there_is_not_told_there(session: Session, case: Case) -> None:
    talk = follows(session, case, "telegram", minutes=5)
    orders.follow(session, create_order(session).id, talk.id, now=NOW)
    tell(session, case, "a")
    assert places(session) == [("web", "en")]


def test_somebody_elses_conversation_hears_nothing(session: Session, case: Case) -> None:
    stranger = create_conversation(session, channel="telegram")
    spoke(session, stranger.id, minutes=50)
    tell(session, case, "a")
    assert places(session) == [("web", "en")]


def test_the_reminder_before_the_deadline_goes_there_too(runtime: Runtime) -> None:
    with transaction(runtime.engine) as session:
        found = create_case(session, status="awaiting_parcel", return_by=NOW + timedelta(days=4))
        spoke(session, found.conversation_id, minutes=0)
        follows(session, found, "telegram", minutes=5, language="fr")
        case_id = found.id
    remind = jobs.handlers(runtime)["case.remind"]
    for _ in range(2):
        remind({"case_id": case_id})
    with transaction(runtime.engine) as session:
        assert places(session) == [("telegram", "fr")]
        (row,) = session.scalars(sa.select(OutboxRow))
        assert row.body["response"] == "utter_case_reminder"
        assert row.body["parameters"]["deadline"] == "27/11/2026"
