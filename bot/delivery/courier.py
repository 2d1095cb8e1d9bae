"""Sends what is queued: one task for each conversation with something to say, a few at once for each channel."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Mapping
from functools import partial

from sqlalchemy.orm import Session

from bot.channels.port import Client, PushChannel, SendError
from bot.delivery import repository
from bot.delivery.service import LEASE_SECONDS, Lanes, Parcel, Step
from bot.limits import Buckets, Rate
from bot.metrics import Metrics
from bot.tasks import Tasks
from bot.work import Database
from common.clock import Clock

SWEEP_SECONDS = 0.5
# A place is held while the outcome is written too, so on a busy database most of these are not calls.
_AT_ONCE = 64
_EVERYBODY_PAUSE_SECONDS = 5.0
_AFTER_BROKEN_DATABASE_SECONDS = 1.0
log = logging.getLogger(__name__)


class Courier:
    """Messages of one conversation in order, conversations side by side, as fast as each channel allows.

    All of its state may be lost at any moment: leases run out and the sweep finds what is not sent.
    """

    def __init__(
        self, database: Database, clock: Clock, metrics: Metrics, lanes: Lanes, clients: Mapping[str, Client]
    ) -> None:
        self._database = database
        self._clock = clock
        self._metrics = metrics
        self._lanes = lanes
        self._clients = clients
        self._tasks = Tasks("send", clock)
        # Woken while at it; with the piece that was taken meanwhile, if one was.
        self._again: dict[str, Step | None] = {}
        self._paused: dict[str, float] = {}
        self._slots = {name: asyncio.Semaphore(_AT_ONCE) for name in clients}
        self._pace = {name: _pace(channel) for name, channel in lanes.channels.items()}
        self._stopping = False

    async def start(self) -> None:
        """Take up what is queued, now and twice a second."""
        if self._clients:
            await self._database.write(self._lanes.recover)
            self._tasks.sweep(self._sweep())

    async def stop(self, grace_seconds: float = 5.0) -> None:
        """Let sends end; those that take longer are cut off and repeated at the next start."""
        self._stopping = True
        await self._tasks.stop(grace_seconds)
        for client in self._clients.values():
            await client.close()

    def begin(self, session: Session, conversation_id: str, channel: str) -> Step:
        """Take the first waiting piece in the caller's commit, which saves one; to be handed to `wake` after it."""
        if not self._may_send(channel) or conversation_id in self._tasks:
            # Never two pieces of one conversation in hand, whatever became of the first one's lease meanwhile.
            return Step()
        return self._lanes.take(session, conversation_id, now=self._clock.now())

    def wake(self, conversation_id: str, channel: str, begun: Step | None = None) -> None:
        """Something was posted in a conversation; nothing happens where the channel is not one that is written to."""
        taken = begun is not None and begun.parcel is not None
        # What was taken before a pause began is sent all the same: nobody else may, as long as we hold its lane.
        if not self._may_send(channel) and not (taken and not self._stopping):
            return
        if conversation_id in self._tasks:
            self._again[conversation_id] = begun if taken else self._again.get(conversation_id)
            return
        if begun is not None and begun.parcel is None:
            # Nothing to send, or another process is at it.
            if begun.at is not None:
                self._tasks.call_at(begun.at, self.wake, conversation_id, channel)
            return
        self._tasks.begin(conversation_id, self._run(conversation_id, channel, begun, time.monotonic()))

    def _may_send(self, channel: str) -> bool:
        return not self._stopping and channel in self._clients and time.monotonic() >= self._paused.get(channel, 0.0)

    async def settled(self) -> None:
        """Return when nothing is being sent."""
        await self._tasks.settled()

    async def _run(self, conversation_id: str, channel: str, begun: Step | None, since: float) -> None:
        try:
            async with self._slots[channel]:
                if begun is not None and time.monotonic() - since > LEASE_SECONDS / 2:
                    # Waited so long for a place that another process may have taken over by now.
                    held = await self._database.write(
                        lambda s: self._lanes.renew(s, conversation_id, now=self._clock.now())
                    )
                    begun = begun if held else None
                while True:
                    await self._work_off(conversation_id, channel, begun)
                    if conversation_id not in self._again or self._stopping:
                        return
                    begun = self._again.pop(conversation_id)
        except Exception:
            # The database is away or full. The lease runs out and the sweep comes back.
            log.exception("a message could not be recorded as sent", extra={"conversation": conversation_id})
            await asyncio.sleep(_AFTER_BROKEN_DATABASE_SECONDS)
        finally:
            self._tasks.ended(conversation_id)
            self._again.pop(conversation_id, None)

    async def _work_off(self, conversation_id: str, channel: str, begun: Step | None) -> None:
        step = begun
        if step is None or step.parcel is None:
            step = await self._database.write(lambda s: self._lanes.take(s, conversation_id, now=self._clock.now()))
        while step.parcel is not None:
            step = await self._send(step.parcel)
        if step.at is not None:
            self._tasks.call_at(step.at, self.wake, conversation_id, channel)

    async def _send(self, parcel: Parcel) -> Step:
        wait = self._pace[parcel.channel].line_up("")
        if wait > 0:
            await asyncio.sleep(wait)
        began = time.perf_counter()
        try:
            external_id = await self._clients[parcel.channel].send(parcel.user, parcel.piece, key=parcel.key)
        except Exception as error:
            failure = error if isinstance(error, SendError) else _crashed(parcel.channel, error)
            return await self._refused(parcel, failure)
        self._metrics.count("sends_total", channel=parcel.channel, result="sent")
        self._metrics.observe("send_seconds", time.perf_counter() - began)
        return await self._database.write(lambda s: self._lanes.sent(s, parcel, external_id, now=self._clock.now()))

    async def _refused(self, parcel: Parcel, error: SendError) -> Step:
        self._metrics.count("sends_total", channel=parcel.channel, result=error.verdict)
        log.warning(
            "a message was not sent",
            extra={"conversation": parcel.conversation_id, "code": error.code, "tries": parcel.tries},
            exc_info=error if error.code.endswith(".crashed") else None,
        )
        if error.everybody:
            # A thousand conversations need not find out one by one.
            self._paused[parcel.channel] = time.monotonic() + (error.after or _EVERYBODY_PAUSE_SECONDS)
        return await self._database.write(lambda s: self._lanes.refused(s, parcel, error, now=self._clock.now()))

    async def _sweep(self) -> None:
        while True:
            try:
                awake = [name for name in self._clients if time.monotonic() >= self._paused.get(name, 0.0)]
                look = partial(repository.due, channels=awake, now=self._clock.now())
                for conversation_id, channel in await self._database.read(look):
                    if conversation_id not in self._tasks:
                        self.wake(conversation_id, channel)
            except Exception:
                log.exception("the sweep for messages to send failed; it goes on")
            await asyncio.sleep(SWEEP_SECONDS)


def _pace(channel: PushChannel) -> Buckets:
    per_second = channel.capabilities.per_second
    return Buckets(Rate(burst=per_second, per_minute=per_second * 60))


def _crashed(channel: str, error: Exception) -> SendError:
    """A bug of ours is tried again a few times and then shown, like anything else that does not pass."""
    return SendError(f"{channel}.crashed", repr(error), "retry", maybe_sent=True)
