"""Turns: whatever dies, and wherever, every message is answered once and in order."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.channels.preparation import Preparation
from bot.conversation import dispatcher as dispatching
from bot.conversation import service
from bot.conversation.dispatcher import Dispatcher
from bot.conversation.lease import LEASE_SECONDS, Lease
from bot.delivery.service import Step
from bot.handoff import service as handoff
from bot.inbox.service import FAILURES_BEFORE_PARKING
from bot.messages import Inbound
from bot.metrics import Metrics
from bot.notifier import Notifier
from bot.outbox import service as outbox
from bot.photos import PhotoDesk
from bot.rasa import RasaClient
from bot.work import Database
from common.clock import FixedClock
from common.database import transaction
from common.phrases import Phrases
from tests.bot.scripted_rasa import ScriptedRasa

T = TypeVar("T")
PATIENCE = 15.0


class _Nobody:
    """The website: nothing is sent to it."""

    def begin(self, session: Session, conversation_id: str, channel: str) -> Step:
        return Step()

    def wake(self, conversation_id: str, channel: str, begun: Step | None = None) -> None: ...


class KilledError(BaseException):
    """What a killed process does: nothing any more."""


class Fuse:
    """Blows at the n-th call it guards, before the call or after it."""

    def __init__(self, at: int, after: bool) -> None:
        self.left = at
        self.after = after
        self.blown = False

    async def around(self, work: Any) -> Any:
        if self.blown:
            work.close()
            raise KilledError
        self.left -= 1
        if self.left == 0:
            self.blown = True
            if not self.after:
                work.close()
                raise KilledError
            await work
            raise KilledError
        return await work


class FusedDatabase(Database):
    def __init__(self, engine: sa.Engine, fuse: Fuse) -> None:
        super().__init__(engine)
        self._fuse = fuse

    async def write(self, work: Callable[[Session], T]) -> T:
        result: T = await self._fuse.around(super().write(work))
        return result


class FusedRasa(RasaClient):
    def __init__(self, url: str, fuse: Fuse) -> None:
        super().__init__(url, "t")
        self._fuse = fuse

    async def _call(self, method: str, path: str, **more: Any) -> Any:
        return await self._fuse.around(super()._call(method, path, **more))


class Desk:
    """A conversation, and dispatchers that come and go around it."""

    def __init__(self, engine: sa.Engine, rasa: ScriptedRasa, clock: FixedClock, phrases: Phrases) -> None:
        self.engine, self.rasa, self.clock, self.phrases = engine, rasa, clock, phrases
        self.lease = Lease("here")
        self.living: list[tuple[Dispatcher, RasaClient, Database]] = []
        with transaction(engine) as session:
            opened = service.open_web(session, language="en", lease=self.lease, now=clock.now())
            self.id = opened.conversation.id
            # The opening is not what these tests are about.
            session.execute(sa.text("UPDATE rd_inbox SET done_at = received_at"))
            session.execute(sa.text("UPDATE rd_conversation SET lease_owner = NULL"))

    def store(self, text: str, lease: Lease | None = None) -> service.Received:
        with transaction(self.engine) as session:
            return service.receive(
                session, self.id, Inbound("web", f"{self.id}:{text}", "text", text=text), phrases=self.phrases,
                lease=lease or self.lease, now=self.clock.now(),
            )  # fmt: skip

    def dispatcher(self, fuse: Fuse | None = None, owner: str = "here", read_seconds: float = 5.0) -> Dispatcher:
        database = FusedDatabase(self.engine, fuse) if fuse else Database(self.engine)
        rasa = FusedRasa(self.rasa.url, fuse) if fuse else RasaClient(self.rasa.url, "t", read_seconds=read_seconds)
        metrics = Metrics()
        ready = Preparation(database, {}, PhotoDesk(database, self.clock, metrics, Path()))
        made = Dispatcher(database, rasa, self.clock, Notifier(database), metrics, Lease(owner), ready, _Nobody())
        self.living.append((made, rasa, database))
        return made

    def said(self) -> list[str]:
        """What the bot and the system said, in order."""
        with transaction(self.engine) as session:
            messages = outbox.transcript(session, self.phrases, self.id)
        return [message.text for message in messages if message.sender != "shopper"]

    def value(self, statement: str) -> Any:
        with transaction(self.engine) as session:
            return session.execute(sa.text(statement)).scalar_one()

    def undone(self) -> int:
        return int(self.value("SELECT count(*) FROM rd_inbox WHERE done_at IS NULL"))

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait for it; time moves on meanwhile, so that what was put off comes due."""
        deadline = asyncio.get_running_loop().time() + PATIENCE
        while not condition():
            assert asyncio.get_running_loop().time() < deadline, f"said {self.said()}, {self.undone()} undone"
            await asyncio.sleep(0.02)
            self.clock.advance(timedelta(seconds=0.5))

    async def answered(self, *texts: str) -> None:
        await self.until(lambda: self.undone() == 0)
        assert self.said() == list(texts)

    async def close(self) -> None:
        for dispatcher, rasa, database in self.living:
            await dispatcher.stop(0)
            await rasa.close()
            database.close()


