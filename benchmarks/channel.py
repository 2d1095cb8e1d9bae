"""How fast a message on WhatsApp is answered: from the signed call to the reply at the Graph API, all processes on."""

from __future__ import annotations

import asyncio
import itertools
import time
import uuid
from typing import Any

import httpx

from benchmarks.conversation import percentile
from tests.graph_api import GraphApi
from tests.stack import Stack
from tests.whatsapp import delivery, post_async, typed

_QUESTIONS = (
    "how long do I have to return something?",
    "when will I get my money back?",
    "qui paie les frais de retour ?",
    "combien de temps pour etre remboursé",
)
_PATIENCE_SECONDS = 60.0


class Shoppers:
    """People who write and wait for what arrives at the Graph API."""

    def __init__(self, stack: Stack, graph: GraphApi) -> None:
        self._stack = stack
        self._graph = graph
        self._waiting: dict[str, tuple[asyncio.AbstractEventLoop, asyncio.Future[float]]] = {}
        self._numbers = itertools.count(1)
        graph.arrived = self._arrived

    async def ask(self, http: httpx.AsyncClient, shopper: str, text: str) -> float:
        """Milliseconds until the first word of the answer has arrived."""
        loop = asyncio.get_running_loop()
        answered: asyncio.Future[float] = loop.create_future()
        self._waiting[shopper] = loop, answered
        body = delivery(typed(shopper, f"wamid.{uuid.uuid4().hex}", text))
        began = time.perf_counter()
        if not await post_async(http, body):
            raise RuntimeError("the webhook did not acknowledge a message")
        at = await asyncio.wait_for(answered, _PATIENCE_SECONDS)
        return (at - began) * 1000

    def newcomer(self) -> str:
        """A number nobody has written from."""
        return f"3370{next(self._numbers):07d}"

    def client(self) -> httpx.AsyncClient:
        """A pool of connections as wide as the crowd."""
        limits = httpx.Limits(max_connections=100, max_keepalive_connections=100)
        return httpx.AsyncClient(base_url=self._stack.base, trust_env=False, timeout=30, limits=limits)

    def _arrived(self, message: dict[str, Any]) -> None:
        waiting = self._waiting.pop(message["to"], None)
        if waiting is not None:
            loop, answered = waiting
            loop.call_soon_threadsafe(_resolve, answered, time.perf_counter())


def _resolve(answered: asyncio.Future[float], at: float) -> None:
    if not answered.done():
        answered.set_result(at)


def idle(stack: Stack, graph: GraphApi, count: int = 60) -> tuple[float, float]:
    """p50 and p99 in milliseconds, one shopper after the other."""

    async def measure() -> list[float]:
        people = Shoppers(stack, graph)
        async with people.client() as http:
            known = [people.newcomer() for _ in range(6)]
            took = []
            for index in range(count + len(known)):
                shopper = known[index % len(known)]
                took.append(await people.ask(http, shopper, _QUESTIONS[index % len(_QUESTIONS)]))
                # A person reads what was said; meanwhile the rest of the answer arrives.
                await asyncio.sleep(0.15)
        # The first words of each go through the opening of a conversation.
        return took[len(known) :]

    return _percentiles(asyncio.run(measure()))


def crowded(stack: Stack, graph: GraphApi, people_count: int = 50, seconds: float = 15.0) -> tuple[float, float, float]:
    """p50 and p99 in milliseconds and messages a second, so many shoppers each writing as soon as they are answered."""

    async def measure() -> tuple[list[float], float]:
        people, took = Shoppers(stack, graph), []
        async with people.client() as http:
            known = [people.newcomer() for _ in range(people_count)]
            await asyncio.gather(*(people.ask(http, shopper, _QUESTIONS[0]) for shopper in known))
            began = time.perf_counter()

            async def talk(shopper: str) -> None:
                for index in itertools.count():
                    if time.perf_counter() - began > seconds:
                        return
                    took.append(await people.ask(http, shopper, _QUESTIONS[index % len(_QUESTIONS)]))

            await asyncio.gather(*map(talk, known))
            elapsed = time.perf_counter() - began
        return took, elapsed

    took, elapsed = asyncio.run(measure())
    p50, p99 = _percentiles(took)
    return p50, p99, len(took) / elapsed


def _percentiles(values: list[float]) -> tuple[float, float]:
    return percentile(values, 50), percentile(values, 99)
