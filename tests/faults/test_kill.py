"""`kill -9` of each process in turn, at random moments, while returns run: nothing lost, nothing paid twice."""

from __future__ import annotations

import random
import threading
import time
from pathlib import Path

import pytest
import requests

from tests.shopper import Shopper
from tests.situations import damaged_mug, drive, wrong_size
from tests.stack import Stack, running

KILLS = 20
SEED = 20261123
ROLES = ("bot", "actions", "rasa", "supplier", "payments")
_CONVERSATION_SECONDS = 240.0
_END_SECONDS = 180.0

pytestmark = [pytest.mark.slow, pytest.mark.stack, pytest.mark.timeout(1500)]


class Outcomes:
    """What the shoppers went through; filled by their threads."""

    def __init__(self) -> None:
        self.finished: list[str] = []
        self.stuck: list[str] = []


def shop(stack: Stack, lane: int, until: threading.Event, outcomes: Outcomes, lock: threading.Lock) -> None:
    """One shopper after the other on this lane: situation a and b in turn, French and English in turn."""
    turn = 0
    while not until.is_set() or turn == 0:
        situation = "damaged_low_value" if (lane + turn) % 2 == 0 else "wrong_size"
        with lock:  # an order belongs to one shopper
            number, email = stack.order_for(situation)
            taken = reserve(stack, situation, number)
        try:
            shopper = Shopper(stack.base, "fr" if turn % 2 else "en").start()
            seeds = (lane * 1000 + turn * 2, lane * 1000 + turn * 2 + 1)
            plan = damaged_mug(taken, email, seeds) if situation == "damaged_low_value" else wrong_size(taken, email)
            drive(shopper, plan, seconds=_CONVERSATION_SECONDS)
            outcomes.finished.append(taken)
        except AssertionError as error:
            outcomes.stuck.append(f"{situation} {taken}: {error}")
        turn += 1


def reserve(stack: Stack, situation: str, number: str) -> str:
    """Mark an order as given out, so that no other lane takes it; it stays an ordinary order."""
    stack.write("UPDATE rd_order SET external_id = :mark WHERE number = :number", mark=f"taken:{number}", number=number)
    return number


def test_twenty_kills_while_shoppers_return_things(tmp_path: Path) -> None:
    chance = random.Random(SEED)
    with running(tmp_path) as stack:
        outcomes, stop, lock = Outcomes(), threading.Event(), threading.Lock()
        lanes = [threading.Thread(target=shop, args=(stack, lane, stop, outcomes, lock)) for lane in range(2)]
        for lane in lanes:
            lane.start()
        for kill in range(KILLS):
            # The moment is random on purpose: the point is that no moment is special.
            time.sleep(chance.uniform(0.5, 6.0))
            stack.kill(ROLES[kill % len(ROLES)])
        stop.set()
        for lane in lanes:
            lane.join(_CONVERSATION_SECONDS * 2)
        assert outcomes.stuck == []
        assert len(outcomes.finished) >= 4
        unfinished = wait_for_the_end(stack)
        assert unfinished == []
        check_money(stack, len(outcomes.finished))


def wait_for_the_end(stack: Stack) -> list[str]:
    deadline = time.monotonic() + _END_SECONDS
    while True:
        rows = stack.rows("SELECT reference, status FROM rd_case WHERE status <> 'refunded'")
        if not rows or time.monotonic() > deadline:
            return [f"{row[0]} {row[1]}" for row in rows]
        time.sleep(1)


def check_money(stack: Stack, finished: int) -> None:
    cases = stack.rows("SELECT id FROM rd_case")
    refunds = stack.rows("SELECT case_id, status, idempotency_key, amount_minor FROM rd_refund")
    assert len(cases) == finished
    assert sorted(str(row[0]) for row in refunds) == sorted(str(row[0]) for row in cases)
    assert {str(row[1]) for row in refunds} == {"succeeded"}
    token = stack.demo_token()
    calls = requests.get(f"{stack.payments}/_calls", headers={"Authorization": f"Bearer {token}"}, timeout=10).json()
    paid = {key: (entry["status"], entry["amount_minor"]) for key, entry in calls["refunds"].items()}
    assert paid == {str(row[2]): ("succeeded", row[3]) for row in refunds}
    asked = sum(calls["calls"].values())
    print(f"{len(cases)} cases, {len(refunds)} refunds paid once each, {asked} calls, {KILLS} kills")
