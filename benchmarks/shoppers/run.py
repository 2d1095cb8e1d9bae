"""Many conversations against one running system, a few at a time; the same ones for the same seed."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

from requests.adapters import HTTPAdapter
from sqlalchemy.orm import Session

from benchmarks.shoppers.goals import LANGUAGES, Goal, Persona, goals, personas
from benchmarks.shoppers.judge import judge
from benchmarks.shoppers.player import Facts, Player
from benchmarks.shoppers.report import Result
from common.database import make_engine, transaction
from tests.conversations import world
from tests.shopper import Shopper
from tests.stack import Stack

_AT_ONCE = 4


class _OwnAddress(HTTPAdapter):
    """Connects from an address of its own, as shoppers do: the edge limits what comes from one."""

    def __init__(self, number: int) -> None:
        self._source = f"127.{1 + number // 62_500}.{number // 250 % 250}.{2 + number % 250}"
        super().__init__()

    def init_poolmanager(self, *arguments: object, **named: object) -> None:  # type: ignore[override]
        super().init_poolmanager(*arguments, source_address=(self._source, 0), **named)  # type: ignore[arg-type]


def simulate(stack: Stack, *, seed: int, conversations: int) -> list[Result]:
    """Play them all and judge each by the database."""
    engine = make_engine(stack.settings().database_url)
    plans = [_plan(seed, number) for number in range(conversations)]
    try:
        with transaction(engine) as session:
            world.add_products(session)
            facts = [_facts(session, goal, seed, number) for number, (goal, *_) in enumerate(plans)]
        players = [
            Player(_shopper(stack, number, language), goal, persona, facts[number], language=language, chance=chance)
            for number, (goal, persona, language, chance) in enumerate(plans)
        ]
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            played = list(pool.map(Player.play, players))
        with Session(engine) as session:
            return [Result(number, item, judge(session, item, facts[number])) for number, item in enumerate(played)]
    finally:
        engine.dispose()


def _plan(seed: int, number: int) -> tuple[Goal, Persona, str, random.Random]:
    """Every goal by every persona in turn, so that even a short run meets them all."""
    chance = random.Random(f"{seed}:{number}")
    all_goals, all_personas = list(goals().values()), list(personas().values())
    goal = all_goals[(number + seed) % len(all_goals)]
    persona = all_personas[(number + number // len(all_goals) + seed) % len(all_personas)]
    return goal, persona, chance.choice(LANGUAGES), chance


def _facts(session: Session, goal: Goal, seed: int, number: int) -> Facts:
    # Everybody is somebody else: the policy counts what one shopper was refunded.
    email = f"shopper.{seed}.{number}@example.com"
    order = world.add_order(session, goal.situation, email, now=datetime.now(UTC))
    return Facts(order.number, email)


def _shopper(stack: Stack, number: int, language: str) -> Shopper:
    shopper = Shopper(stack.base, language)
    shopper.http.mount("http://", _OwnAddress(number))
    return shopper
