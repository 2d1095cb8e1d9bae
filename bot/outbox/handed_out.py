"""Notes which messages clients were given: soon after, many in one commit, off the path of the message itself."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from functools import partial

from sqlalchemy.orm import Session

from bot.messages import Message
from bot.outbox import repository
from bot.work import Database
from common.clock import Clock

_FLUSH_SECONDS = 1.0
log = logging.getLogger(__name__)


class HandedOut:
    """Collects and writes. A crash forgets the last second; the client asks again from the number it has."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._ids: set[int] = set()
        self._some = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def note(self, messages: list[Message]) -> None:
        """These were sent to a client."""
        self._ids.update(message.outbox_id for message in messages if message.outbox_id is not None)
        if self._ids:
            self._some.set()

    def start(self) -> None:
        self._task = asyncio.get_running_loop().create_task(self._run(), name="bot-handed-out")

    async def stop(self) -> None:
        """Write what is left."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        await self._flush()

    async def _run(self) -> None:
        while True:
            await self._some.wait()
            await asyncio.sleep(_FLUSH_SECONDS)
            await self._flush()

    async def _flush(self) -> None:
        self._some.clear()
        ids, self._ids = sorted(self._ids), set()
        if not ids:
            return
        try:
            await self._database.write(partial(_mark, ids, self._clock))
        except Exception:
            log.exception("messages could not be marked as sent")


def _mark(ids: list[int], clock: Clock, session: Session) -> None:
    repository.mark_sent(session, ids, at=clock.now())
