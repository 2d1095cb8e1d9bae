"""A channel that is written to, over the running edge: events in, turns, messages out."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from bot.channels.port import SendError
from bot.conversation import dispatcher as dispatching
from bot.delivery import courier as couriers
from bot.delivery import rules
from bot.delivery.model import Lane, Piece
from bot.limits import Rate
from bot.web.blueprint import BotContext
from bot.web.context import owner_of
from common.database import transaction
from common.errors import RefusedError, UpstreamError
from common.outbox import OutboxRow, OutMessage, post
from tests.bot.conftest import FREE, Edge
from tests.bot.memory_channel import WINDOW, MemoryClient, plugged
from tests.bot.scripted_rasa import ScriptedRasa
from tests.shopper import photo

PATIENCE = 15.0
Event = dict[str, Any]


class World:
    """The edge with the memory channel."""

    def __init__(self, edge: Edge, client: MemoryClient) -> None:
        self.edge = edge
        self.client = client
        self.http = httpx.Client(base_url=edge.url, trust_env=False, timeout=20)

    def deliver(self, *events: Event) -> None:
        answer = self.http.post("/webhooks/memory", json=list(events))
        assert answer.status_code == 204, answer.text

    def wait(self, done: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE
        while not done():
            assert time.monotonic() < deadline, (self.client.sent, self.edge.rows("SELECT * FROM rd_lane"))
            time.sleep(0.01)

    def hears(self, user: str, *texts: str) -> None:
        self.wait(lambda: len(self.client.texts(user)) >= len(texts))
        assert self.client.texts(user) == list(texts)

    def statuses(self) -> list[str]:
        return self.edge.rows("SELECT status FROM rd_outbox ORDER BY seq")

    def settled(self) -> None:
        """Wait until something was said and nothing of it is queued."""
        self.wait(lambda: bool(found := self.statuses()) and "queued" not in found)


@pytest.fixture(autouse=True)
def _fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dispatching, "SWEEP_SECONDS", 0.1)
    monkeypatch.setattr(couriers, "SWEEP_SECONDS", 0.05)
    monkeypatch.setattr(rules, "_FIRST_RETRY_SECONDS", 0.02)
    monkeypatch.setattr(rules, "_LONGEST_EVERYBODY_SECONDS", 0.05)
    monkeypatch.setattr(couriers, "_EVERYBODY_PAUSE_SECONDS", 0.02)


@pytest.fixture
def world(make_context: Callable[..., BotContext]) -> Iterator[World]:
    client = MemoryClient()
    edge = Edge(make_context(channels=plugged(client))).start()
    made = World(edge, client)
    yield made
    made.http.close()
    edge.close()


def text(user: str, event_id: str, words: str) -> Event:
    return {"user": user, "id": event_id, "text": words}


def test_a_message_is_answered_on_its_channel(world: World, rasa: ScriptedRasa) -> None:
    world.deliver(text("331", "e1", "hello"))
    world.hears("331", "you said hello")
    world.settled()
    assert world.statuses() == ["sent"]
    assert rasa.received[0]["metadata"]["verified_phone"] == "+331"
    assert world.client.shown == [("331", "e1", True)]


def test_a_batch_of_many_keeps_each_shoppers_order_and_a_repetition_changes_nothing(world: World) -> None:
    batch = [text(f"u{n % 3}", f"e{n}", f"m{n}") for n in range(12)]
    for _ in range(3):
        world.deliver(*batch)
    for user in range(3):
        world.hears(f"u{user}", *(f"you said m{n}" for n in range(user, 12, 3)))
    world.settled()
    assert len(world.client.sent) == 12


def test_what_is_not_for_rasa_is_answered_by_a_phrase_or_kept_in_silence(world: World, rasa: ScriptedRasa) -> None:
    world.deliver(text("u", "e1", "x" * 3_000), {"user": "u", "id": "e2"}, text("u", "e3", "still there?"))
    world.wait(lambda: world.client.texts("u")[-1:] == ["you said still there?"])
    assert world.client.texts("u")[0].startswith("Your message is too long: 2000 characters")
    assert rasa.texts() == ["still there?"]
    assert world.edge.rows("SELECT count(*) FROM rd_inbox WHERE done_at IS NOT NULL") == [3]


def test_a_shopper_who_writes_too_fast_is_told_once_and_all_is_kept(
    make_context: Callable[..., BotContext], rasa: ScriptedRasa
) -> None:
    client = MemoryClient()
    edge = Edge(make_context(channels=plugged(client), rates=replace(FREE, events=Rate(3, 0.001)))).start()
    world = World(edge, client)
    try:
        events = [text("u", f"e{n}", f"m{n}") for n in range(6)]
        for _ in range(4):
            # What is brought again is not the shopper's doing.
            world.deliver(*events[:3])
        world.deliver(*events, *events)
        world.deliver(text("v", "f1", "hello"))
        world.hears("v", "you said hello")
        slow = edge.context.phrases.render("utter_edge_too_fast", "en").text
        world.hears("u", "you said m0", "you said m1", "you said m2", slow)
        assert "m3" not in rasa.texts()
        assert edge.rows("SELECT count(*) FROM rd_inbox WHERE body LIKE '%m5%'") == [1]
        assert edge.rows("SELECT count(*) FROM rd_inbox") == [7]
    finally:
        world.http.close()
        edge.close()


def test_what_belongs_to_nobody_is_kept_once(world: World) -> None:
    for _ in range(2):
        world.deliver({"user": "nobody", "id": "n1"})
    assert world.edge.rows("SELECT external_id, kind FROM rd_channel_notice") == [("n1", "other")]
    assert world.edge.rows("SELECT count(*) FROM rd_conversation") == [0]


def test_a_photo_is_fetched_kept_and_given_to_rasa(world: World, rasa: ScriptedRasa) -> None:
    world.client.files["p1"] = photo(1)
    world.deliver({"user": "u", "id": "e1", "photos": ["p1"]})
    world.hears("u", "you said /photos_sent")
    (kept,) = world.edge.rows("SELECT id FROM rd_photo")
    assert rasa.received[0]["metadata"]["photos"] == [kept]


@pytest.mark.parametrize(
    ("file", "words"),
    [
        (b"this is no picture", "I can't open this file as a photo"),
        (RefusedError("photo.gone", "404"), "I couldn't fetch that photo"),
        (RefusedError("photo.too_large", "big"), "This photo is too large"),
    ],
)
def test_a_photo_that_cannot_be_had_is_told(
    world: World, rasa: ScriptedRasa, file: bytes | Exception, words: str
) -> None:
    world.client.files["p1"] = file
    world.deliver({"user": "u", "id": "e1", "photos": ["p1"]}, text("u", "e2", "and now?"))
    world.wait(lambda: world.client.texts("u")[-1:] == ["you said and now?"])
    assert world.client.texts("u")[0].startswith(words)
    assert rasa.texts() == ["and now?"]


def test_a_photo_that_comes_late_is_waited_for(world: World, rasa: ScriptedRasa) -> None:
    world.client.files["p1"] = UpstreamError("memory.away", "503")
    world.deliver({"user": "u", "id": "e1", "photos": ["p1"]})
    world.wait(lambda: world.edge.rows("SELECT error FROM rd_inbox") == ["memory.away"])
    world.client.files["p1"] = photo(2)
    world.hears("u", "you said /photos_sent")


def test_a_failed_send_is_repeated_and_nothing_overtakes_it(world: World) -> None:
    away = SendError("memory.away", "503", "retry")
    world.client.before = [away, away, None]
    world.deliver(text("u", "e1", "one"), text("u", "e2", "two"))
    world.hears("u", "you said one", "you said two")
    world.settled()
    assert world.edge.rows("SELECT sum(repeats) FROM rd_piece") == [0]
    assert world.edge.rows("SELECT tries FROM rd_piece ORDER BY id") == [3, 1]


def test_a_send_without_an_answer_is_repeated_and_counted(world: World) -> None:
    world.client.after = [SendError("memory.timeout", "no answer", "retry", maybe_sent=True)]
    world.deliver(text("u", "e1", "one"))
    world.hears("u", "you said one", "you said one")
    world.settled()
    assert world.edge.rows("SELECT repeats FROM rd_piece") == [1]
    assert len(set(world.client.keys)) == 1


def test_a_receipt_that_is_faster_than_the_answer_saves_the_repetition(world: World) -> None:
    def tell(key: str) -> None:
        told = threading.Thread(target=world.deliver, args=({"id": "m1", "key": key, "status": "delivered"},))
        told.start()

    world.client.taken = tell
    world.client.after = [SendError("memory.timeout", "no answer", "retry", maybe_sent=True, after=1.0)]
    world.deliver(text("u", "e1", "one"))
    world.settled()
    assert world.client.texts("u") == ["you said one"]
    assert world.edge.rows("SELECT repeats, external_id FROM rd_piece") == [(0, "m1")]
    assert world.statuses() == ["delivered"]


def test_a_message_nobody_will_ever_take_does_not_stop_those_behind_it(world: World) -> None:
    world.client.before = [SendError("memory.invalid", "Not that.", "give_up"), None]
    world.deliver(text("u", "e1", "one"), text("u", "e2", "two"))
    world.hears("u", "you said two")
    world.settled()
    assert world.statuses() == ["failed", "sent"]
    assert world.edge.rows("SELECT stopped, trouble FROM rd_lane") == [(0, "memory.invalid")]


def test_a_conversation_that_keeps_failing_is_parked_and_goes_on_when_the_shopper_writes(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "TRIES_BEFORE_PARKING", 3)
    world.client.before = [SendError("memory.away", "503", "retry")] * 3
    world.deliver(text("u", "e1", "one"))
    world.wait(lambda: world.edge.rows("SELECT trouble FROM rd_lane WHERE stopped") == ["memory.away"])
    world.deliver(text("v", "e2", "other"))
    world.hears("v", "you said other")
    assert world.client.texts("u") == []
    world.deliver(text("u", "e3", "two"))
    world.hears("u", "you said one", "you said two")
    assert world.edge.rows("SELECT count(*) FROM rd_lane WHERE stopped OR trouble IS NOT NULL") == [0]


def test_trouble_that_is_everybodys_parks_nobody(world: World) -> None:
    world.client.before = [SendError("memory.account", "Blocked.", "person", everybody=True)] * 15
    world.deliver(text("u", "e1", "one"))
    world.hears("u", "you said one")
    assert world.edge.rows("SELECT stopped FROM rd_lane") == [0]


def test_receipts_come_late_twice_and_out_of_order(world: World) -> None:
    world.deliver(text("u", "e1", "one"))
    world.settled()
    for status, becomes in [("read", "read"), ("sent", "read"), ("delivered", "read"), ("failed", "read")]:
        world.deliver({"id": "m1", "status": status, "verdict": "retry" if status == "failed" else None})
        assert world.statuses() == [becomes]
    world.deliver({"id": "unknown", "status": "read"}, {"id": "x", "key": "out:99999:0", "status": "read"})
    assert world.client.texts("u") == ["you said one"]


def test_a_message_that_failed_after_it_was_taken_is_sent_again_once(world: World) -> None:
    world.deliver(text("u", "e1", "one"))
    world.settled()
    for _ in range(3):
        world.deliver({"id": "m1", "status": "failed", "verdict": "retry"})
    world.hears("u", "you said one", "you said one")
    world.settled()
    assert world.statuses() == ["sent"]
    world.deliver({"id": "m2", "status": "failed", "verdict": "give_up"})
    assert world.statuses() == ["failed"]


def test_a_long_message_is_one_message_in_several_pieces(world: World, rasa: ScriptedRasa) -> None:
    rasa.script = lambda body: [{"text": "w" * 450}]
    world.client.before = [None, SendError("memory.away", "503", "retry")]
    world.deliver(text("u", "e1", "one"))
    world.hears("u", "w" * 200, "w" * 200, "w" * 50)
    world.settled()
    world.deliver(*({"id": f"m{n}", "status": "delivered"} for n in (1, 2)))
    assert world.statuses() == ["sent"]
    world.deliver({"id": "m3", "status": "read"})
    assert world.statuses() == ["delivered"]


def test_after_the_window_a_template_goes_out_or_the_message_waits(make_context: Callable[..., BotContext]) -> None:
    client = MemoryClient()
    context = make_context(channels=plugged(client, WINDOW))
    edge = Edge(context).start()
    world = World(edge, client)
    try:
        world.deliver(text("u", "e1", "one"))
        world.settled()
        (conversation,) = edge.rows("SELECT id FROM rd_conversation")
        with transaction(edge.engine) as session:
            session.execute(sa.update(Lane).values(open_until=context.clock.now()))
            for number, name in enumerate(("utter_edge_one_moment", "utter_edge_agent_left")):
                post(session, conversation, OutMessage(response=name), key=str(number), now=context.clock.now())
        world.hears("u", "you said one", "template utter_edge_agent_left")
        world.wait(lambda: edge.rows("SELECT trouble FROM rd_lane WHERE stopped") == ["window"])
        assert world.statuses() == ["sent", "queued", "sent"]
        # Posted later by another process: found, because it may have a template.
        with transaction(edge.engine) as session:
            post(session, conversation, OutMessage(response="utter_edge_agent_left"), key="3", now=context.clock.now())
        world.hears("u", "you said one", *["template utter_edge_agent_left"] * 2)
        world.deliver(text("u", "e2", "two"))
        said = ["you said one", *["template utter_edge_agent_left"] * 2]
        world.hears("u", *said, "One moment, I'm looking.", "you said two")
    finally:
        world.http.close()
        edge.close()


def test_what_was_queued_when_the_process_died_goes_out_at_the_next_start(world: World) -> None:
    world.client.before = [SendError("memory.away", "503", "retry", after=30)]
    world.deliver(text("u", "e1", "one"))
    world.wait(lambda: world.edge.rows("SELECT attempts FROM rd_outbox") == [1])
    world.edge.stop()
    context = world.edge.context
    with transaction(world.edge.engine) as session:
        # As a process leaves it that was killed in the middle of a send.
        later = context.clock.now() + timedelta(hours=1)
        session.execute(sa.update(OutboxRow).values(next_try_at=None))
        session.execute(sa.update(Lane).values(owner=owner_of(context.settings), until=later))
        session.execute(sa.update(Piece).values(unsure=True))
    world.edge.start()
    world.hears("u", "you said one")
    assert world.edge.rows("SELECT repeats FROM rd_piece") == [1]
