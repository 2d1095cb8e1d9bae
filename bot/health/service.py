"""The checks behind /health/ready and the figures behind /metrics."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from bot.conversation import repository as conversations
from bot.delivery import repository as delivery
from bot.health import repository
from bot.inbox import repository as inbox
from bot.metrics import Labels
from bot.outbox import repository as outbox
from bot.rasa import RasaClient
from bot.work import Database

# A message nobody answered for this long means that something is broken, not busy.
OLDEST_ALLOWED_SECONDS = 120.0
_PROBE_SECONDS = 5.0
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Health:
    """What was found; `ready` when nothing is wrong."""

    database: bool
    rasa: bool
    waiting: int
    oldest_seconds: float

    @property
    def ready(self) -> bool:
        return self.database and self.rasa and self.oldest_seconds <= OLDEST_ALLOWED_SECONDS


async def check(database: Database, rasa: RasaClient, owner: str, now: datetime) -> Health:
    """Look now. Never raises: what cannot be looked at is not well."""

    def probe(session: Session) -> tuple[int, datetime | None]:
        repository.write(session, owner, at=now)
        return inbox.backlog(session)

    try:
        waiting, oldest = await asyncio.wait_for(database.write(probe), _PROBE_SECONDS)
        well = True
    except Exception:
        log.exception("the database cannot be written to")
        waiting, oldest, well = 0, None, False
    age = max(0.0, (now - oldest).total_seconds()) if oldest is not None else 0.0
    return Health(database=well, rasa=await rasa.ready(), waiting=waiting, oldest_seconds=age)


def gauges(
    session: Session, *, streams: int, channels: Sequence[str], now: datetime
) -> dict[tuple[str, Labels], float]:
    """Figures that are looked up when they are asked for."""
    waiting, oldest = inbox.backlog(session)
    to_send, stopped = delivery.waiting(session, channels)
    found: dict[tuple[str, Labels], float] = {
        ("streams", ()): streams,
        ("inbox_waiting", ()): waiting,
        ("inbox_oldest_seconds", ()): (now - oldest).total_seconds() if oldest else 0.0,
        ("outbox_waiting", ()): to_send,
        ("lanes_stopped", ()): stopped,
        ("repeats", ()): delivery.repeats(session),
    }
    for state, count in conversations.count_by_state(session).items():
        found[("conversations", (("state", state),))] = count
    for status, count in outbox.count_by_status(session).items():
        found[("outbox_messages", (("status", status),))] = count
    return found
