"""Rasa's tracker store on one SQLite file: one row a conversation, whole turns, bounded length.

Rasa's work in a turn grows with the number of events of the conversation, so the beginning of a long one is replaced
by its outcome (see `compaction`). The full history of what was said is kept elsewhere, by the edge.
"""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.trackers import DialogueStateTracker

from components.compaction import compact

Result = TypeVar("Result")
_SCHEMA = """
CREATE TABLE IF NOT EXISTS conversation (
    sender_id TEXT PRIMARY KEY,
    events TEXT NOT NULL,
    saved_at REAL NOT NULL
) WITHOUT ROWID
"""


class SqliteTrackerStore(TrackerStore):
    """Saves a turn completely or not at all, and has it on disk when `save` returns.

    One thread owns the connection, so neither disk nor lock ever blocks the event loop.
    """

    def __init__(
        self,
        domain: Domain | None = None,
        host: str | None = None,
        event_broker: EventBroker | None = None,
        db: str = "rasa.db",
        compact_after: int = 12,
        keep_turns: int = 6,
        **kwargs: Any,
    ) -> None:
        """Open or create the file.

        Args:
            db: file name, below the folder RETOUR_HOME (default `var`) unless absolute.
            compact_after: more user messages than this, and the beginning is folded.
            keep_turns: how many user messages stay in full then.
        """
        super().__init__(domain, event_broker, **kwargs)
        self.compact_after = int(compact_after)
        self.keep_turns = int(keep_turns)
        self.path = Path(os.environ.get("RETOUR_HOME") or "var") / db
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="tracker-store")
        self._connection = self._thread.submit(self._open).result()

    def _open(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.path, timeout=10, isolation_level=None)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute(_SCHEMA)
        return connection

    async def _run(self, work: Callable[[sqlite3.Connection], Result]) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work, self._connection)

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Write the conversation as it is now, folded if it has grown long."""
        await self.stream_events(tracker)
        events = compact(
            list(tracker.events),
            tracker.sender_id,
            self.domain,
            compact_after=self.compact_after,
            keep_turns=self.keep_turns,
        )
        text = json.dumps([event.as_dict() for event in events], ensure_ascii=False)

        def write(connection: sqlite3.Connection) -> None:
            connection.execute(
                "INSERT INTO conversation (sender_id, events, saved_at) VALUES (?, ?, ?) "
                "ON CONFLICT (sender_id) DO UPDATE SET events = excluded.events, saved_at = excluded.saved_at",
                (tracker.sender_id, text, time.time()),
            )

        await self._run(write)

    async def retrieve(self, sender_id: str) -> DialogueStateTracker | None:
        """The conversation as last saved, None if there is none."""

        def read(connection: sqlite3.Connection) -> str | None:
            row = connection.execute("SELECT events FROM conversation WHERE sender_id = ?", (sender_id,)).fetchone()
            return None if row is None else str(row[0])

        stored = await self._run(read)
        if stored is None:
            return None
        return DialogueStateTracker.from_dict(sender_id, json.loads(stored), self.domain.slots, self.max_event_history)

    async def keys(self) -> Iterable[str]:
        """The ids of all conversations."""

        def read(connection: sqlite3.Connection) -> list[str]:
            return [str(row[0]) for row in connection.execute("SELECT sender_id FROM conversation")]

        return await self._run(read)

    async def stream_events(self, tracker: DialogueStateTracker) -> None:
        """Publish new events; without a broker there is nothing to compare, so nothing is read."""
        if self.event_broker is not None:
            await super().stream_events(tracker)

    def close(self) -> None:
        """Close the file; the object is of no use afterwards."""
        self._thread.submit(self._connection.close).result()
        self._thread.shutdown()
