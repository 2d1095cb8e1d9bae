"""Broken, hostile and plain odd bodies to each webhook: no 5xx, no exception in the log, memory stays flat.

2,500 bodies by default; RETOUR_FUZZ=10000 sets another number.
"""

from __future__ import annotations

import copy
import json
import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.channels.whatsapp.routes import PATH, signature
from common.settings import ROOT
from tests import telegram_updates, whatsapp
from tests.bot.conftest import _free_port
from tests.bot.scripted_rasa import ScriptedRasa
from tests.bot_api import SECRET, BotApi
from tests.graph_api import GraphApi
from tests.whatsapp import delivery, message, photo_of, pressed, status, typed

BODIES = int(os.environ.get("RETOUR_FUZZ") or 2_500)
SEED = 20261126
_MOST_GROWTH_MB = 40.0
_SAMPLES = ROOT.parent / "shared" / "data" / "whatsapp-pywa"
Json = Any

pytestmark = [pytest.mark.slow, pytest.mark.timeout(3_600)]


@dataclass(frozen=True)
class Webhook:
    """Where to call, the headers that make a body a true one, and bodies to begin with."""

    path: str
    headers: Callable[[bytes], dict[str, str]]
    seeds: list[Json]


def whatsapp_seeds() -> list[Json]:
    """One delivery of each kind, Meta's samples too where they are at hand."""
    sender = "33612345678"
    kinds = [
        typed(sender, "wamid.1", "bonjour"),
        photo_of(sender, "wamid.2", "p1", caption="voilà", sha256="x"),
        pressed(sender, "wamid.3", "2.0"),
        message(sender, "wamid.4", "reaction", reaction={"message_id": "x", "emoji": "👍"}),
        message(sender, "wamid.5", "location", location={"latitude": 1.0, "longitude": 2.0}),
        message(sender, "wamid.6", "edit", edit={"message": {"type": "text", "text": {"body": "non"}}}),
        message(sender, "wamid.7", "button", button={"payload": "2.1", "text": "Oui"}),
    ]
    reports = (status("wamid.OUT000001", "read", key="out:1:0"), status("wamid.OUT000002", "failed", code=131026))
    seeds = [json.loads(delivery(*kinds)), json.loads(delivery(statuses=reports))]
    seeds += [json.loads(delivery(kind)) for kind in kinds]
    for path in sorted(_SAMPLES.glob("*.json")):
        seeds += list(json.loads(path.read_text().replace("1122334455667", whatsapp.PHONE_ID)).values())
    return seeds


def signed(body: bytes) -> dict[str, str]:
    return {"X-Hub-Signature-256": signature(whatsapp.APP_SECRET, body)}


def telegram_seeds() -> list[Json]:
    """One update of each kind."""
    kinds = [
        telegram_updates.message(text="bonjour"),
        telegram_updates.message(text="/start x"),
        telegram_updates.photo("p1", caption="voilà", media_group_id="g1"),
        telegram_updates.press("2.0"),
        telegram_updates.message(-5, chat="group", text="hello"),
        telegram_updates.message(voice={"file_id": "v"}),
        {"edited_message": telegram_updates.message(text="non")["message"]},
    ]
    return [json.loads(telegram_updates.update(number, kind)) for number, kind in enumerate(kinds)]


def with_token(_body: bytes) -> dict[str, str]:
    return {"X-Telegram-Bot-Api-Secret-Token": SECRET}


WEBHOOKS = [
    pytest.param(Webhook(PATH, signed, whatsapp_seeds()), id="whatsapp"),
    pytest.param(Webhook("/webhooks/telegram", with_token, telegram_seeds()), id="telegram"),
]


def bodies(webhook: Webhook, chance: random.Random) -> Iterator[bytes]:
    """True deliveries, changed in one to four places of their JSON, or in their bytes, or replaced by noise."""
    while True:
        content = copy.deepcopy(chance.choice(webhook.seeds))
        for _ in range(chance.randint(0, 4)):
            content = changed(content, chance)
        body = json.dumps(content).encode()
        kind = chance.random()
        if kind < 0.08:
            body = body[: chance.randint(0, len(body))]
        elif kind < 0.16:
            body = bytearray(body)
            for _ in range(chance.randint(1, 20)):
                body[chance.randrange(len(body))] = chance.randrange(256)
            body = bytes(body)
        elif kind < 0.20:
            body = chance.randbytes(chance.randint(0, 2_000))
        elif kind < 0.22:
            body = chance.choice([b"[" * 200_000, b'{"entry":' * 50_000, b"7" * 10_000, b"", b"null", b'"\\ud800"'])
        yield body


