"""Sending, without the rest of the edge."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import sqlalchemy as sa

from bot.channels.port import SendError
from bot.conversation import service as conversations
from bot.delivery.courier import Courier
from bot.delivery.model import Piece
from bot.delivery.service import Lanes
from bot.metrics import Metrics
from bot.work import Database
from common.clock import FixedClock
from common.database import transaction
from common.outbox import OutMessage, post
from common.phrases import Phrases
from tests.bot.memory_channel import MemoryChannel, MemoryClient

TOO_FAST = SendError("memory.too_fast", "Too many requests.", "retry", everybody=True, after=5.0)


@pytest.fixture
def client() -> MemoryClient:
    return MemoryClient()


@pytest.fixture
async def courier(
    engine: sa.Engine, clock: FixedClock, phrases: Phrases, client: MemoryClient
) -> AsyncIterator[Courier]:
    database, lanes = Database(engine), Lanes("here", {"memory": MemoryChannel()}, phrases)
    made = Courier(database, clock, Metrics(), lanes, {"memory": client})
    yield made
    await made.stop()
    database.close()


def waiting(engine: sa.Engine, clock: FixedClock, user: str) -> str:
    """A conversation in which something waits to be sent."""
    now = clock.now()
    with transaction(engine) as session:
        found = conversations.of_user(session, "memory", user, language="en", identity={}, now=now)
        post(session, found, OutMessage(text=f"to {user}"), key=user, now=now)
    return found


async def test_what_was_taken_before_the_channel_asked_for_rest_is_not_left_lying(
    courier: Courier, client: MemoryClient, engine: sa.Engine, clock: FixedClock
) -> None:
    one, other = waiting(engine, clock, "one"), waiting(engine, clock, "other")
    with transaction(engine) as session:
        begun = courier.begin(session, one, "memory")
    client.before = [TOO_FAST]
    courier.wake(other, "memory")
    await courier.settled()
    courier.wake(one, "memory", begun)
    await courier.settled()
    assert client.sent == [("one", {"text": "to one", "buttons": []})]
    with transaction(engine) as session:
        assert session.scalars(sa.select(Piece.repeats).where(Piece.status == "sent")).all() == [0]
    # Nothing new begins meanwhile.
    courier.wake(other, "memory")
    await courier.settled()
    assert len(client.sent) == 1
