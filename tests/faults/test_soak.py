"""Many shoppers on WhatsApp at once, deliveries repeated and shuffled, a failing API, and `kill -9` meanwhile.

Small by default; RETOUR_SOAK=full is 200 conversations of 20 messages and 20 kills. Prints what it counted.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import random
import time
from collections import Counter, deque
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
import requests

from tests import whatsapp
from tests.graph_api import GraphApi
from tests.stack import Stack, running
from tests.whatsapp import delivery, post_async, status, typed

FULL = os.environ.get("RETOUR_SOAK") == "full"
SHOPPERS, MESSAGES, KILLS = (200, 20, 20) if FULL else (20, 6, 3)
SEED = 20261126
FAILING = 0.10
_END_SECONDS = 1_800.0 if FULL else 240.0
# Between two calls for one shopper, at most; so the full storm lasts as long as its kills do.
_PAUSE_SECONDS = 12.0 if FULL else 0.5
# A process that lived this long counts as healthy for `retour up`.
_SHORTEST_LIFE_SECONDS = 21.0 if FULL else 0.0
# Each is answered from the shop's policy, by way of the action server.
_QUESTIONS = (
    "how long do I have to return something?",
    "when will I get my money back?",
    "qui paie les frais de retour ?",
    "combien de temps pour etre remboursé",
)

pytestmark = [pytest.mark.slow, pytest.mark.stack, pytest.mark.timeout(3_600 if FULL else 600)]


@dataclass
class Ledger:
    """What the platform did, as it saw it. Times are places in one count of everything that happened."""

    clock: itertools.count[int] = field(default_factory=itertools.count)
    tried_at: dict[str, int] = field(default_factory=dict)
    acknowledged_at: dict[str, int] = field(default_factory=dict)
    calls: int = 0
    unanswered: int = 0


async def deliver(http: httpx.AsyncClient, shopper: str, chance: random.Random, ledger: Ledger) -> None:
    """All messages of one shopper: each delivered 1 to 4 times, a little out of order, until it is acknowledged."""
    places = [
        (number + chance.uniform(0, 3) * (copy > 0 or chance.random() < 0.2), number)
        for number in range(MESSAGES)
        for copy in range(chance.randint(1, 4))
    ]
    waiting = deque(number for _, number in sorted(places))
    while waiting:
        number = waiting.popleft()
        name = f"wamid.{shopper}.{number}"
        ledger.tried_at.setdefault(name, next(ledger.clock))
        body = delivery(typed(shopper, name, f"{_QUESTIONS[number % len(_QUESTIONS)]} {'!' * (number % 3)}"))
        if await post_async(http, body):
            ledger.acknowledged_at.setdefault(name, next(ledger.clock))
            await asyncio.sleep(chance.uniform(0, _PAUSE_SECONDS))
        else:
            # As Meta does: again later, and what comes after it does not wait.
            ledger.unanswered += 1
            waiting.insert(min(len(waiting), chance.randint(0, 2)), number)
            await asyncio.sleep(chance.uniform(0.1, 1.0))
        ledger.calls += 1


async def report(http: httpx.AsyncClient, reports: deque[dict[str, object]], chance: random.Random) -> None:
    """Hand back what became of messages: late, several in one call, some twice, some never."""
    while True:
        await asyncio.sleep(0.3)
        batch = [reports.popleft() for _ in range(min(len(reports), 40))]
        chance.shuffle(batch)
        if batch and not await post_async(http, delivery(statuses=tuple(batch))):
            reports.extend(batch)


async def kill(stack: Stack, http: httpx.AsyncClient, chance: random.Random) -> int:
    """`kill -9` of Rasa and of bot in turn, at some moment after each is up again."""
    settings, killed = stack.settings(), 0
    up = {"rasa": f"{settings.rasa_url}/status?token={settings.rasa_token}", "bot": f"{stack.base}/health/live"}
    lives = {"rasa": 0.0, "bot": 0.0}
    for role in itertools.islice(itertools.cycle(up), KILLS):
        # Five short lives in a row are a fault that the supervisor gives up on, and rightly.
        while not await _answers(http, up[role]) or time.monotonic() - lives[role] < _SHORTEST_LIFE_SECONDS:
            await asyncio.sleep(0.1)
        await asyncio.sleep(chance.uniform(0.0, 3.0))
        stack.kill(role)
        lives[role], killed = time.monotonic(), killed + 1
    return killed


async def _answers(http: httpx.AsyncClient, url: str) -> bool:
    try:
        return (await http.get(url)).status_code == 200
    except httpx.HTTPError:
        return False


async def storm(stack: Stack, reports: deque[dict[str, object]], ledger: Ledger) -> int:
    """Everything at once, until all is acknowledged and all kills are done."""
    chance = random.Random(SEED)
    limits = httpx.Limits(max_connections=100, max_keepalive_connections=100)
    async with httpx.AsyncClient(base_url=stack.base, trust_env=False, timeout=30, limits=limits) as http:
        reporter = asyncio.create_task(report(http, reports, random.Random(SEED + 1)))
        shoppers = [deliver(http, name, random.Random(f"{SEED}{name}"), ledger) for name in names()]
        killed, *_ = await asyncio.gather(kill(stack, http, chance), *shoppers)
        reporter.cancel()
    return killed


def names() -> list[str]:
    return [f"3361{number:07d}" for number in range(SHOPPERS)]


def test_a_storm_on_whatsapp_loses_doubles_and_disorders_nothing(tmp_path: Path) -> None:
    chance, reports, ledger = random.Random(SEED + 2), deque[dict[str, object]](), Ledger()
    graph = GraphApi()

    def plan() -> str:
        return chance.choice(("before", "after", "500 before", "500 after")) if chance.random() < FAILING else ""

    def arrived(message: dict[str, object]) -> None:
        key, name = str(message["biz_opaque_callback_data"]), str(message["id"])
        for becomes in ("read", "delivered", "sent"):
            if chance.random() < 0.4:
                reports.append(status(name, becomes, key=key))

    graph.plan, graph.arrived = plan, arrived
    graph.start()
    try:
        with running(tmp_path, **whatsapp.environment(graph.url)) as stack:
            began = time.monotonic()
            killed = asyncio.run(storm(stack, reports, ledger))
            stormed = time.monotonic() - began
            wait_for_the_end(stack)
            took = time.monotonic() - began
            check_order(stack, ledger)
            check_replies(stack, graph)
            check_rasa(stack)
            repeats = int(stack.rows("SELECT sum(repeats) FROM rd_piece")[0][0])
            tries = int(stack.rows("SELECT sum(tries) FROM rd_piece")[0][0])
    finally:
        graph.close()
    assert killed == KILLS
    assert graph.doubled() <= repeats
    print(
        f"\nsoak: {SHOPPERS} conversations x {MESSAGES} messages in {ledger.calls} deliveries ({ledger.unanswered} not"
        f" answered), {killed} kills, storm {stormed:.0f} s, all done after {took:.0f} s;"
        f" {len(graph.accepted)} messages arrived for {tries} tries, {sum(graph.suffered.values())} calls failed by"
        f" plan {dict(graph.suffered)}; repeated in doubt {repeats}, doubled {graph.doubled()}"
    )


def wait_for_the_end(stack: Stack) -> None:
    deadline = time.monotonic() + _END_SECONDS
    left: tuple[int, ...] = ()
    while time.monotonic() < deadline:
        (events,) = stack.rows("SELECT count(*) FROM rd_inbox WHERE done_at IS NULL")
        (messages,) = stack.rows("SELECT count(*) FROM rd_outbox WHERE status = 'queued'")
        left = int(events[0]), int(messages[0])
        if left == (0, 0):
            return
        time.sleep(0.5)
    raise AssertionError(f"{left} events and messages are still waiting: {stack.rows('SELECT * FROM rd_lane')[:5]}")


def check_order(stack: Stack, ledger: Ledger) -> None:
    """Every message stored once; what was acknowledged before another was first tried comes before it."""
    found = stack.rows(
        "SELECT c.channel_user, i.external_id, i.error FROM rd_inbox i JOIN rd_conversation c"
        " ON c.id = i.conversation_id ORDER BY i.conversation_id, i.seq"
    )
    assert Counter(str(row[1]) for row in found) == Counter(ledger.tried_at.keys())
    assert [str(row[1]) for row in found if row[2] is not None and not _transient(str(row[2]))] == []
    for _, rows in itertools.groupby(found, key=lambda row: row[0]):
        stored = [str(row[1]) for row in rows]
        assert len(stored) == MESSAGES
        for earlier, later in itertools.combinations(reversed(stored), 2):
            # `earlier` is stored behind `later`, so it must not have been acknowledged before that one was tried.
            assert ledger.acknowledged_at[earlier] > ledger.tried_at[later], (earlier, later)


def _transient(error: str) -> bool:
    # What an event was put off for before it was answered stays written there.
    return error.startswith("rasa.")


def check_replies(stack: Stack, graph: GraphApi) -> None:
    """Every event has its reply, in order; every reply arrived, in order, and nothing else did."""
    events = stack.rows("SELECT id, conversation_id, seq FROM rd_inbox ORDER BY conversation_id, seq")
    replies = stack.rows("SELECT id, conversation_id, seq, key, status FROM rd_outbox ORDER BY conversation_id, seq")
    answered = Counter(str(row[3]).rpartition(":")[0] for row in replies if str(row[3])[-1].isdigit())
    assert [row[0] for row in events if not answered[f"in:{row[0]}"]] == []
    assert {str(row[4]) for row in replies} <= {"sent", "delivered", "read"}
    for _, group in itertools.groupby(replies, key=lambda row: row[1]):
        order = [int(str(row[3]).split(":")[1]) for row in group if str(row[3])[-1].isdigit()]
        assert order == sorted(order)
    arrived = {
        shopper: [str(m["biz_opaque_callback_data"]) for m in got] for shopper, got in graph.by_shopper().items()
    }
    keys = stack.rows(
        "SELECT c.channel_user, o.id, p.part FROM rd_piece p JOIN rd_outbox o ON o.id = p.outbox_id"
        " JOIN rd_conversation c ON c.id = o.conversation_id ORDER BY o.conversation_id, o.seq, p.part"
    )
    expected: dict[str, list[str]] = {}
    for user, outbox_id, part in keys:
        expected.setdefault(str(user), []).append(f"out:{outbox_id}:{part}")
    assert sum(map(len, expected.values())) >= len(replies)
    assert {shopper: list(dict.fromkeys(got)) for shopper, got in arrived.items()} == expected


def check_rasa(stack: Stack) -> None:
    """Rasa, too, took every event once and in order; the last `kill -9` may have been a moment ago."""
    stack.wait_until_whole()
    settings = stack.settings()
    for (conversation_id,) in stack.rows("SELECT id FROM rd_conversation"):
        url = f"{settings.rasa_url}/conversations/{conversation_id}/tracker"
        state = requests.get(url, params={"token": settings.rasa_token, "include_events": "ALL"}, timeout=30).json()
        heard = [
            str((event.get("metadata") or {}).get("message_id"))
            for event in state["events"]
            if event["event"] == "user" and (event.get("metadata") or {}).get("message_id")
        ]
        stored = stack.rows("SELECT id FROM rd_inbox WHERE conversation_id = :id ORDER BY seq", id=conversation_id)
        names_there = [f"in:{row[0]}" for row in stored]
        # Rasa forgets the oldest part of a long conversation; what it remembers must be the end of it.
        assert heard == names_there[len(names_there) - len(heard) :]
        assert heard