def changed(value: Json, chance: random.Random) -> Json:
    """The value with something at a random place replaced, removed, doubled or put under another name."""
    if not isinstance(value, dict | list) or not value or chance.random() < 0.08:
        return odd(chance)
    key = chance.choice(list(value) if isinstance(value, dict) else range(len(value)))
    what = chance.random()
    if what < 0.1:
        del value[key]
    elif what < 0.15 and isinstance(value, list):
        value.append(copy.deepcopy(value[key]))
    elif what < 0.2 and isinstance(value, dict):
        value[str(odd(chance))[:50]] = value.pop(key)
    else:
        value[key] = changed(value[key], chance)
    return value


def odd(chance: random.Random) -> Json:
    """Something no honest delivery holds at most places."""
    return chance.choice(
        [None, True, 0, -1, 2**63, 10**400, 1.5, float("inf"), "", " ", "\x00", "\ud800", "/restart", "x" * 5_000,
         "9" * 400, "\u202e👩‍👩‍👧",
         "'; DROP TABLE rd_inbox; --", "<script>", [], {}, [[]], [None], {"a": {}}, "out:1:0",
         "33612345678", "text", "image", f"wamid.{chance.randrange(10**9)}", str(chance.randrange(10**12))]
    )  # fmt: skip


class Server:
    """The edge as a process of its own, with its log and its memory to look at."""

    def __init__(self, folder: Path, environ: dict[str, str], arguments: list[str]) -> None:
        self.port = _free_port()
        self.log = folder / "edge.log"
        command = [sys.executable, "-m", "tests.bot.killable_edge", arguments[0], arguments[1], str(self.port)]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [*command, *arguments[2:]], cwd=ROOT, env={**os.environ, **environ}, stdout=log, stderr=log
            )

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def wait(self) -> None:
        deadline = time.monotonic() + 60
        while True:
            try:
                httpx.get(f"{self.url}/health/live", trust_env=False)
                return
            except httpx.HTTPError:
                assert time.monotonic() < deadline, self.log.read_text()
                time.sleep(0.05)

    def memory_mb(self) -> float:
        text = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(text.split("VmRSS:")[1].split()[0]) / 1024


@pytest.mark.parametrize("webhook", WEBHOOKS)
def test_no_body_breaks_a_webhook(webhook: Webhook, database_url: str, tmp_path: Path) -> None:
    chance = random.Random(SEED)
    graph, bot_api, rasa = GraphApi().start(), BotApi().start(), ScriptedRasa().start()
    answers: Counter[int] = Counter()
    environ = whatsapp.environment(graph.url) | telegram_updates.environment(bot_api.url)
    server = Server(tmp_path, environ, [database_url, str(tmp_path / "home"), rasa.url])
    try:
        server.wait()
        with httpx.Client(base_url=server.url, trust_env=False, timeout=30) as http:
            before = 0.0
            for number, body in enumerate(bodies(webhook, chance)):
                if number == BODIES:
                    break
                headers = webhook.headers(body) if chance.random() < 0.9 else {}
                answers[http.post(webhook.path, content=body, headers=headers).status_code] += 1
                if number == BODIES // 4:
                    before = server.memory_mb()
            after = server.memory_mb()
            alive = http.get("/health/live").status_code
    finally:
        server.process.kill()
        server.process.wait()
        graph.close()
        bot_api.close()
        rasa.close()
    print(f"\nfuzz {webhook.path}: {dict(sorted(answers.items()))}, memory {before:.0f} MB -> {after:.0f} MB")
    assert alive == 200
    assert [code for code in answers if code >= 500] == []
    assert answers[200] > BODIES // 4, "most bodies must get past the signature and be read"
    # python-telegram-bot writes a traceback of its own when a file's answer, a plain 404, is no JSON.
    logged = [line for line in server.log.read_text().splitlines() if '"logger": "telegram.request' not in line]
    assert [line for line in logged if "Traceback" in line] == []
    assert after - before < _MOST_GROWTH_MB
