"""What the reference payment service remembers, in its own SQLite file."""

from __future__ import annotations

import json
import secrets
import sqlite3
from pathlib import Path
from typing import Any

# Room of a payment nobody told us about: more than any order of a demo, less than no limit.
_UNTOLD_CAPTURE = 500_000

_SCHEMA = """
CREATE TABLE IF NOT EXISTS payment (reference TEXT PRIMARY KEY, amount_minor INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS call (key TEXT PRIMARY KEY, calls INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS refund (
    key TEXT PRIMARY KEY, id TEXT NOT NULL UNIQUE, body TEXT NOT NULL, reference TEXT NOT NULL,
    amount_minor INTEGER NOT NULL, currency TEXT NOT NULL, status TEXT NOT NULL, failure TEXT,
    lookups_left INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS refund_reference ON refund (reference);
CREATE TABLE IF NOT EXISTS event (
    id TEXT PRIMARY KEY, body TEXT NOT NULL, attempts INTEGER NOT NULL DEFAULT 0, sent INTEGER NOT NULL DEFAULT 0
);
"""


class Conflict(Exception):  # noqa: N818 - names of the answers
    """The key was used for something else."""


class Declined(Exception):  # noqa: N818
    """There is not that much left of the payment."""


class State:
    """Refunds by idempotency key. Every change is committed, to the disk, before the method returns."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._connection.row_factory = sqlite3.Row
        for statement in ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL", "PRAGMA busy_timeout=10000"):
            self._connection.execute(statement)
        self._connection.executescript(_SCHEMA)

    def capture(self, reference: str, amount_minor: int) -> None:
        self._connection.execute("INSERT OR REPLACE INTO payment VALUES (?, ?)", (reference, amount_minor))

    def count(self, key: str) -> int:
        """One more call came with this key; how many there are now."""
        statement = "INSERT INTO call VALUES (?, 1) ON CONFLICT (key) DO UPDATE SET calls = calls + 1 RETURNING calls"
        return int(self._connection.execute(statement, (key,)).fetchone()[0])

    def refund(
        self, key: str, body: dict[str, Any], *, pending_lookups: int, fail: bool
    ) -> tuple[dict[str, Any], bool]:
        """The refund of this key, made now if it is new; and whether it was known.

        Raises Conflict for a known key with another body, Declined for more than is left.
        """
        text = json.dumps(body, sort_keys=True)
        known = self._by("key", key)
        if known is not None:
            if known["body"] != text:
                raise Conflict(f"The key {key} was used with other content.")
            return _as_json(known), True
        reference, amount = body["payment_reference"], body["amount_minor"]
        if amount > self._left(reference):
            raise Declined(f"Only {self._left(reference)} minor units of {reference} are left.")
        status = "failed" if fail else "pending" if pending_lookups else "succeeded"
        self._connection.execute(
            "INSERT INTO refund VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                key, f"re_{secrets.token_hex(8)}", text, reference, amount, body["currency"], status,
                "The card was closed." if fail else None, pending_lookups,
            ),
        )  # fmt: skip
        row = self._by("key", key)
        assert row is not None
        self._tell(row)
        return _as_json(row), False

    def by_hand(self, reference: str, amount_minor: int, currency: str) -> dict[str, Any]:
        """Somebody refunds in the service's own pages, without any client's key. Raises Declined."""
        key = f"by_hand:{secrets.token_hex(8)}"
        body = {"payment_reference": reference, "amount_minor": amount_minor, "currency": currency}
        row, _ = self.refund(key, body, pending_lookups=0, fail=False)
        return row

    def dispute(self, chargeback: dict[str, Any]) -> None:
        """A bank opens or closes a chargeback; the event is kept until it has been taken."""
        kind = "chargeback.opened" if chargeback["status"] == "open" else "chargeback.closed"
        self._keep_event({"type": kind, "chargeback": chargeback})

    def unsent_events(self) -> list[tuple[str, str]]:
        """Id and body of what nobody has taken yet, oldest first."""
        rows = self._connection.execute("SELECT id, body FROM event WHERE sent = 0 ORDER BY rowid").fetchall()
        return [(row["id"], row["body"]) for row in rows]

    def event_sent(self, event_id: str) -> None:
        self._connection.execute("UPDATE event SET sent = 1 WHERE id = ?", (event_id,))

    def _tell(self, row: sqlite3.Row) -> None:
        self._keep_event({"type": f"refund.{row['status']}", "refund": _as_json(row)})

    def _keep_event(self, content: dict[str, Any]) -> None:
        event_id = f"evt_{secrets.token_hex(8)}"
        body = json.dumps({"event_id": event_id, **content})
        self._connection.execute("INSERT INTO event (id, body) VALUES (?, ?)", (event_id, body))

    def of_payment(self, reference: str) -> list[dict[str, Any]]:
        rows = self._connection.execute("SELECT * FROM refund WHERE reference = ? ORDER BY rowid", (reference,))
        return [_as_json(row) for row in rows.fetchall()]

    def look_up(self, key: str) -> dict[str, Any] | None:
        row = self._by("key", key)
        if row is None:
            return None
        if row["status"] == "pending":
            left = row["lookups_left"] - 1
            self._connection.execute(
                "UPDATE refund SET lookups_left = ?, status = ? WHERE key = ?",
                (left, "pending" if left > 0 else "succeeded", key),
            )
            row = self._by("key", key)
            if row is not None and row["status"] != "pending":
                self._tell(row)
        return _as_json(row) if row is not None else None

    def by_id(self, refund_id: str) -> dict[str, Any] | None:
        row = self._by("id", refund_id)
        return _as_json(row) if row is not None else None

    def calls(self) -> dict[str, Any]:
        """Calls by key, and what was really paid by key."""
        calls = self._connection.execute("SELECT key, calls FROM call ORDER BY key").fetchall()
        refunds = self._connection.execute("SELECT * FROM refund ORDER BY key").fetchall()
        return {
            "calls": {row["key"]: row["calls"] for row in calls},
            "refunds": {row["key"]: _as_json(row) for row in refunds},
        }

    def _left(self, reference: str) -> int:
        captured = self._connection.execute(
            "SELECT amount_minor FROM payment WHERE reference = ?", (reference,)
        ).fetchone()
        refunded = self._connection.execute(
            "SELECT coalesce(sum(amount_minor), 0) FROM refund WHERE reference = ? AND status <> 'failed'", (reference,)
        ).fetchone()
        return (int(captured[0]) if captured else _UNTOLD_CAPTURE) - int(refunded[0])

    def _by(self, column: str, value: str) -> sqlite3.Row | None:
        query = {
            "key": "SELECT * FROM refund WHERE key = ?",
            "id": "SELECT * FROM refund WHERE id = ?",
        }[column]
        row: sqlite3.Row | None = self._connection.execute(query, (value,)).fetchone()
        return row


def _as_json(row: sqlite3.Row) -> dict[str, Any]:
    content = {
        "id": row["id"],
        "status": row["status"],
        "amount_minor": row["amount_minor"],
        "currency": row["currency"],
        "payment_reference": row["reference"],
    }
    if not row["key"].startswith("by_hand:"):
        content["idempotency_key"] = row["key"]
        content["metadata"] = json.loads(row["body"]).get("metadata", {})
    return content | ({"failure_reason": row["failure"]} if row["failure"] else {})
