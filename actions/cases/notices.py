"""News of a case for its shopper. What is said is in domain.yml; here is only which phrase, with what in it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from actions.cases import repository
from actions.cases.model import Case
from actions.policy.answers import shown_date
from common import outbox
from common.outbox import OutMessage


def tell(
    session: Session,
    case: Case,
    response: str,
    *,
    event: str,
    now: datetime,
    parameters: dict[str, Any] | None = None,
    attachments: list[dict[str, str]] | None = None,
) -> bool:
    """Queue a message in the caller's commit; the same `event` of a case is told once. Says whether it was new.

    It goes where the shopper spoke last about the order, not always where the case was opened.
    """
    message = OutMessage(
        response=response,
        parameters={"reference": case.reference, **(parameters or {})},
        attachments=attachments or [],
    )
    place = repository.followed_in(session, case)
    where = case.conversation_id if place is None else place.id
    return outbox.post(session, where, message, key=f"{case.id}:{event}", now=now)


def language(session: Session, case: Case) -> str:
    """What the shopper speaks where news are told; the case keeps what was spoken when it was opened."""
    place = repository.followed_in(session, case)
    return place.language if place else case.language


def short_date(at: datetime, language: str) -> str:
    """`30/11/2026` in French, `30 Nov 2026` in English."""
    return shown_date(at.date(), language)
