"""Database work off the event loop: writers in as many threads as the database takes, readers beside them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Session

from common.database import transaction

T = TypeVar("T")
_POSTGRESQL_WRITERS = 8
_READERS = 4


class Database:
    """Runs functions of a `Session`, each in a transaction of its own.

    SQLite lets one writer in at a time and has the others sleep and try; here they queue, which is both fair and fast.
    """

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        writers = 1 if engine.dialect.name == "sqlite" else _POSTGRESQL_WRITERS
        self._writers = ThreadPoolExecutor(writers, thread_name_prefix="bot-write")
        self._readers = ThreadPoolExecutor(_READERS, thread_name_prefix="bot-read")

    async def write(self, work: Callable[[Session], T]) -> T:
        """The function's result, after the commit."""
        return await asyncio.get_running_loop().run_in_executor(self._writers, self._run, work)

    async def read(self, work: Callable[[Session], T]) -> T:
        """The function's result; it must not write."""
        return await asyncio.get_running_loop().run_in_executor(self._readers, self._run, work)

    def close(self) -> None:
        """Let running work end; what comes later is refused."""
        self._writers.shutdown(wait=True)
        self._readers.shutdown(wait=True)

    def _run(self, work: Callable[[Session], T]) -> T:
        with transaction(self._engine) as session:
            return work(session)
