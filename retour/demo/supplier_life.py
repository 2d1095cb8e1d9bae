"""How the reference supplier works through an RMA, and how it tells about it."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from common.clock import Clock
from common.ids import new_id
from retour.demo.faults import FaultPlan
from retour.demo.supplier_state import Event, Rma, SupplierState

RETURN_ADDRESS = "Northwind Wholesale\nReturns, Dock 4\n18 Harbour Road\n3011 AA Rotterdam\nNetherlands"
INSTRUCTIONS = "Write the return number on the parcel. / Inscrivez le numéro de retour sur le colis."
_REFUSAL = "The item is outside our return conditions."
_RETRY = timedelta(seconds=1)
_LONGEST_RETRY = timedelta(minutes=5)
_MOST_ATTEMPTS = 40

# Sends one signed body and answers the HTTP status, or 0 when nobody answered.
Send = Callable[[bytes, dict[str, str]], int]


@dataclass(frozen=True)
class Pace:
    """How long each step takes. `manual` leaves everything after the approval to the control page."""

    answer: timedelta = timedelta(seconds=4)
    receive: timedelta = timedelta(seconds=12)
    inspect: timedelta = timedelta(seconds=8)
    credit: timedelta = timedelta(seconds=8)
    manual: bool = False

    def after(self, rma: Rma, status: str) -> timedelta | None:
        """How long an RMA stays in a status before it moves on by itself; None for good."""
        if self.manual and status != "pending":
            return None
        steps = {"pending": self.answer, "received": self.inspect, "inspected": self.credit}
        return {**steps, "approved": self.credit if rma.returnless else self.receive}.get(status)


class SupplierLife:
    """The supplier's own work: `advance` does what is due, `move` what somebody at the control page says."""

    def __init__(self, state: SupplierState, clock: Clock, pace: Pace, faults: FaultPlan | None = None) -> None:
        self.faults = faults or FaultPlan()
        self._state = state
        self._clock = clock
        self._pace = pace

    def file(self, key: str, body: dict[str, Any]) -> tuple[Rma, bool]:
        """File a request under its key. Raises KeyConflictError."""
        return self._state.file(key, body, next_at=self._clock.now().timestamp() + self._pace.answer.total_seconds())

    def advance(self) -> int:
        """Move every RMA that is due one step on; says how many."""
        due = self._state.due(self._clock.now())
        return sum(self.move(rma.id, _next_status(rma)) for rma in due)

    def move(self, rma_id: str, status: str) -> bool:
        """Move one RMA on; False when it does not exist or is there already."""
        rma = self._state.get(rma_id)
        if rma is None:
            return False
        now = self._clock.now()
        wait = self._pace.after(rma, status)
        return self._state.move(
            rma_id,
            _changes(rma, status),
            event_id=new_id("evt"),
            now=now,
            next_at=now.timestamp() + wait.total_seconds() if wait else None,
        )

    def tell(self, send: Send, secret: str) -> int:
        """Send the events that are due, again and again until they arrive; says how many sends were tried."""
        faults = self._state.event_faults()
        if "silent" in faults:
            return 0
        events = self._state.events_to_send(self._clock.now())
        if "reorder" in faults:
            # An event waits for its successor and is then overtaken by it.
            events = [event for event in reversed(events) if self._overtaken(event)]
        for event in events:
            self._meet_its_fate(event, send, secret, times=2 if "duplicate" in faults else 1)
        return len(events)

    def _meet_its_fate(self, event: Event, send: Send, secret: str, *, times: int) -> None:
        """As the plan has it: told once or twice, told late, or lost. Nothing is late twice."""
        fate, _, seconds = self.faults.fate("event", str(event.number)).partition(":")
        now = self._clock.now().timestamp()
        if fate == "never":
            self._state.record_send(event, arrived=False, done=True, next_try_at=now)
        elif fate == "late" and event.attempts == 0:
            self._state.record_send(event, arrived=False, done=False, next_try_at=now + float(seconds))
        else:
            self._tell_one(event, send, secret, times=2 if fate == "twice" else times)

    def _overtaken(self, event: Event) -> bool:
        waiting = [other for other in self._state.events_to_send(self._clock.now()) if other.rma_id == event.rma_id]
        rma = self._state.get(event.rma_id)
        return len(waiting) > 1 or rma is None or rma.next_at is None

    def _tell_one(self, event: Event, send: Send, secret: str, *, times: int) -> None:
        body = event.body.encode()
        signature = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
        headers = {"Content-Type": "application/json", "X-Retour-Signature": signature}
        status = send(body, headers)
        arrived = 200 <= status < 300
        # 400 says that the event itself is wrong; repeating it would not mend it.
        done = status == 400 or event.attempts >= _MOST_ATTEMPTS or (arrived and event.sent + 1 >= times)
        wait = timedelta() if arrived else min(_RETRY * 2 ** min(event.attempts, 10), _LONGEST_RETRY)
        next_try_at = self._clock.now().timestamp() + wait.total_seconds()
        self._state.record_send(event, arrived=arrived, done=done, next_try_at=next_try_at)


def _next_status(rma: Rma) -> str:
    if rma.status == "approved":
        return "credited" if rma.returnless else "received"
    return {"pending": "approved", "received": "inspected", "inspected": "credited"}[rma.status]


def _changes(rma: Rma, status: str) -> dict[str, Any]:
    changes: dict[str, Any] = {"status": status}
    if status != "rejected" and "rma_number" not in rma.answer:
        changes["rma_number"] = f"NW-{rma.id.removeprefix('rma_')}"
        if not rma.returnless:
            changes |= {"return_address": RETURN_ADDRESS, "instructions": INSTRUCTIONS}
    if status == "rejected":
        changes["reason"] = _REFUSAL
    if status == "inspected" or (status == "credited" and not rma.returnless and "inspection" not in rma.answer):
        changes["inspection"] = {"condition": "as_new", "note": "Complete and undamaged on our side."}
    if status == "credited":
        wholesale = sum(line["wholesale_minor"] * line["quantity"] for line in rma.body["lines"])
        # A replacement is paid for in goods.
        changes["credit_minor"] = 0 if rma.body["desired_outcome"] == "replacement" else wholesale
    return changes
