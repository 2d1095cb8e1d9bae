"""Runs turns: one task for each conversation with something to do, woken by the commit that stored it."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Protocol

from sqlalchemy.orm import Session

from bot.conversation.lease import Lease
from bot.conversation.replies import Answer
from bot.conversation.turns import LeaseLostError, Next, Preparation, Talk, Turns
from bot.delivery.service import Step
from bot.inbox import repository as inbox
from bot.inbox.service import Work
from bot.metrics import Metrics
from bot.notifier import Notifier
from bot.rasa import RasaClient
from bot.tasks import Tasks
from bot.work import Database
from common.clock import Clock
from common.errors import RetourError

SWEEP_SECONDS = 2.0
RENEW_SECONDS = 5.0
# Rasa works through one message at a time; a longer line there only makes every turn in it slower to give up.
_AT_RASA = 16
_AFTER_BROKEN_DATABASE_SECONDS = 1.0

log = logging.getLogger(__name__)


class Outgoing(Protocol):
    """Who sends what turns say, on channels that are written to."""

    def begin(self, session: Session, conversation_id: str, channel: str) -> Step:
        """Take the first thing to send in the caller's commit; it is handed to `wake` afterwards."""
        ...

    def wake(self, conversation_id: str, channel: str, begun: Step | None = None) -> None:
        """There may be something to send."""
        ...