@pytest.fixture
async def desk(
    engine: sa.Engine, rasa: ScriptedRasa, clock: FixedClock, phrases: Phrases, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Desk]:
    monkeypatch.setattr(dispatching, "SWEEP_SECONDS", 0.02)
    monkeypatch.setattr(dispatching, "_AFTER_BROKEN_DATABASE_SECONDS", 0.0)
    made = Desk(engine, rasa, clock, phrases)
    yield made
    await made.close()


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("at", range(1, 6))
@pytest.mark.parametrize("handed", [True, False], ids=["handed over", "found by the sweep"])
async def test_killed_at_any_point_a_turn_is_made_once(desk: Desk, at: int, after: bool, handed: bool) -> None:
    desk.rasa.script = lambda body: [{"text": f"one {body['message']}"}, {"text": "two"}]
    received = desk.store("hello")
    fuse = Fuse(at, after)
    first = desk.dispatcher(fuse)
    if handed:
        first.wake(desk.id, received.work)
    else:
        await first.start()
    await asyncio.wait(
        [asyncio.ensure_future(first.settled()), asyncio.ensure_future(asyncio.sleep(0.3))],
        return_when=asyncio.FIRST_COMPLETED,
    )
    first._stopping = True
    second = desk.dispatcher()
    await second.start()
    await desk.answered("one hello", "two")
    # Rasa counted it once, however often it was asked.
    assert [event["event"] for event in desk.rasa.events[desk.id]] == ["user", "bot", "bot"]


async def test_messages_behind_a_killed_one_keep_their_order(desk: Desk) -> None:
    received = [desk.store(f"m{number}") for number in range(5)]
    assert [bool(r.work) for r in received] == [True, False, False, False, False]
    fuse = Fuse(3, True)
    first = desk.dispatcher(fuse)
    first.wake(desk.id, received[0].work)
    await asyncio.gather(first.settled(), return_exceptions=True)
    second = desk.dispatcher()
    await second.start()
    await desk.answered(*(f"you said m{number}" for number in range(5)))


@pytest.mark.parametrize("fault", ["500", "drop_before", "drop_after", "garbage", "not_a_list", "502", "503"])
async def test_a_rasa_that_fails_once_is_asked_again_and_answers_once(desk: Desk, fault: str) -> None:
    desk.rasa.faults = [fault]
    dispatcher = desk.dispatcher()
    await dispatcher.start()
    dispatcher.wake(desk.id, desk.store("hello").work)
    await desk.answered("you said hello")
    assert desk.value("SELECT state FROM rd_conversation") == "bot"
    said = [event for event in desk.rasa.events[desk.id] if event["event"] == "bot"]
    assert len(said) == 1


async def test_a_rasa_that_hangs_is_given_up_on_and_asked_what_became_of_it(desk: Desk) -> None:
    dispatcher = desk.dispatcher(read_seconds=0.2)
    await dispatcher.start()
    desk.rasa.gate.clear()
    dispatcher.wake(desk.id, desk.store("hello").work)
    await desk.until(lambda: desk.rasa.tracker_calls > 0)
    desk.rasa.gate.set()
    await desk.until(lambda: desk.undone() == 0)
    assert desk.said()[-1] == "you said hello"
    assert desk.said().count("you said hello") == 1


