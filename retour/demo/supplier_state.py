"""What the reference supplier remembers: its RMAs, its events still to send, its planned faults. One SQLite file."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

RANKS = {"pending": 0, "approved": 1, "rejected": 2, "received": 3, "inspected": 4, "credited": 5}

_SCHEMA = """
CREATE TABLE IF NOT EXISTS rma (
  number INTEGER PRIMARY KEY, id TEXT UNIQUE NOT NULL, key TEXT UNIQUE NOT NULL, body_sha256 TEXT NOT NULL,
  body TEXT NOT NULL, answer TEXT NOT NULL, calls INTEGER NOT NULL DEFAULT 1, next_at REAL);
CREATE TABLE IF NOT EXISTS event (
  number INTEGER PRIMARY KEY, rma_id TEXT NOT NULL, body TEXT NOT NULL, next_try_at REAL NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0, sent INTEGER NOT NULL DEFAULT 0, done INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS try (key TEXT PRIMARY KEY, tries INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS fault (number INTEGER PRIMARY KEY, kind TEXT NOT NULL, name TEXT NOT NULL);
"""


class KeyConflictError(Exception):
    """The same Idempotency-Key came with another body."""


@dataclass(frozen=True)
class Rma:
    """One RMA. `answer` is what the API says about it; `next_at` is when it moves on by itself."""

    id: str
    body: dict[str, Any]
    answer: dict[str, Any]
    next_at: float | None

    @property
    def status(self) -> str:
        return str(self.answer["status"])

    @property
    def returnless(self) -> bool:
        return bool(self.body.get("desired_outcome") == "refund_without_return")


@dataclass(frozen=True)
class Event:
    """One event as it goes over the wire, byte for byte the same at every try."""

    number: int
    rma_id: str
    body: str
    attempts: int
    sent: int


class SupplierState:
    """Every call is one transaction in its own connection, so that a kill at any instant leaves a whole state."""

    def __init__(self, path: Path) -> None:
        self._path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        database = sqlite3.connect(path, timeout=10)
        database.executescript(_SCHEMA)
        database.close()

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        database = sqlite3.connect(self._path, timeout=10, isolation_level=None)
        database.row_factory = sqlite3.Row
        try:
            # Before the first read: what is decided on it must still be so when it is written.
            database.execute("BEGIN IMMEDIATE")
            yield database
            database.execute("COMMIT")
        finally:
            database.close()

    def file(self, key: str, body: dict[str, Any], *, next_at: float | None) -> tuple[Rma, bool]:
        """The RMA filed under this key and whether it is new. Raises KeyConflictError."""
        digest = hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
        with self._open() as database:
            number = database.execute("SELECT coalesce(max(number), 0) + 1 FROM rma").fetchone()[0]
            rma_id = f"rma_{number:06d}"
            new = database.execute(
                "INSERT INTO rma (number, id, key, body_sha256, body, answer, next_at) VALUES (?, ?, ?, ?, ?, ?, ?)"
                " ON CONFLICT (key) DO UPDATE SET calls = calls + 1 RETURNING id, body_sha256",
                (
                    number,
                    rma_id,
                    key,
                    digest,
                    json.dumps(body),
                    json.dumps({"id": rma_id, "status": "pending"}),
                    next_at,
                ),
            ).fetchone()
            if new["body_sha256"] != digest:
                raise KeyConflictError(key)
            return self._rma(database, new["id"]), new["id"] == rma_id

    def get(self, rma_id: str) -> Rma | None:
        with self._open() as database:
            return self._rma(database, rma_id) if self._exists(database, rma_id) else None

    def all(self) -> list[Rma]:
        """Newest first."""
        with self._open() as database:
            return [_to_rma(row) for row in database.execute("SELECT * FROM rma ORDER BY number DESC LIMIT 200")]

    def calls(self) -> dict[str, int]:
        """How often each Idempotency-Key was used."""
        with self._open() as database:
            return {row["key"]: row["calls"] for row in database.execute("SELECT key, calls FROM rma")}

    def due(self, now: datetime) -> list[Rma]:
        """The RMAs that should move on by themselves."""
        with self._open() as database:
            rows = database.execute("SELECT * FROM rma WHERE next_at <= ? ORDER BY next_at", (now.timestamp(),))
            return [_to_rma(row) for row in rows]

    def move(
        self, rma_id: str, changes: dict[str, Any], *, event_id: str, now: datetime, next_at: float | None
    ) -> bool:
        """Move an RMA forward and queue the event that tells it. False when it is there or beyond already."""
        with self._open() as database:
            rma = self._rma(database, rma_id)
            final = rma.status in ("rejected", "credited")
            if final or RANKS[changes["status"]] <= RANKS[rma.status]:
                return False
            answer = rma.answer | changes
            body = {"event_id": event_id, "type": f"rma.{answer['status']}", "rma": answer}
            database.execute(
                "UPDATE rma SET answer = ?, next_at = ? WHERE id = ?", (json.dumps(answer), next_at, rma_id)
            )
            database.execute(
                "INSERT INTO event (rma_id, body, next_try_at) VALUES (?, ?, ?)",
                (rma_id, json.dumps(body), now.timestamp()),
            )
            return True

    def events_to_send(self, now: datetime) -> list[Event]:
        """What is due, in the order it happened."""
        with self._open() as database:
            rows = database.execute(
                "SELECT * FROM event WHERE done = 0 AND next_try_at <= ? ORDER BY number LIMIT 50", (now.timestamp(),)
            )
            return [Event(row["number"], row["rma_id"], row["body"], row["attempts"], row["sent"]) for row in rows]

    def record_send(self, event: Event, *, arrived: bool, done: bool, next_try_at: float) -> None:
        with self._open() as database:
            database.execute(
                "UPDATE event SET attempts = attempts + 1, sent = sent + ?, done = ?, next_try_at = ? WHERE number = ?",
                (int(arrived), int(done), next_try_at, event.number),
            )

    def unsent(self) -> int:
        with self._open() as database:
            return int(database.execute("SELECT count(*) FROM event WHERE done = 0").fetchone()[0])

    def plan_faults(self, kind: str, names: list[str]) -> None:
        """Replace the plan of one kind: `call` faults are used up one a call, `event` faults stay."""
        with self._open() as database:
            database.execute("DELETE FROM fault WHERE kind = ?", (kind,))
            database.executemany("INSERT INTO fault (kind, name) VALUES (?, ?)", [(kind, name) for name in names])

    def count_try(self, key: str) -> int:
        """One more request came with this key, done or not; how many there are now."""
        statement = "INSERT INTO try VALUES (?, 1) ON CONFLICT (key) DO UPDATE SET tries = tries + 1 RETURNING tries"
        with self._open() as database:
            return int(database.execute(statement, (key,)).fetchone()[0])

    def next_call_fault(self) -> str:
        """The fault for this call, or an empty text."""
        with self._open() as database:
            row = database.execute(
                "DELETE FROM fault WHERE number = (SELECT min(number) FROM fault WHERE kind = 'call') RETURNING name"
            ).fetchone()
            return str(row["name"]) if row else ""

    def event_faults(self) -> set[str]:
        with self._open() as database:
            return {row["name"] for row in database.execute("SELECT name FROM fault WHERE kind = 'event'")}

    @staticmethod
    def _exists(database: sqlite3.Connection, rma_id: str) -> bool:
        return database.execute("SELECT 1 FROM rma WHERE id = ?", (rma_id,)).fetchone() is not None

    @staticmethod
    def _rma(database: sqlite3.Connection, rma_id: str) -> Rma:
        return _to_rma(database.execute("SELECT * FROM rma WHERE id = ?", (rma_id,)).fetchone())


def _to_rma(row: sqlite3.Row) -> Rma:
    return Rma(row["id"], json.loads(row["body"]), json.loads(row["answer"]), row["next_at"])
