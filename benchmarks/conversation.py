"""How fast a conversation is: one turn, a long one, many at once, and the whole path from the website."""

from __future__ import annotations

import statistics
import threading
import time
import uuid

import requests

from tests.shopper import Shopper
from tests.stack import Stack

# Each needs the action server: the answers come from the shop's policy.
_QUESTIONS = (
    "how long do I have to return something?",
    "when will I get my money back?",
    "qui paie les frais de retour ?",
    "combien de temps pour etre remboursé",
)


def turn(stack: Stack, count: int = 300) -> tuple[float, float]:
    """Milliseconds of a turn through Rasa and the action server, one client: p50 and p99."""
    took = _turns(stack, f"bench-{uuid.uuid4().hex}", count)[10:]
    return percentile(took, 50), percentile(took, 99)


def growth(stack: Stack) -> list[float]:
    """Milliseconds of each of the 510 turns of one conversation."""
    return _turns(stack, f"bench-{uuid.uuid4().hex}", 510)


def growth_factor(took: list[float]) -> float:
    """The median of turns 490 to 510 over that of turns 3 to 12."""
    return statistics.median(took[489:510]) / statistics.median(took[2:12])


def _turns(stack: Stack, sender: str, count: int) -> list[float]:
    settings = stack.settings()
    url = f"{settings.rasa_url}/webhooks/rest/webhook"
    took = []
    with requests.Session() as session:
        for index in range(count):
            body = {"sender": sender, "message": _QUESTIONS[index % len(_QUESTIONS)]}
            body |= {"metadata": {"message_id": str(index), "channel": "web", "locale": "en"}}
            began = time.perf_counter()
            session.post(url, params={"token": settings.rasa_token}, json=body, timeout=30).raise_for_status()
            took.append((time.perf_counter() - began) * 1000)
    return took


def whole_path(stack: Stack, count: int = 40) -> tuple[float, float]:
    """Milliseconds from a message handed to the chat API to its reply in hand, idle system: p50 and p99."""
    took: list[float] = []
    shoppers = [Shopper(stack.base).start() for _ in range(8)]
    for shopper in shoppers:
        shopper.wait(lambda message: bool(message["buttons"]))
        shopper.receive()
    for index in range(count):
        shopper = shoppers[index % len(shoppers)]
        began = time.perf_counter()
        shopper.say(_QUESTIONS[index % len(_QUESTIONS)])
        while not any(message["from"] == "bot" for message in shopper.receive(wait=5)):
            pass
        took.append((time.perf_counter() - began) * 1000)
    return percentile(took, 50), percentile(took, 99)


def throughput(stack: Stack, clients: int = 16, seconds: float = 15.0) -> float:
    """Turns a second through Rasa and the action server with that many conversations at once."""
    settings = stack.settings()
    url = f"{settings.rasa_url}/webhooks/rest/webhook"
    until = time.perf_counter() + seconds
    counts = [0] * clients

    def talk(client: int) -> None:
        sender = f"bench-{uuid.uuid4().hex}"
        with requests.Session() as session:
            while time.perf_counter() < until:
                body = {"sender": sender, "message": _QUESTIONS[counts[client] % len(_QUESTIONS)]}
                body |= {"metadata": {"message_id": str(counts[client]), "channel": "web", "locale": "en"}}
                session.post(url, params={"token": settings.rasa_token}, json=body, timeout=60).raise_for_status()
                counts[client] += 1

    threads = [threading.Thread(target=talk, args=(client,)) for client in range(clients)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) / (time.perf_counter() - began)


def percentile(values: list[float], percent: int) -> float:
    """The value that so many percent do not exceed."""
    return sorted(values)[min(len(values) - 1, len(values) * percent // 100)]
