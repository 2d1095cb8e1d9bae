"""Servers of the tests on loopback, each on an event loop of its own in a thread."""

from __future__ import annotations

import asyncio
import threading
from abc import ABC, abstractmethod
from collections.abc import Coroutine
from typing import Any, Self, TypeVar

from aiohttp import web

T = TypeVar("T")
_PATIENCE_SECONDS = 20.0


class LoopServer(ABC):
    """A server on a loop that runs beside the test. `start` after `stop` is a restart: same port, same memory."""

    def __init__(self) -> None:
        self.port = 0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> Self:
        self.run(self._start())
        return self

    def stop(self) -> None:
        """Away, like a process that was killed."""
        self.run(self._stop())

    def close(self) -> None:
        """Stop, end what still runs on the loop, and the loop."""
        self.stop()
        self.run(_cancel_others())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """The result of a coroutine on that loop."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(_PATIENCE_SECONDS)

    @abstractmethod
    async def _start(self) -> None:
        """Listen, on the port of before if there was one."""

    @abstractmethod
    async def _stop(self) -> None:
        """Listen no more; connections are cut."""


class AiohttpServer(LoopServer):
    """A server of our own, made with aiohttp."""

    def __init__(self) -> None:
        super().__init__()
        self._runner: web.AppRunner | None = None

    @abstractmethod
    def app(self) -> web.Application:
        """The routes, made anew at every start."""

    async def leaving(self) -> None:
        """What is to be done before the connections are closed."""

    async def _start(self) -> None:
        self._runner = web.AppRunner(self.app(), shutdown_timeout=0.1, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port, reuse_address=True).start()
        self.port = self._runner.addresses[0][1]

    async def _stop(self) -> None:
        if self._runner is not None:
            await self.leaving()
            await self._runner.cleanup()
            self._runner = None


def cut(request: web.Request) -> web.Response:
    """An answer that never arrives: the line is closed."""
    if request.transport is not None:  # None: the one who asked was killed meanwhile
        request.transport.close()
    return web.Response()


async def _cancel_others() -> None:
    others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