async def test_while_rasa_is_away_nothing_is_lost_and_the_shopper_hears_so_once(desk: Desk) -> None:
    desk.rasa.stop()
    dispatcher = desk.dispatcher()
    await dispatcher.start()
    for number in range(3):
        dispatcher.wake(desk.id, desk.store(f"m{number}").work)
    moment = desk.phrases.render("utter_edge_one_moment", "en").text
    await desk.until(lambda: desk.value("SELECT max(attempts) FROM rd_inbox") > FAILURES_BEFORE_PARKING + 2)
    assert desk.said() == [moment]
    assert desk.value("SELECT state FROM rd_conversation") == "bot"
    desk.rasa.start()
    await desk.answered(moment, "you said m0", "you said m1", "you said m2")


async def test_while_the_action_server_is_away_the_turn_is_tried_for_as_long_as_it_takes(desk: Desk) -> None:
    desk.rasa.faults = ["503"] * (FAILURES_BEFORE_PARKING + 1)
    dispatcher = desk.dispatcher()
    await dispatcher.start()
    dispatcher.wake(desk.id, desk.store("hello").work)
    await desk.until(lambda: not desk.rasa.faults)
    await desk.until(lambda: desk.undone() == 0)
    assert desk.said()[-1] == "you said hello"


async def test_a_turn_that_insists_on_silence_ends_with_a_word_and_a_person(desk: Desk) -> None:
    desk.rasa.script = lambda body: []
    dispatcher = desk.dispatcher()
    await dispatcher.start()
    dispatcher.wake(desk.id, desk.store("hello").work)
    await desk.until(lambda: desk.undone() == 0)
    assert desk.said()[-1] == desk.phrases.render("utter_edge_technical_trouble", "en").text
    assert desk.value("SELECT state FROM rd_conversation") == "waiting"


@pytest.mark.parametrize(("fault", "code"), [("garbage", "rasa.garbage"), ("drop_before", "rasa.broke_off")])
async def test_a_message_that_always_fails_is_parked_and_the_next_one_answered(
    desk: Desk, fault: str, code: str
) -> None:
    # A message that kills Rasa each time would otherwise be tried for ever, at the cost of everybody.
    desk.rasa.faults = [fault] * FAILURES_BEFORE_PARKING
    dispatcher = desk.dispatcher()
    await dispatcher.start()
    dispatcher.wake(desk.id, desk.store("poison").work)
    dispatcher.wake(desk.id, desk.store("fine").work)
    await desk.until(lambda: desk.undone() == 0)
    trouble = desk.phrases.render("utter_edge_technical_trouble", "en").text
    assert [text for text in desk.said() if text != desk.phrases.render("utter_edge_one_moment", "en").text] == [
        trouble,
        "you said fine",
    ]
    assert desk.value("SELECT state FROM rd_conversation") == "waiting"
    assert desk.value("SELECT error FROM rd_inbox WHERE body LIKE '%poison%'") == code
    with transaction(desk.engine) as session:
        waiting = handoff.list_waiting(session)
    assert [(item.conversation_id, item.reason) for item in waiting] == [(desk.id, f"technical: {code}")]


async def test_a_bug_of_ours_is_a_failure_like_any_other(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_args: Any) -> Any:
        raise KeyError("surprise")

    monkeypatch.setattr(RasaClient, "turn", broken)
    dispatcher = desk.dispatcher()
    await dispatcher.start()
    dispatcher.wake(desk.id, desk.store("hello").work)
    await desk.until(lambda: desk.undone() == 0)
    assert desk.value("SELECT error FROM rd_inbox WHERE kind = 'text'") == "turn.crashed"


async def test_only_one_process_works_on_a_conversation(desk: Desk) -> None:
    """The other one stores a message behind it; whoever holds the conversation answers both."""
    desk.rasa.gate.clear()
    here, there = desk.dispatcher(owner="here"), desk.dispatcher(owner="there")
    here.wake(desk.id, desk.store("first").work)
    await desk.until(lambda: len(desk.rasa.received) == 1)
    second = desk.store("second", Lease("there"))
    assert second.work is None
    there.wake(desk.id, second.work)
    await there.settled()
    desk.rasa.gate.set()
    await here.settled()
    assert desk.said() == ["you said first", "you said second"]
    assert desk.rasa.texts() == ["first", "second"]
    assert desk.value("SELECT lease_owner FROM rd_conversation") is None


