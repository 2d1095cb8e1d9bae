"""The edge on a real port, in front of a scripted Rasa, driven over HTTP and WebSocket."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from sanic import Sanic

from bot.conversation import dispatcher as dispatching
from bot.conversation import turns
from bot.limits import Rate, Rates
from bot.rasa import RasaClient
from bot.web.blueprint import BotContext, blueprint
from common.clock import SystemClock
from common.database import transaction
from common.phrases import Phrases
from common.settings import Settings
from common.shop_config import ShopConfig
from tests.bot.chatter import Shopper
from tests.bot.scripted_rasa import ScriptedRasa
from tests.loop_server import LoopServer

FREE = Rates(
    messages=Rate(100_000, 100_000),
    photos=Rate(1_000, 1_000),
    conversations=Rate(100_000, 100_000),
    requests=Rate(1_000_000, 1_000_000),
    events=Rate(1_000_000, 1_000_000),
)
ORIGIN = "https://brand.example"


class Edge(LoopServer):
    """A server of the edge in a thread. `start` after `stop` is a restart: same port, same database."""

    def __init__(self, context: BotContext) -> None:
        super().__init__()
        self.context = context
        self.port = _free_port()
        self._server: Any = None
        self.engine = context.engine

    def shopper(self, locale: str = "en") -> Shopper:
        """A new shopper who has opened the chat."""
        return Shopper(self.url).open(locale)

    def rows(self, statement: str) -> list[Any]:
        """What the database holds."""
        with transaction(self.engine) as session:
            return [row[0] if len(row) == 1 else tuple(row) for row in session.execute(sa.text(statement))]

    async def _start(self) -> None:
        name = f"edge{id(self)}{datetime.now(UTC).timestamp()}".replace(".", "")
        app = Sanic(name, configure_logging=False)
        app.config.REQUEST_MAX_SIZE = 64 * 1024 * 1024
        app.config.FALLBACK_ERROR_FORMAT = "json"
        # Sanic rewrites its own methods at the start of an app, which works once in a process.
        app.config.TOUCHUP = False
        app.blueprint(blueprint(self.context))
        self._server = await app.create_server(
            "127.0.0.1", self.port, return_asyncio_server=True, access_log=False, asyncio_server_kwargs={}
        )
        await self._server.startup()
        await self._server.before_start()
        await self._server.after_start()
        await self._server.start_serving()

    async def _stop(self) -> None:
        if self._server is None:
            return
        await self._server.before_stop()
        await self._server.close()
        for connection in list(self._server.connections):
            if getattr(connection, "websocket", None) is not None:
                connection.websocket.fail_connection(1001)
            else:
                connection.abort()
        await self._server.after_stop()
        self._server = None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def rasa() -> Iterator[ScriptedRasa]:
    server = ScriptedRasa().start()
    yield server
    server.close()


@pytest.fixture
def make_context(
    rasa: ScriptedRasa,
    engine: sa.Engine,
    settings: Settings,
    phrases: Phrases,
    shop: ShopConfig,
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[..., BotContext]:
    # A busy machine is no outage: nobody is asked for patience here. What is said in one is in test_turns.
    monkeypatch.setattr(turns, "MOMENT_AFTER", timedelta(hours=1))

    def make(**changes: Any) -> BotContext:
        context = BotContext(
            settings=settings,
            engine=engine,
            clock=SystemClock(),
            phrases=phrases,
            shop=replace(shop, allowed_origins=(ORIGIN,)),
            rasa=RasaClient(rasa.url, "t", read_seconds=3.0),
            rates=FREE,
        )
        return replace(context, **changes)

    return make


@pytest.fixture
def edge(make_context: Callable[..., BotContext], monkeypatch: pytest.MonkeyPatch) -> Iterator[Edge]:
    monkeypatch.setattr(dispatching, "SWEEP_SECONDS", 0.1)
    server = Edge(make_context()).start()
    yield server
    server.close()


@pytest.fixture
def client(edge: Edge) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=edge.url, trust_env=False, timeout=20) as made:
        yield made