class Dispatcher:
    """Answers the inbox. Messages of one conversation in order, conversations side by side, nothing twice.

    All of its state may be lost at any moment: leases run out and the sweep finds what is not done.
    """

    def __init__(
        self,
        database: Database,
        rasa: RasaClient,
        clock: Clock,
        notifier: Notifier,
        metrics: Metrics,
        lease: Lease,
        preparation: Preparation,
        outgoing: Outgoing,
    ) -> None:
        self._database = database
        self._clock = clock
        self._notifier = notifier
        self._metrics = metrics
        self._lease = lease
        self._turns = Turns(lease)
        self._talk = Talk(rasa, preparation)
        self._outgoing = outgoing
        self._tasks = Tasks("turn", clock)
        self._handed: dict[str, Work | None] = {}
        self._typing: set[str] = set()
        self._again: set[str] = set()
        self._at_rasa = asyncio.Semaphore(_AT_RASA)
        self._stopping = False

    @property
    def lease(self) -> Lease:
        """The lease that whoever stores an event takes with it, so that the turn starts without a second commit."""
        return self._lease

    def typing(self, conversation_id: str) -> bool:
        """Whether an answer is being made."""
        return conversation_id in self._typing

    async def start(self) -> None:
        """Take up what is not done, now and every two seconds. To be awaited before anything else is received."""
        # What this process held in its former life is not being worked on, whatever its leases say.
        for conversation_id in await self._database.read(partial(self._to_resume, self._lease.owner)):
            self._again.add(conversation_id)
            self.wake(conversation_id)
        self._tasks.sweep(self._sweep())

    async def stop(self, grace_seconds: float = 5.0) -> None:
        """Let running turns end; those that take longer are cut off and made again at the next start."""
        self._stopping = True
        await self._tasks.stop(grace_seconds)

    def wake(self, conversation_id: str, work: Work | None = None) -> None:
        """There is something to do in a conversation. `work` is an event that was handed out with the lease."""
        if self._stopping:
            return
        if conversation_id in self._tasks:
            # The running task looks here before it ends; an event that was handed out must not be forgotten.
            self._handed[conversation_id] = work or self._handed.get(conversation_id)
            return
        self._tasks.begin(conversation_id, self._run(conversation_id, work))

    async def settled(self) -> None:
        """Return when no turn is running."""
        await self._tasks.settled()

    async def _run(self, conversation_id: str, work: Work | None) -> None:
        try:
            while True:
                await self._work_off(conversation_id, work)
                if conversation_id not in self._handed:
                    return
                work = self._handed.pop(conversation_id)
        except LeaseLostError:
            log.warning("another process took the conversation over", extra={"conversation": conversation_id})
        except Exception:
            # The database is away or full. What is stored stays undone; the sweep comes back to it.
            log.exception("a turn could not be ended", extra={"conversation": conversation_id})
            await asyncio.sleep(_AFTER_BROKEN_DATABASE_SECONDS)
            with suppress(Exception):
                await self._database.write(lambda s: self._turns.let_go(s, conversation_id))
        finally:
            self._set_typing(conversation_id, False)
            self._tasks.ended(conversation_id)
            self._handed.pop(conversation_id, None)

    async def _work_off(self, conversation_id: str, work: Work | None) -> None:
        if work is None:
            work = (await self._database.write(partial(self._take, conversation_id))).work
        while work is not None and not self._stopping:
            step = await self._turn(work)
            self._metrics.count("turns_total", result=step.result)
            if step.result in ("answered", "silent"):
                self._metrics.observe("turn_seconds", (self._clock.now() - work.received_at).total_seconds())
            self._set_typing(conversation_id, step.work is not None)
            self._notifier.notify(conversation_id)
            if step.at is not None:
                self._tasks.call_at(step.at, self.wake, conversation_id)
            work = step.work

    async def _turn(self, work: Work) -> Next:
        now = self._clock.now
        if work.state == "human" and not work.body.get("media"):
            await self._talk.preparation(work)
            return await self._end(work, lambda s: self._turns.finish(s, work, None, now=now()))
        self._set_typing(work.conversation_id, True)
        try:
            answer = await self._ask(work)
        except LeaseLostError:
            raise
        except Exception as error:
            failure = error if isinstance(error, RetourError) else RetourError("turn.crashed", repr(error))
            self._metrics.count("rasa_errors_total", code=failure.code)
            log.warning(
                "a turn failed",
                extra={"conversation": work.conversation_id, "code": failure.code, "attempt": work.attempt},
                exc_info=failure is not error,
            )
            return await self._end(work, lambda s: self._turns.fail(s, work, failure, now=now()))
        return await self._end(work, lambda s: self._turns.finish(s, work, answer, now=now()))

    async def _end(self, work: Work, end: Callable[[Session], Next]) -> Next:
        """Commit the end of a turn; in the same commit what it says begins to go out."""

        def commit(session: Session) -> tuple[Next, Step]:
            step = end(session)
            return step, self._outgoing.begin(session, work.conversation_id, work.channel)

        step, begun = await self._database.write(commit)
        self._outgoing.wake(work.conversation_id, work.channel, begun)
        return step

    async def _ask(self, work: Work) -> Answer | None:
        """The answer; meanwhile the lease is kept and, after a while, the shopper asked for patience."""
        asking = asyncio.ensure_future(self._answer(work))
        try:
            while not (await asyncio.wait({asking}, timeout=RENEW_SECONDS))[0]:
                await self._database.write(lambda s: self._turns.still_at_it(s, work, now=self._clock.now()))
                self._notifier.notify(work.conversation_id)
                self._outgoing.wake(work.conversation_id, work.channel)
            return asking.result()
        finally:
            asking.cancel()

    async def _answer(self, work: Work) -> Answer | None:
        ready = await self._talk.ready(work)
        if not isinstance(ready, Work):
            return ready
        async with self._at_rasa:
            started = time.perf_counter()
            try:
                return await self._talk.answer(ready)
            finally:
                self._metrics.observe("rasa_seconds", time.perf_counter() - started)

    def _take(self, conversation_id: str, session: Session) -> Next:
        again = conversation_id in self._again
        self._again.discard(conversation_id)
        return self._turns.take(session, conversation_id, now=self._clock.now(), again=again)

    def _set_typing(self, conversation_id: str, on: bool) -> None:
        if on != (conversation_id in self._typing):
            (self._typing.add if on else self._typing.discard)(conversation_id)
            self._notifier.notify(conversation_id)

    async def _sweep(self) -> None:
        while True:
            try:
                for conversation_id in await self._database.read(partial(self._to_resume, None)):
                    if conversation_id not in self._tasks:
                        self.wake(conversation_id)
            except Exception:
                log.exception("the sweep for unanswered messages failed; it goes on")
            await asyncio.sleep(SWEEP_SECONDS)

    def _to_resume(self, owner: str | None, session: Session) -> list[str]:
        return inbox.conversations_to_resume(session, owner=owner, now=self._clock.now())
