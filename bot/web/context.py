"""What the edge is made of: given by whoever composes the server, and what lives as long as the server does."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.conversation.dispatcher import Dispatcher
from bot.conversation.lease import Lease
from bot.metrics import Metrics
from bot.notifier import Notifier
from bot.outbox.handed_out import HandedOut
from bot.rasa import RasaClient
from bot.web.limits import Limits, Rates
from bot.work import Database
from common.clock import Clock
from common.phrases import Phrases
from common.settings import Settings
from common.shop_config import ShopConfig

Orders = Callable[[Session], list[dict[str, Any]]]


@dataclass(frozen=True)
class BotContext:
    """What `blueprint` needs. `demo_orders` turns the demo shop on; `rasa` is made from the settings by default."""

    settings: Settings
    engine: sa.Engine
    clock: Clock
    phrases: Phrases
    shop: ShopConfig
    rasa: RasaClient | None = None
    demo_orders: Orders | None = None
    rates: Rates = field(default_factory=Rates)


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
        self.dispatcher = Dispatcher(
            self.database, self.rasa, context.clock, self.notifier, self.metrics, Lease(_owner(settings))
        )

    async def start(self) -> None:
        self.notifier.start()
        self.handed_out.start()
        await self.dispatcher.start()

    async def stop(self) -> None:
        """Wake those who wait, let turns end, write what is left to write."""
        self.stopping = True
        await self.notifier.stop()
        await self.dispatcher.stop()
        await self.handed_out.stop()
        await self.rasa.close()
        self.database.close()


def _owner(settings: Settings) -> str:
    """This process's name for leases, the same after a restart: nobody else can listen on its port.

    Sanic gives workers of one server names of their own.
    """
    worker = os.environ.get("SANIC_WORKER_NAME", "")
    return f"{socket.gethostname()[:30]}:{settings.port}:{worker}"[:64]
