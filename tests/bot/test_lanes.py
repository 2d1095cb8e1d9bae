"""The transactions around a send, without a network: who may send, and what a crash or a late answer leaves behind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.channels.port import Receipt, SendError
from bot.conversation import service as conversations
from bot.delivery import receipts, repository
from bot.delivery.model import Lane, Piece
from bot.delivery.rules import TRIES_BEFORE_PARKING
from bot.delivery.service import LEASE_SECONDS, Lanes, Parcel
from bot.messages import Message
from common.clock import FixedClock
from common.outbox import OutboxRow, OutMessage, post
from common.phrases import Phrases
from tests.bot.memory_channel import MemoryChannel

AWAY = SendError("memory.away", "No answer.", "retry", maybe_sent=True)


@dataclass
class Desk:
    """One conversation and two processes that may send in it."""

    session: Session
    clock: FixedClock
    one: Lanes
    two: Lanes
    id: str

    @property
    def now(self) -> datetime:
        return self.clock.now()

    def say(self, text: str) -> None:
        post(self.session, self.id, OutMessage(text=text), key=text, now=self.now)

    def take(self, lanes: Lanes) -> Parcel | None:
        return lanes.take(self.session, self.id, now=self.now).parcel

    def taken(self, lanes: Lanes) -> Parcel:
        parcel = self.take(lanes)
        assert parcel is not None
        return parcel

    def pieces(self) -> list[tuple[str, int, int]]:
        rows = self.session.scalars(sa.select(Piece).order_by(Piece.id), execution_options={"populate_existing": True})
        return [(piece.status, piece.tries, piece.repeats) for piece in rows]

    def status(self) -> list[str]:
        return list(self.session.scalars(sa.select(OutboxRow.status).order_by(OutboxRow.seq)))

    def later(self, seconds: float) -> None:
        self.clock.advance(timedelta(seconds=seconds))


@pytest.fixture
def desk(session: Session, clock: FixedClock, phrases: Phrases) -> Desk:
    conversation_id = conversations.of_user(session, "memory", "u", language="en", identity={}, now=clock.now())
    one, two = (Lanes(owner, {"memory": MemoryChannel()}, phrases) for owner in ("one", "two"))
    return Desk(session, clock, one, two, conversation_id)


def test_two_processes_never_send_in_one_conversation(desk: Desk) -> None:
    desk.say("hello")
    assert desk.taken(desk.one).piece["text"] == "hello"
    assert desk.take(desk.two) is None
    assert desk.take(desk.one) is None


def test_what_a_killed_process_was_sending_is_taken_over_and_counted(desk: Desk) -> None:
    desk.say("hello")
    desk.taken(desk.one)
    desk.later(LEASE_SECONDS + 1)
    assert desk.taken(desk.two).tries == 2
    assert desk.pieces() == [("going", 2, 1)]


def test_a_piece_that_waited_for_its_place_is_still_ours_unless_somebody_took_over(desk: Desk) -> None:
    desk.say("hello")
    desk.taken(desk.one)
    desk.later(LEASE_SECONDS - 1)
    assert desk.one.renew(desk.session, desk.id, now=desk.now)
    desk.later(LEASE_SECONDS - 1)
    assert desk.take(desk.two) is None
    desk.later(2)
    desk.taken(desk.two)
    assert not desk.one.renew(desk.session, desk.id, now=desk.now)


def test_a_process_takes_its_own_back_at_its_next_start(desk: Desk) -> None:
    desk.say("hello")
    desk.taken(desk.one)
    desk.two.recover(desk.session)
    assert desk.take(desk.one) is None
    desk.one.recover(desk.session)
    assert desk.taken(desk.one).tries == 2


def test_an_answer_that_comes_after_the_lease_ran_out_still_counts(desk: Desk) -> None:
    desk.say("hello")
    slept = desk.taken(desk.one)
    desk.later(LEASE_SECONDS + 1)
    desk.taken(desk.two)
    assert desk.one.sent(desk.session, slept, "m1", now=desk.now).parcel is None
    assert desk.status() == ["sent"]
    # The other one's own answer changes nothing more, and neither does its failure.
    desk.two.refused(desk.session, replace(slept, tries=2), AWAY, now=desk.now)
    assert desk.status() == ["sent"]
    assert desk.take(desk.one) is None


def test_messages_go_one_after_the_other_in_the_commits_of_their_outcomes(desk: Desk) -> None:
    for text in ("one", "two", "three"):
        desk.say(text)
    parcel: Parcel | None = desk.taken(desk.one)
    said = []
    while parcel is not None:
        said.append(parcel.piece["text"])
        parcel = desk.one.sent(desk.session, parcel, f"m{len(said)}", now=desk.now).parcel
    assert said == ["one", "two", "three"]
    assert desk.status() == ["sent"] * 3
    lane = repository.lane(desk.session, desk.id)
    assert lane is not None
    assert lane.owner is None


def test_waits_grow_and_end_in_parking(desk: Desk) -> None:
    desk.say("hello")
    waits = []
    for _ in range(TRIES_BEFORE_PARKING):
        step = desk.one.refused(desk.session, desk.taken(desk.one), AWAY, now=desk.now)
        if step.at is not None:
            waits.append((step.at - desk.now).total_seconds())
            desk.clock.advance(step.at - desk.now)
    # Half of each wait is chance.
    assert all(2**n / 2 <= wait <= 2**n for n, wait in enumerate(waits))
    assert len(waits) == TRIES_BEFORE_PARKING - 1
    assert repository.due(desk.session, ["memory"], now=desk.now + timedelta(days=1)) == []
    assert desk.pieces() == [("going", TRIES_BEFORE_PARKING, TRIES_BEFORE_PARKING - 1)]


def test_a_message_that_cannot_be_written_parks_its_lane(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_self: MemoryChannel, _message: Message) -> list[dict[str, Any]]:
        raise ValueError("a bug")

    monkeypatch.setattr(MemoryChannel, "outbound", broken)
    desk.say("hello")
    assert desk.take(desk.one) is None
    lane = repository.lane(desk.session, desk.id)
    assert lane is not None
    assert (lane.stopped, lane.trouble, lane.owner) == (True, "delivery.unwritable", None)


@pytest.mark.parametrize("first", ["receipt", "answer"])
def test_a_try_that_was_taken_and_failed_later_is_made_again(desk: Desk, first: str) -> None:
    desk.say("hello")
    parcel = desk.taken(desk.one)
    failed = Receipt("m1", "failed", parcel.key, SendError("memory.later", "Failed.", "retry"))
    steps: list[Callable[[], object]] = [
        lambda: receipts.told(desk.session, "memory", failed, now=desk.now),
        lambda: desk.one.sent(desk.session, parcel, "m1", now=desk.now),
    ]
    for step in steps if first == "receipt" else reversed(steps):
        step()
    assert desk.status() == ["queued"]
    desk.later(5)
    again = desk.taken(desk.one)
    assert (again.tries, again.key) == (2, parcel.key)
    # The report of the first try, once more, does not hit the second.
    assert receipts.told(desk.session, "memory", failed, now=desk.now) is None
    desk.one.sent(desk.session, again, "m2", now=desk.now)
    assert desk.status() == ["sent"]


def test_a_template_that_is_refused_later_because_of_the_window_is_not_sent_again_and_again(desk: Desk) -> None:
    post(desk.session, desk.id, OutMessage(response="utter_edge_agent_left"), key="k", now=desk.now)
    desk.session.execute(sa.update(Lane).values(open_until=desk.now + timedelta(hours=1)))
    said = []
    for number in range(3):
        parcel = desk.take(desk.one)
        if parcel is None:
            break
        said.append(parcel.piece)
        desk.one.sent(desk.session, parcel, f"m{number}", now=desk.now)
        closed = Receipt(f"m{number}", "failed", parcel.key, SendError("memory.window", "Closed.", "window"))
        receipts.told(desk.session, "memory", closed, now=desk.now)
        desk.later(60)
    assert [set(piece) for piece in said] == [{"text", "buttons"}, {"template"}]
    assert desk.session.scalars(sa.select(Lane.stopped)).all() == [True]
    assert desk.status() == ["queued"]


def test_reports_of_another_channel_or_place_move_nothing(desk: Desk) -> None:
    desk.say("hello")
    parcel = desk.taken(desk.one)
    desk.one.sent(desk.session, parcel, "m1", now=desk.now)
    for channel, receipt in (
        ("whatsapp", Receipt("m1", "read", parcel.key)),
        ("memory", Receipt("other", "read")),
        ("memory", Receipt("m1", "read", "out:1:7")),
        ("memory", Receipt("m1", "read", f"out:{10**14}:0")),
    ):
        assert receipts.told(desk.session, channel, receipt, now=desk.now) is None
    assert desk.status() == ["sent"]
    assert desk.session.scalars(sa.select(Lane.trouble)).all() == [None]


def test_tries_that_failed_for_everybody_do_not_park_the_first_shopper_who_fails_alone(desk: Desk) -> None:
    too_fast = SendError("memory.too_fast", "Too many requests.", "retry", everybody=True, after=1.0)
    desk.say("hello")
    for error in [too_fast] * (TRIES_BEFORE_PARKING + 2) + [AWAY]:
        parcel = desk.taken(desk.one)
        desk.one.refused(desk.session, parcel, error, now=desk.now)
        desk.later(400)
    assert desk.session.scalars(sa.select(Lane.stopped)).all() == [False]
    assert desk.taken(desk.one).tries == 2
