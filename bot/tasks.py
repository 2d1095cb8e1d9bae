"""Work on conversations: at most one task each, and a sweep that finds what nobody was woken for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from datetime import datetime
from typing import Any

from common.clock import Clock

Work = Coroutine[Any, Any, None]


class Tasks:
    """The running tasks by conversation, and the sweep. All of it may be lost at any moment."""

    def __init__(self, name: str, clock: Clock) -> None:
        self._name = name
        self._clock = clock
        self._running: dict[str, asyncio.Task[None]] = {}
        self._sweeper: asyncio.Task[None] | None = None

    def __contains__(self, conversation_id: str) -> bool:
        return conversation_id in self._running

    def begin(self, conversation_id: str, work: Work) -> None:
        """Start the task of a conversation that has none; it ends with `ended`."""
        task = asyncio.get_running_loop().create_task(work, name=f"{self._name}-{conversation_id}")
        self._running[conversation_id] = task

    def ended(self, conversation_id: str) -> None:
        """To be called by the task itself, as the last thing it does."""
        self._running.pop(conversation_id, None)

    def sweep(self, work: Work) -> None:
        """Start the sweep."""
        self._sweeper = asyncio.get_running_loop().create_task(work, name=f"{self._name}-sweep")

    async def settled(self) -> None:
        """Return when no task is running."""
        while self._running:
            await asyncio.wait(list(self._running.values()))

    async def stop(self, grace_seconds: float) -> None:
        """End the sweep, let running tasks end, and cut off those that take longer."""
        tasks = list(self._running.values())
        if self._sweeper is not None:
            self._sweeper.cancel()
            with suppress(asyncio.CancelledError):
                await self._sweeper
        if tasks:
            await asyncio.wait(tasks, timeout=grace_seconds)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def call_at(self, at: datetime, call: Callable[..., object], *arguments: object) -> None:
        """Call something when it is that late."""
        # Counted from now: the clock of a test may stand still, and the sweep catches what this misses.
        delay = max(0.0, (at - self._clock.now()).total_seconds())
        asyncio.get_running_loop().call_later(delay + 0.001, call, *arguments)
