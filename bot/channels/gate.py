"""Takes in what a channel delivers: everything stored in one commit, then answered, then worked off."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from bot.channels.port import Arrival, Delivery, PushChannel
from bot.conversation import service as conversations
from bot.conversation.lease import Lease
from bot.delivery import receipts
from bot.delivery import repository as deliveries
from bot.delivery import service as lanes
from bot.inbox.service import Work
from bot.limits import Limits
from bot.messages import Inbound, MessageRefusedError
from bot.metrics import Metrics
from bot.work import Database
from common.clock import Clock
from common.phrases import Phrases

_LONGEST_RAW = 64 * 1024


@dataclass(frozen=True)
class _Stored:
    """What became of one delivery: new events with their turns, conversations whose messages have moved on."""

    new: list[tuple[str, Inbound, Work | None]]
    moved: set[str]


class Gate:
    """The way in of channels that bring us events. `woken` is told of each new event, `moved` of each receipt."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        phrases: Phrases,
        metrics: Metrics,
        lease: Lease,
        limits: Limits,
        woken: Callable[[str, Work | None], None],
        moved: Callable[[str, str], None],
    ) -> None:
        self._database = database
        self._clock = clock
        self._phrases = phrases
        self._metrics = metrics
        self._lease = lease
        self._limits = limits
        self._woken = woken
        self._moved = moved

    async def accept(self, channel: PushChannel, body: bytes) -> int:
        """Store what a verified call says; how many events were new. After that it may be acknowledged.

        The same call again stores nothing twice. Raises RefusedError `channel.malformed`.
        """
        return await self.store(channel, channel.read(body))

    async def store(self, channel: PushChannel, delivery: Delivery) -> int:
        """The same for what was read already, such as by a client that asks for news."""
        stored = await self._database.write(lambda s: self._store(s, channel, delivery))
        for conversation_id, inbound, work in stored.new:
            self._metrics.count("inbound_total", channel=channel.name, kind=inbound.kind)
            self._woken(conversation_id, work)
        for conversation_id in stored.moved:
            self._moved(conversation_id, channel.name)
        return len(stored.new)

    def _store(self, session: Session, channel: PushChannel, delivery: Delivery) -> _Stored:
        now, new, moved = self._clock.now(), [], set()
        # Sorted, so that two deliveries with the same shoppers lock their conversations in the same order; the order
        # of one shopper's events stays.
        for arrival in sorted(delivery.arrivals, key=lambda found: found.user):
            added = self._arrived(session, channel, arrival, now)
            if added is not None:
                new.append(added)
        for receipt in sorted(delivery.receipts, key=lambda found: found.external_id):
            conversation_id = receipts.told(session, channel.name, receipt, now=now)
            if conversation_id is not None:
                moved.add(conversation_id)
        for notice in delivery.notices:
            deliveries.add_notice(
                session, channel.name, notice.external_id, notice.kind[:64], notice.raw[:_LONGEST_RAW], at=now
            )
        return _Stored(new, moved)

    def _arrived(
        self, session: Session, channel: PushChannel, arrival: Arrival, now: datetime
    ) -> tuple[str, Inbound, Work | None] | None:
        conversation_id = conversations.of_user(
            session, channel.name, arrival.user, language=arrival.language, identity=arrival.identity, now=now
        )
        inbound = arrival.inbound
        if self._limits.events.take(conversation_id) > 0:
            # What is known has been taken in already and costs nothing.
            if conversations.known_seq(session, inbound) is not None:
                return None
            inbound = self._unheard(conversation_id, inbound)
        try:
            received = self._receive(session, conversation_id, inbound, now)
        except MessageRefusedError as refusal:
            # The channel has delivered it and will not ask the shopper again, so the bot does.
            inbound = replace(inbound, kind="unsupported", choice=None, response=_phrase(refusal))
            received = self._receive(session, conversation_id, inbound, now)
        if received.known == "known":
            self._limits.events.give_back(conversation_id)
            return None
        lanes.heard(session, conversation_id, open_until=_open_until(channel.capabilities.window, arrival, now))
        return conversation_id, inbound, received.work

    def _unheard(self, conversation_id: str, inbound: Inbound) -> Inbound:
        """The event of a shopper who is too fast: kept for a person to read, and no work for the bot."""
        self._metrics.count("refused_total", code="too_fast")
        told = self._limits.warnings.take(conversation_id) > 0
        response = None if told else "utter_edge_too_fast"
        return replace(inbound, kind="unsupported", choice=None, media=(), album=None, response=response, parameters={})

    def _receive(
        self, session: Session, conversation_id: str, inbound: Inbound, now: datetime
    ) -> conversations.Received:
        return conversations.receive(
            session, conversation_id, inbound, phrases=self._phrases, lease=self._lease, now=now
        )


def _phrase(refusal: MessageRefusedError) -> str:
    return "utter_edge_choice_unknown" if refusal.code == "choice_unknown" else refusal.phrase


def _open_until(window: timedelta | None, arrival: Arrival, now: datetime) -> datetime | None:
    if window is None:
        return None
    # A clock that runs ahead of ours must not open the window for longer than it is.
    return min(arrival.said_at or now, now) + window
