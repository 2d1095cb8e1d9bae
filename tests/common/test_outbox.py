"""Messages for shoppers: in the caller's transaction, once, and in order."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from common.database import Base, make_engine, transaction
from common.errors import NotFoundError
from common.outbox import Conversation, OutboxRow, OutMessage, next_seq, post

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)


@pytest.fixture
def database(tmp_path: Path) -> sa.Engine:
    engine = make_engine(f"sqlite:///{tmp_path / 'outbox.db'}")
    Base.metadata.create_all(engine, tables=[Conversation.__table__, OutboxRow.__table__])
    with transaction(engine) as session:
        session.add(Conversation(id="conv_1", channel="web", channel_user="u1", language="fr", created_at=NOW))
    return engine


def rows(engine: sa.Engine) -> list[tuple[int, str]]:
    with transaction(engine) as session:
        return [(row.seq, row.key) for row in session.scalars(sa.select(OutboxRow).order_by(OutboxRow.seq))]


def test_the_same_key_is_said_once(database: sa.Engine) -> None:
    for expected in (True, False):
        with transaction(database) as session:
            assert post(session, "conv_1", OutMessage(response="utter_x"), key="case:1", now=NOW) is expected
    assert [key for _, key in rows(database)] == ["case:1"]


def test_a_fact_that_is_rolled_back_is_not_told(database: sa.Engine) -> None:
    with pytest.raises(RuntimeError), transaction(database) as session:
        post(session, "conv_1", OutMessage(text="x"), key="case:1", now=NOW)
        raise RuntimeError
    assert rows(database) == []


def test_the_language_is_that_of_the_moment(database: sa.Engine) -> None:
    with transaction(database) as session:
        post(session, "conv_1", OutMessage(response="utter_x"), key="a", now=NOW)
        session.execute(sa.update(Conversation).values(language="en"))
        post(session, "conv_1", OutMessage(response="utter_x"), key="b", now=NOW)
        bodies = session.scalars(sa.select(OutboxRow.body).order_by(OutboxRow.seq)).all()
    assert [body["language"] for body in bodies] == ["fr", "en"]


def test_an_unknown_conversation_is_an_error(database: sa.Engine) -> None:
    with pytest.raises(NotFoundError), transaction(database) as session:
        post(session, "conv_none", OutMessage(text="x"), key="a", now=NOW)
    with pytest.raises(NotFoundError), transaction(database) as session:
        next_seq(session, "conv_none")


@given(keys=st.lists(st.sampled_from("abcdef"), max_size=20))
@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_numbers_rise_in_the_order_of_posting(database: sa.Engine, keys: list[str]) -> None:
    with transaction(database) as session:
        session.execute(sa.delete(OutboxRow))
    for key in keys:
        with transaction(database) as session:
            post(session, "conv_1", OutMessage(text=key), key=key, now=NOW)
    assert [key for _, key in rows(database)] == list(dict.fromkeys(keys))