async def test_a_dead_process_is_relieved_when_its_lease_has_run_out(desk: Desk) -> None:
    assert desk.store("hello").work is not None  # and then it died
    there = desk.dispatcher(owner="there")
    there.wake(desk.id)
    await there.settled()
    assert desk.said() == []
    desk.clock.advance(timedelta(seconds=LEASE_SECONDS + 1))
    there.wake(desk.id)
    await there.settled()
    assert desk.said() == ["you said hello"]


async def test_a_process_that_slept_through_its_lease_writes_nothing(desk: Desk) -> None:
    desk.rasa.gate.clear()
    here, there = desk.dispatcher(owner="here"), desk.dispatcher(owner="there")
    here.wake(desk.id, desk.store("hello").work)
    await desk.until(lambda: len(desk.rasa.received) == 1)
    desk.clock.advance(timedelta(seconds=LEASE_SECONDS + 1))
    there.wake(desk.id)
    await desk.until(lambda: len(desk.rasa.received) == 2)
    desk.rasa.gate.set()
    await asyncio.gather(here.settled(), there.settled())
    assert desk.said() == ["you said hello"]


async def test_after_a_restart_ones_own_lease_is_no_obstacle(desk: Desk) -> None:
    assert desk.store("hello").work is not None  # killed right after the commit
    again = desk.dispatcher(owner="here")
    await again.start()
    await again.settled()
    assert desk.said() == ["you said hello"]


async def test_while_a_person_answers_nothing_reaches_rasa(desk: Desk) -> None:
    dispatcher = desk.dispatcher()
    await dispatcher.start()
    with transaction(desk.engine) as session:
        handoff.take_over(session, desk.id, "camille", shown_as="Camille", now=desk.clock.now())
    dispatcher.wake(desk.id, desk.store("are you human?").work)
    await desk.until(lambda: desk.undone() == 0)
    assert desk.rasa.received == []
    with transaction(desk.engine) as session:
        handoff.reply(session, desk.id, "camille", "I am", key="1", now=desk.clock.now())
        handoff.hand_back(session, desk.id, agent="camille", now=desk.clock.now())
    dispatcher.wake(desk.id, desk.store("and now?").work)
    joined = desk.phrases.render("utter_edge_agent_joined", "en", {"name": "Camille"}).text
    left = desk.phrases.render("utter_edge_agent_left", "en").text
    # The bot asks again what it was waiting for before it goes on.
    await desk.answered(joined, "I am", left, "you said /start", "you said and now?")
    assert desk.rasa.texts() == ["/start", "and now?"]


async def test_asking_for_a_person_makes_the_conversation_wait_while_the_bot_still_answers(desk: Desk) -> None:
    desk.rasa.script = lambda body: [{"text": "Of course"}, {"custom": {"handoff": True, "reason": "asked"}}]
    dispatcher = desk.dispatcher()
    dispatcher.wake(desk.id, desk.store("a human please").work)
    await dispatcher.settled()
    assert desk.value("SELECT state FROM rd_conversation") == "waiting"
    desk.rasa.script = lambda body: [{"text": "Meanwhile"}]
    dispatcher.wake(desk.id, desk.store("hello?").work)
    await desk.answered("Of course", "Meanwhile")


async def test_a_handoff_without_words_gets_the_edges_own(desk: Desk) -> None:
    desk.rasa.script = lambda body: [{"custom": {"handoff": True}}, {"custom": {"language": "fr"}}]
    dispatcher = desk.dispatcher()
    dispatcher.wake(desk.id, desk.store("a human please").work)
    await desk.answered(desk.phrases.render("utter_edge_handoff_waiting", "fr").text)


async def test_many_conversations_run_side_by_side(desk: Desk) -> None:
    dispatcher = desk.dispatcher()
    desk.rasa.delay = 0.05
    with transaction(desk.engine) as session:
        opened = [service.open_web(session, language="en", lease=desk.lease, now=desk.clock.now()) for _ in range(12)]
    for one in opened:
        dispatcher.wake(one.conversation.id, one.received.work)
    await dispatcher.settled()
    assert desk.value("SELECT count(*) FROM rd_outbox") == 12
