"""How the reference payment service tells what happened: signed events, again and again until they are taken."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import logging

import httpx

from retour.demo.payments_state import State

log = logging.getLogger(__name__)

_TICK_SECONDS = 0.2


class EventSender:
    """Sends what is kept in the state, oldest first. `times` sends each event so often, as real services happen to."""

    def __init__(self, state: State, webhook: str, secret: str, *, times: int = 1) -> None:
        self._state = state
        self._webhook = webhook
        self._secret = secret
        self._times = times

    async def run(self) -> None:
        """Until the server ends; a client that is away gets everything when it is back."""
        async with httpx.AsyncClient(timeout=5) as client:
            while True:
                try:
                    await self._send_all(client)
                except Exception:
                    # A service that stops telling for good would look like one that has nothing to tell.
                    log.exception("the reference payment service stumbled over an event")
                await asyncio.sleep(_TICK_SECONDS)

    async def _send_all(self, client: httpx.AsyncClient) -> None:
        for event_id, text in self._state.unsent_events():
            body = text.encode()
            signature = "sha256=" + hmac.new(self._secret.encode(), body, hashlib.sha256).hexdigest()
            headers = {"X-Retour-Signature": signature, "Content-Type": "application/json"}
            for _ in range(self._times):
                try:
                    answer = await client.post(self._webhook, content=body, headers=headers)
                except httpx.HTTPError:
                    return
                if answer.status_code >= 500:
                    return
            self._state.event_sent(event_id)
