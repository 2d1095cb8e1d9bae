"""How the reference payment service tells what happened: signed events, again and again until they are taken."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import logging
import time

import httpx

from retour.demo.faults import FaultPlan
from retour.demo.payments_state import State

log = logging.getLogger(__name__)

_TICK_SECONDS = 0.2


class EventSender:
    """Sends what is kept in the state, oldest first. An event's fate is `ok`, `twice`, `late:SECONDS` or `never`."""

    def __init__(self, state: State, webhook: str, secret: str, faults: FaultPlan) -> None:
        self._state = state
        self._webhook = webhook
        self._secret = secret
        self._faults = faults
        self._seen: dict[str, float] = {}
        self._made: httpx.AsyncClient | None = None

    async def run(self) -> None:
        """Until the server ends; a client that is away gets everything when it is back."""
        while True:
            try:
                await self.send_all()
            except Exception:
                # A service that stops telling for good would look like one that has nothing to tell.
                log.exception("the reference payment service stumbled over an event")
            await asyncio.sleep(_TICK_SECONDS)

    async def send_all(self) -> None:
        """One try of everything that is due."""
        for event_id, body in self._state.unsent_events():
            fate, _, seconds = self._faults.fate("event", event_id).partition(":")
            since = self._seen.setdefault(event_id, time.monotonic())
            if fate == "late" and time.monotonic() < since + float(seconds):
                continue
            if fate != "never" and not await self._send(body.encode(), times=2 if fate == "twice" else 1):
                return
            self._state.event_sent(event_id)

    async def _send(self, body: bytes, *, times: int) -> bool:
        if self._made is None:
            # One for the service's life: each new one reads the certificates again, some 25 ms of a processor.
            self._made = httpx.AsyncClient(timeout=5, trust_env=False)
        signature = "sha256=" + hmac.new(self._secret.encode(), body, hashlib.sha256).hexdigest()
        headers = {"X-Retour-Signature": signature, "Content-Type": "application/json"}
        for _ in range(times):
            try:
                answer = await self._made.post(self._webhook, content=body, headers=headers)
            except httpx.HTTPError:
                return False
            if answer.status_code >= 500:
                return False
        return True
