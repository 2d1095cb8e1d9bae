"""What the edge is made of: given by whoever composes the server, and what lives as long as the server does."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.channels.gate import Gate
from bot.channels.plug import Plugged
from bot.channels.preparation import Preparation
from bot.channels.registry import plugged
from bot.conversation.dispatcher import Dispatcher
from bot.conversation.lease import Lease
from bot.delivery.courier import Courier
from bot.delivery.service import Lanes
from bot.inbox.service import Work
from bot.limits import Limits, Rates
from bot.metrics import Metrics
from bot.notifier import Notifier
from bot.outbox.handed_out import HandedOut
from bot.photos import PhotoDesk
from bot.rasa import RasaClient
from bot.work import Database
from common.clock import Clock
from common.phrases import Phrases
from common.settings import Settings
from common.shop_config import ShopConfig

Orders = Callable[[Session], list[dict[str, Any]]]


@dataclass(frozen=True)
class BotContext:
    """What `blueprint` needs. `demo_orders` turns the demo shop on; `rasa` and `channels` are made from the
    settings by default.
    """

    settings: Settings
    engine: sa.Engine
    clock: Clock
    phrases: Phrases
    shop: ShopConfig
    rasa: RasaClient | None = None
    demo_orders: Orders | None = None
    rates: Rates = field(default_factory=Rates)
    channels: dict[str, Plugged] | None = None


class Running:
    """The parts of a running edge. `start` and `stop` on the server's event loop."""

    def __init__(self, context: BotContext) -> None:
        settings = context.settings
        self.context = context
        self.stopping = False
        self.rasa = context.rasa or RasaClient(settings.rasa_url, settings.rasa_token)
        self.database = Database(context.engine)
        self.metrics = Metrics()
        self.limits = Limits(context.rates)
        self.notifier = Notifier(self.database)
        self.handed_out = HandedOut(self.database, context.clock)
        self.photos = PhotoDesk(self.database, context.clock, self.metrics, settings.home)
        owner = owner_of(settings)
        given = context.channels
        self.channels = plugged(settings, context.shop, context.phrases) if given is None else given
        clients = {name: found.client for name, found in self.channels.items()}
        lanes = Lanes(owner, {name: found.channel for name, found in self.channels.items()}, context.phrases)
        self.courier = Courier(self.database, context.clock, self.metrics, lanes, clients)
        self.dispatcher = Dispatcher(
            self.database,
            self.rasa,
            context.clock,
            self.notifier,
            self.metrics,
            Lease(owner),
            Preparation(self.database, clients, self.photos),
            self.courier,
        )
        self.gate = Gate(
            self.database,
            context.clock,
            context.phrases,
            self.metrics,
            self.dispatcher.lease,
            self.limits,
            self._heard,
            self._moved,
        )
        self._listeners: list[asyncio.Task[None]] = []

    def _heard(self, conversation_id: str, work: Work | None) -> None:
        self.dispatcher.wake(conversation_id, work)
        self.notifier.notify(conversation_id)

    def _moved(self, conversation_id: str, channel: str) -> None:
        self.courier.wake(conversation_id, channel)
        self.notifier.notify(conversation_id)

    async def start(self) -> None:
        self.notifier.start()
        self.handed_out.start()
        await self.dispatcher.start()
        await self.courier.start()
        for name, found in self.channels.items():
            if found.listen is not None:
                listening = asyncio.ensure_future(found.listen(self.gate))
                listening.set_name(f"bot-listen-{name}")
                self._listeners.append(listening)

    async def stop(self) -> None:
        """Wake those who wait, let turns end, write what is left to write."""
        self.stopping = True
        for listening in self._listeners:
            listening.cancel()
        await asyncio.gather(*self._listeners, return_exceptions=True)
        await self.notifier.stop()
        await self.dispatcher.stop()
        await self.courier.stop()
        await self.handed_out.stop()
        await self.rasa.close()
        self.database.close()


def owner_of(settings: Settings) -> str:
    """This process's name for leases, the same after a restart: nobody else can listen on its port.

    Sanic gives workers of one server names of their own.
    """
    worker = os.environ.get("SANIC_WORKER_NAME", "")
    return f"{socket.gethostname()[:30]}:{settings.port}:{worker}"[:64]
