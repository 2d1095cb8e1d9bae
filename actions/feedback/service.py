"""Asking for a rating once, and keeping what the shopper gives. Everything in the caller's transaction."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from actions.cases import notices, repository
from actions.cases.model import Case
from actions.feedback.model import SCORES, Rating
from common.engine import enqueue
from common.errors import RefusedError

JOB = "feedback.ask"
# The money is back; a little later the shopper has seen it and still remembers.
ASK_AFTER = timedelta(hours=1)
_LOOK_AGAIN = timedelta(days=1)
_LOOKS = 14
_LONGEST_COMMENT = 2000


def plan(session: Session, case: Case) -> None:
    """Have the shopper asked once the case has ended well; called by each step that may lead to that."""
    _look(session, case.id, case.version, 1, ASK_AFTER)


def _look(session: Session, case_id: str, version: int, number: int, delay: timedelta) -> None:
    payload = {"case_id": case_id, "version": version, "look": number}
    enqueue(session, JOB, payload, key=f"{JOB}:{case_id}:{version}:{number}", delay=delay)


def ask(session: Session, payload: dict[str, Any], *, now: datetime) -> bool:
    """Ask now if the shopper has what was owed; look again later while it is on its way. Says whether it was asked."""
    case = repository.get_for_change(session, payload["case_id"])
    if case.status not in ("refunded", "replaced"):
        if case.status == "refunding" and payload["look"] < _LOOKS:
            _look(session, case.id, payload["version"], payload["look"] + 1, _LOOK_AGAIN)
        return False
    if session.get(Rating, case.id) is not None:
        return False
    session.add(Rating(case_id=case.id, asked_at=now))
    session.flush()
    return notices.tell(session, case, "utter_ask_rating", event="ask_rating", now=now)


def rate(session: Session, conversation_id: str, reference: str, score: int, *, now: datetime) -> Case:
    """Keep the score; another one later takes its place.

    Raises RefusedError `feedback.foreign` when the case is not of this conversation, `feedback.score` for no score.
    """
    cases = {row.reference: row for row in repository.of_conversation(session, conversation_id)}
    case = cases.get(reference)
    if case is None:
        raise RefusedError("feedback.foreign", f"This conversation has no case {reference}.")
    if score not in SCORES:
        raise RefusedError("feedback.score", f"{score} is no rating; it goes from 1 to 5.")
    rating = session.get(Rating, case.id) or Rating(case_id=case.id, asked_at=now)
    rating.score, rating.rated_at = score, now
    session.add(rating)
    session.flush()
    return case


def comment(session: Session, case_id: str, text: str) -> None:
    """Add the shopper's own words to the rating."""
    rating = session.get(Rating, case_id)
    if rating is not None:
        rating.comment = text.strip()[:_LONGEST_COMMENT] or None
        session.flush()


def of_case(session: Session, case_id: str) -> Rating | None:
    return session.get(Rating, case_id)
