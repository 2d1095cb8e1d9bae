"""Messages that do not get through, for the person who has to know."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from bot.delivery import repository
from bot.delivery.model import WINDOW, Lane
from bot.delivery.rules import free
from common.errors import NotFoundError

LATE_AFTER = timedelta(minutes=10)


@dataclass(frozen=True)
class Stuck:
    """Messages to one shopper that do not get through.

    `why` is `window`, `failing` while it is being tried, `parked`, or `lost` for one that was given up. `text` is the
    channel's own word for it.
    """

    conversation_id: str
    why: str
    text: str
    waiting: int
    since: datetime


def stuck(session: Session, channels: Iterable[str], *, now: datetime, limit: int = 50) -> list[Stuck]:
    """What a person should look at, the oldest first."""
    found = repository.troubled(session, channels, late=now - LATE_AFTER, limit=limit)
    return [_stuck(session, lane, waiting) for lane, waiting in found]


def stuck_in(session: Session, conversation_id: str) -> Stuck | None:
    """The trouble of one conversation, if there is any."""
    lane = repository.lane(session, conversation_id)
    return None if lane is None or lane.trouble is None else _stuck(session, lane, 0)


def _stuck(session: Session, lane: Lane, waiting: int) -> Stuck:
    if lane.trouble is not None and lane.trouble_at is not None:
        why = WINDOW if lane.trouble == WINDOW else "parked" if lane.stopped else "lost"
        return Stuck(lane.conversation_id, why, lane.trouble_text or "", waiting, lane.trouble_at)
    row = repository.head(session, lane.conversation_id)
    if row is None:
        raise NotFoundError("delivery.gone", f"Nothing waits in {lane.conversation_id} any more.")
    return Stuck(lane.conversation_id, "failing", row.error or "", waiting, row.created_at)


def resume(session: Session, conversation_id: str) -> bool:
    """A person has looked: nothing is wrong any more, and what waits is tried again; False when nothing was wrong."""
    lane = repository.lock(session, conversation_id)
    if lane is None or (lane.trouble is None and repository.head(session, conversation_id) is None):
        return False
    free(session, lane)
    session.flush()
    return True
