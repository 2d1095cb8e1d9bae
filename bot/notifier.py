"""Wakes those who wait for news of a conversation: at once for what this process commits, soon for other processes."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from sqlalchemy.orm import Session

from bot.inbox import repository as inbox
from bot.outbox import repository as outbox
from bot.work import Database

POLL_SECONDS = 0.2
# A row may become visible after one with a higher id (PostgreSQL hands ids out before the commit).
_LATE_SECONDS = 5.0
log = logging.getLogger(__name__)


class Listener:
    """One waiting stream. A wake-up while it is busy is kept, so none is lost."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def wake(self) -> None:
        self._event.set()

    async def wait(self, seconds: float) -> None:
        """Return at the next wake-up, or after so many seconds."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._event.wait(), seconds)
        self._event.clear()


class _Tail:
    """The rows of one table that were not seen yet."""

    def __init__(self, newest: Callable[[Session, int], list[tuple[int, str]]]) -> None:
        self._newest = newest
        self._floor = -1
        self._seen: dict[int, float] = {}

    def look(self, session: Session, last_id: int, now: float) -> set[str]:
        """Conversations with rows that are new since the last look. The first look only notes where it starts."""
        if self._floor < 0:
            self._floor = last_id
        found = self._newest(session, self._floor)
        new = {conversation for row_id, conversation in found if row_id not in self._seen}
        for row_id, _ in found:
            self._seen.setdefault(row_id, now)
        settled = [row_id for row_id, at in self._seen.items() if now - at > _LATE_SECONDS]
        self._floor = max([self._floor, *settled])
        self._seen = {row_id: at for row_id, at in self._seen.items() if row_id > self._floor}
        return new

    def forget(self) -> None:
        """Start again at the next look."""
        self._floor, self._seen = -1, {}


class Notifier:
    """The listeners of this process and one poll for all of them, which rests while nobody listens."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._listeners: dict[str, set[Listener]] = defaultdict(set)
        self._tails = (_Tail(outbox.newest), _Tail(inbox.newest))
        self._somebody = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.get_running_loop().create_task(self._poll(), name="bot-notifier")

    async def stop(self) -> None:
        """End the poll and wake everybody, so that open requests can end."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        for conversation_id in list(self._listeners):
            self.notify(conversation_id)

    def open_count(self, conversation_id: str | None = None) -> int:
        """How many listen, to one conversation or to any."""
        if conversation_id is not None:
            return len(self._listeners.get(conversation_id, ()))
        return sum(len(group) for group in self._listeners.values())

    @contextmanager
    def listen(self, conversation_id: str) -> Iterator[Listener]:
        """Be woken for one conversation. Subscribe first and read then, or news in between is missed."""
        listener = Listener()
        self._listeners[conversation_id].add(listener)
        self._somebody.set()
        try:
            yield listener
        finally:
            group = self._listeners[conversation_id]
            group.discard(listener)
            if not group:
                del self._listeners[conversation_id]
            if not self._listeners:
                self._somebody.clear()

    def notify(self, conversation_id: str) -> None:
        """There is news of a conversation: a message, a state, or that somebody is typing."""
        for listener in self._listeners.get(conversation_id, ()):
            listener.wake()

    async def _poll(self) -> None:
        while True:
            if not self._somebody.is_set():
                for tail in self._tails:
                    tail.forget()
                await self._somebody.wait()
                # Rows written just before the first listener came: it reads for itself after subscribing.
            try:
                for conversation_id in await self._database.read(self._look):
                    self.notify(conversation_id)
            except Exception:
                log.exception("the poll for new messages failed; it goes on")
            await asyncio.sleep(POLL_SECONDS)

    def _look(self, session: Session) -> set[str]:
        now = time.monotonic()
        last = (outbox.last_id(session), inbox.last_id(session))
        return set().union(*(tail.look(session, last[i], now) for i, tail in enumerate(self._tails)))
