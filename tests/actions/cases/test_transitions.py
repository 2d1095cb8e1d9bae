"""The table of a case's life, walked pair by pair."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from actions.cases.model import STATUSES, Status
from actions.cases.transitions import ALLOWED_TRANSITIONS, InvalidTransitionError, allowed, note, transition
from retour.models import metadata
from tests.factories import create_case

_PAIRS = [(start, end) for start in STATUSES for end in STATUSES]


def test_every_status_has_its_row() -> None:
    assert set(ALLOWED_TRANSITIONS) == set(STATUSES)
    assert set().union(*ALLOWED_TRANSITIONS.values()) == set(STATUSES) - {"collecting"}


def test_money_that_went_back_and_cancelled_cases_stay_so() -> None:
    assert {status for status, targets in ALLOWED_TRANSITIONS.items() if not targets} == {
        "refunded",
        "replaced",
        "cancelled",
    }
    assert ALLOWED_TRANSITIONS["refunding"] == {"refunded", "awaiting_review"}


@pytest.fixture(scope="module")
def memory() -> Iterator[Session]:
    """One database in memory for all pairs: what is tested is the table, not the storage."""
    engine = sa.create_engine("sqlite://", poolclass=sa.StaticPool)
    metadata.create_all(engine)
    with Session(engine) as session:
        yield session
    engine.dispose()


@pytest.mark.parametrize(("start", "end"), _PAIRS)
def test_every_pair_is_taken_or_refused_as_the_table_says(
    memory: Session, now: datetime, start: Status, end: Status
) -> None:
    case = create_case(memory, status=start)
    if end in ALLOWED_TRANSITIONS[start]:
        assert allowed(case, end)
        transition(memory, case, end, at=now, by="test", why="walk")
        memory.refresh(case, ["journal"])
        (entry,) = case.journal
        assert (case.status, entry.from_status, entry.to_status) == (end, start, end)
    else:
        with pytest.raises(InvalidTransitionError) as refused:
            transition(memory, case, end, at=now, by="test", why="walk")
        memory.refresh(case, ["journal"])
        assert (case.status, case.journal, refused.value.code) == (start, [], "case.transition")


@pytest.mark.parametrize("start", ["refunding", "refunded", "cancelled"])
def test_no_way_leads_back_to_collecting_money_twice(start: Status) -> None:
    assert "refunding" not in ALLOWED_TRANSITIONS[start]


def test_a_note_moves_nothing(session: Session, now: datetime) -> None:
    case = create_case(session, status="received")
    note(session, case, at=now, by="Dana", why="Called the supplier")
    session.refresh(case, ["journal"])
    entry = case.journal[-1]
    assert (case.status, entry.from_status, entry.to_status, entry.by) == ("received", "received", "received", "Dana")
