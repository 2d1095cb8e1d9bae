"""kill -9 of the edge's process at random moments, with Rasa losing answers meanwhile."""

from __future__ import annotations

import random
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from common.phrases import Phrases
from common.settings import ROOT
from tests.bot.chatter import Shopper
from tests.bot.conftest import _free_port
from tests.bot.scripted_rasa import ScriptedRasa

KILLS, SHOPPERS, MESSAGES = 8, 6, 30


class Process:
    """The edge, started again and again on the same port and database."""

    def __init__(self, database: str, folder: Path, rasa: str) -> None:
        self.port = _free_port()
        self.command = [sys.executable, "-m", "tests.bot.killable_edge", database, str(folder), str(self.port), rasa]
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        self.process = subprocess.Popen(self.command, cwd=ROOT)
        for _ in range(600):
            try:
                httpx.get(f"{self.url}/health/live", trust_env=False)
                return
            except httpx.HTTPError:
                time.sleep(0.05)
        raise AssertionError("the edge did not start")

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait()


def chat(shopper: Shopper, name: str) -> None:
    """Send every message until it is acknowledged, as the widget does."""
    for number in range(MESSAGES):
        while True:
            try:
                if shopper.post({"client_id": f"{name}-{number}", "text": f"{name} {number}"}).status_code == 202:
                    break
            except httpx.HTTPError:
                pass
            time.sleep(0.02)
        time.sleep(0.05)


def whole(shopper: Shopper) -> list[dict[str, Any]]:
    """The conversation, once the last message is answered."""
    deadline = time.monotonic() + 60
    while True:
        messages: list[dict[str, Any]] = shopper.news()["messages"]
        if messages[-1]["text"].endswith(f" {MESSAGES - 1}") and messages[-1]["from"] == "bot":
            return messages
        assert time.monotonic() < deadline, messages[-3:]
        time.sleep(0.1)


@pytest.mark.slow
def test_every_acknowledged_message_is_answered_once_and_in_order(
    database_url: str, rasa: ScriptedRasa, phrases: Phrases, tmp_path: Path
) -> None:
    moment = phrases.render("utter_edge_one_moment", "en").text
    chance = random.Random(20261123)
    rasa.faults = [chance.choice(["", "", "", "", "drop_after", "drop_before", "500"]) for _ in range(300)]
    rasa.delay = 0.01
    edge = Process(database_url, tmp_path / "home", rasa.url)
    edge.start()
    try:
        shoppers = [Shopper(edge.url).open() for _ in range(SHOPPERS)]
        threads = [threading.Thread(target=chat, args=(s, f"s{i}")) for i, s in enumerate(shoppers)]
        for thread in threads:
            thread.start()
        for _ in range(KILLS):
            time.sleep(chance.uniform(0.1, 0.7))
            edge.kill()
            edge.start()
        for thread in threads:
            thread.join()
        rasa.faults.clear()
        for index, shopper in enumerate(shoppers):
            texts = [f"s{index} {number}" for number in range(MESSAGES)]
            heard = whole(shopper)
            assert [m["text"] for m in heard if m["from"] == "shopper"] == texts
            said = [m["text"] for m in heard if m["from"] == "bot"]
            # A shopper who had to wait is asked for patience once.
            assert said.count(moment) <= 1
            assert [text for text in said if text != moment] == ["you said /start", *(f"you said {t}" for t in texts)]
            # Rasa, too, counted each of them once.
            counted = [event["text"] for event in rasa.events[shopper.id] if event["event"] == "user"]
            assert counted == ["/start", *texts]
    finally:
        edge.kill()
