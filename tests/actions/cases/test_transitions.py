"""The table of a case's life, walked pair by pair."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy.orm import Session

from actions.cases.model import STATUSES, Status
from actions.cases.transitions import ALLOWED_TRANSITIONS, InvalidTransitionError, allowed, note, transition
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


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_every_pair_is_taken_or_refused_as_the_table_says(session: Session, now: datetime) -> None:
    case = create_case(session)
    for start, end in _PAIRS:
        case.status, entries = start, len(case.journal)
        if end in ALLOWED_TRANSITIONS[start]:
            assert allowed(case, end)
            transition(session, case, end, at=now, by="test", why="walk")
            session.refresh(case, ["journal"])
            last = case.journal[-1]
            assert (case.status, last.from_status, last.to_status, len(case.journal)) == (end, start, end, entries + 1)
        else:
            with pytest.raises(InvalidTransitionError) as refused:
                transition(session, case, end, at=now, by="test", why="walk")
            session.refresh(case, ["journal"])
            assert (case.status, len(case.journal), refused.value.code) == (start, entries, "case.transition")


@pytest.mark.parametrize("start", ["refunding", "refunded", "cancelled"])
def test_no_way_leads_back_to_collecting_money_twice(start: Status) -> None:
    assert "refunding" not in ALLOWED_TRANSITIONS[start]


def test_a_note_moves_nothing(session: Session, now: datetime) -> None:
    case = create_case(session, status="received")
    note(session, case, at=now, by="Dana", why="Called the supplier")
    session.refresh(case, ["journal"])
    entry = case.journal[-1]
    assert (case.status, entry.from_status, entry.to_status, entry.by) == ("received", "received", "received", "Dana")
