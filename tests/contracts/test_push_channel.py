"""What every channel that is written to promises, on the running edge. A new one is an entry in `HARNESSES`."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import httpx
import pytest

from bot.channels import preparation
from bot.conversation import dispatcher as dispatching
from bot.delivery import courier as couriers
from bot.delivery import rules
from bot.messages import MAX_TEXT
from bot.web.blueprint import BotContext
from common.photos.intake import MAX_BYTES
from tests.bot.conftest import Edge
from tests.bot.scripted_rasa import ScriptedRasa
from tests.contracts.push_harness import HARNESSES, Harness
from tests.shopper import photo

ME, YOU = "33612345678", "16505551234"
PATIENCE = 20.0


class World:
    """The edge with one channel."""

    def __init__(self, edge: Edge, harness: Harness, rasa: ScriptedRasa) -> None:
        self.edge = edge
        self.harness = harness
        self.rasa = rasa
        self.http = httpx.Client(base_url=edge.url, trust_env=False, timeout=30)

    def deliver(self, *events: object) -> None:
        assert all(200 <= code < 300 for code in self.harness.deliver(self.http, *events))

    def until(self, done: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE
        while not done():
            assert time.monotonic() < deadline, (self.harness.heard(ME), self.rasa.texts())
            time.sleep(0.01)

    def hears(self, *texts: str, user: str = ME) -> None:
        self.until(lambda: len(self.harness.heard(user)) >= len(texts))
        assert self.harness.heard(user) == list(texts)

    def quiet(self) -> None:
        """Everything that was stored has been answered, everything posted has been sent."""
        self.until(lambda: self.edge.rows("SELECT count(*) FROM rd_inbox WHERE done_at IS NULL") == [0])
        self.until(lambda: self.edge.rows("SELECT count(*) FROM rd_outbox WHERE status = 'queued'") == [0])


@pytest.fixture(params=HARNESSES)
def world(
    request: pytest.FixtureRequest,
    make_context: Callable[..., BotContext],
    rasa: ScriptedRasa,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[World]:
    monkeypatch.setattr(dispatching, "SWEEP_SECONDS", 0.1)
    monkeypatch.setattr(couriers, "SWEEP_SECONDS", 0.05)
    monkeypatch.setattr(rules, "_FIRST_RETRY_SECONDS", 0.02)
    monkeypatch.setattr(preparation, "_TRIES", 2)
    harness = HARNESSES[request.param]()
    edge = Edge(harness.context(make_context())).start()
    made = World(edge, harness, rasa)
    yield made
    made.http.close()
    edge.close()
    harness.close()


def test_what_is_not_proven_or_no_delivery_or_too_large_stores_nothing(world: World) -> None:
    if not world.harness.signed:
        pytest.skip("the memory channel has no signature and no limit of its own")
    body = b'{"update_id": 1}'
    assert world.harness.raw(world.http, body, proof=False) == 401
    for broken in (b"{", b"", b"null", b"[" * 100_000, b"\xff\xfe"):
        assert world.harness.raw(world.http, broken) == 400
    assert world.harness.raw(world.http, b" " * (world.harness.largest + 1)) == 413
    assert world.edge.rows("SELECT count(*) FROM rd_inbox") == [0]


def test_the_same_event_again_and_again_is_one(world: World) -> None:
    for _ in range(4):
        world.deliver(world.harness.text(ME, "e1", "hello"))
    world.hears("you said hello")
    world.deliver(world.harness.text(ME, "e1", "hello"), world.harness.text(ME, "e2", "again"))
    world.hears("you said hello", "you said again")
    world.quiet()
    assert world.rasa.texts() == ["hello", "again"]


def test_many_at_once_keep_each_shoppers_order(world: World) -> None:
    world.deliver(*(world.harness.text((ME, YOU)[n % 2], f"e{n}", f"m{n}") for n in range(12)))
    world.hears(*(f"you said m{n}" for n in range(0, 12, 2)))
    world.hears(*(f"you said m{n}" for n in range(1, 12, 2)), user=YOU)


@pytest.mark.parametrize("words", ["👩‍👩‍👧‍👦 🇫🇷", "\u202bمرحبا\u202c", "<b>&amp;</b>", "two\nlines", "x" * MAX_TEXT])
def test_words_arrive_as_they_were_written(world: World, words: str) -> None:
    world.rasa.script = lambda body: [{"text": "ok"}]
    world.deliver(world.harness.text(ME, "e1", words))
    world.hears("ok")
    assert world.rasa.texts() == [words]


def test_a_command_is_words_and_too_many_words_are_told(world: World) -> None:
    world.deliver(world.harness.text(ME, "e1", "/restart"), world.harness.text(ME, "e2", "x" * (MAX_TEXT + 1)))
    world.until(lambda: len(world.harness.heard(ME)) == 2)
    assert world.rasa.texts() == ["\u200b/restart"]
    assert "2000" in world.harness.heard(ME)[1]


def test_a_kind_nobody_knows_is_stored_and_does_not_hold_up_the_next(world: World) -> None:
    world.deliver(world.harness.unknown(ME, "e1"))
    world.deliver(world.harness.text(ME, "e2", "hello"))
    world.until(lambda: world.harness.heard(ME)[-1:] == ["you said hello"])
    assert world.rasa.texts() == ["hello"]


def test_a_photo_reaches_rasa(world: World) -> None:
    world.harness.files["p1"] = photo(3)
    world.deliver(world.harness.photo(ME, "e1", "p1"))
    world.hears("you said /photos_sent")
    assert world.rasa.received[0]["metadata"]["photos"] == world.edge.rows("SELECT id FROM rd_photo")


def _huge_picture() -> bytes:
    return b"\xff\xd8\xff" + b"\0" * (MAX_BYTES + 10)


@pytest.mark.parametrize("file", [b"no picture at all", _huge_picture(), None], ids=["no picture", "too large", "gone"])
def test_a_photo_that_cannot_be_taken_is_told_and_the_next_message_has_its_turn(world: World, file: bytes) -> None:
    if file is not None:
        world.harness.files["p1"] = file
    world.deliver(world.harness.photo(ME, "e1", "p1"))
    world.deliver(world.harness.text(ME, "e2", "and now?"))
    world.until(lambda: world.harness.heard(ME)[-1:] == ["you said and now?"])
    assert len(world.harness.heard(ME)) == 2
    assert world.rasa.texts() == ["and now?"]


def test_a_send_that_fails_once_is_repeated_and_nothing_overtakes_it(world: World) -> None:
    world.harness.faults += ["before", "before"]
    world.deliver(world.harness.text(ME, "e1", "one"), world.harness.text(ME, "e2", "two"))
    world.hears("you said one", "you said two")
    world.quiet()
    assert world.harness.faults == []


def test_a_send_that_fails_after_the_work_is_repeated_and_counted(world: World) -> None:
    world.harness.faults.append("after")
    world.deliver(world.harness.text(ME, "e1", "one"))
    world.hears("you said one", "you said one")
    world.quiet()
    assert world.edge.rows("SELECT repeats FROM rd_piece") == [1]


def test_a_send_that_always_fails_is_parked_and_the_others_go_on(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "TRIES_BEFORE_PARKING", 3)
    world.harness.faults += ["before"] * 3
    world.deliver(world.harness.text(ME, "e1", "one"))
    world.until(lambda: world.edge.rows("SELECT count(*) FROM rd_lane WHERE stopped") == [1])
    world.deliver(world.harness.text(YOU, "e2", "other"))
    world.hears("you said other", user=YOU)
    assert world.harness.heard(ME) == []
    world.deliver(world.harness.text(ME, "e3", "two"))
    world.hears("you said one", "you said two")
