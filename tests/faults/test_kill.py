"""`kill -9` at random moments while returns run, with a payment service and a supplier that fail after doing the work,
answer twice, late or never: each case ends right, each refund is paid exactly once, the books balance.

`RETOUR_TEST_KILLS=200` is the full size; the faults are in `plan.yml`.
"""

from __future__ import annotations

import os
import random
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import requests

from retour.demo.faults import FILE
from tests.shopper import Shopper
from tests.situations import damaged_mug, drive, wrong_size
from tests.stack import Stack, running

KILLS = int(os.environ.get("RETOUR_TEST_KILLS", "20"))
SEED = 20261123
ROLES = ("bot", "actions", "rasa", "supplier", "payments")
PLAN = Path(__file__).with_name("plan.yml")
_CONVERSATION_SECONDS = 240.0
_END_SECONDS = 300.0
# A life is short for the supervisor below twenty seconds from its start, which may wait five.
_LONG_LIFE_SECONDS = 27.0
_SHORTEST_LIFE_SECONDS = 4.0
_SHORT_LIVES = 2

pytestmark = [pytest.mark.slow, pytest.mark.stack, pytest.mark.timeout(600 + 15 * KILLS)]


class Outcomes:
    """What the shoppers went through; filled by their threads."""

    def __init__(self) -> None:
        self.finished: list[str] = []
        self.stuck: list[str] = []


class Victims:
    """Who may be killed next: the supervisor gives up on five short lives in a row, and rightly."""

    def __init__(self) -> None:
        self._last = dict.fromkeys(ROLES, 0.0)
        self._short = dict.fromkeys(ROLES, 0)

    def waited_for(self) -> list[str]:
        """Waits until there is somebody."""
        while not (found := [role for role in ROLES if self._may(role)]):
            time.sleep(0.2)
        return found

    def killed(self, role: str) -> None:
        long = time.monotonic() - self._last[role] > _LONG_LIFE_SECONDS
        self._short[role] = 0 if long else self._short[role] + 1
        self._last[role] = time.monotonic()

    def _may(self, role: str) -> bool:
        lived = time.monotonic() - self._last[role]
        return lived > _LONG_LIFE_SECONDS or (lived > _SHORTEST_LIFE_SECONDS and self._short[role] < _SHORT_LIVES)


def shop(stack: Stack, lane: int, until: threading.Event, outcomes: Outcomes, lock: threading.Lock) -> None:
    """One shopper after the other on this lane: situation a and b in turn, French and English in turn."""
    turn = 0
    while not until.is_set() or turn < 2:
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


def test_processes_are_killed_while_shoppers_return_things(tmp_path: Path) -> None:
    chance = random.Random(SEED)
    killed: Counter[str] = Counter()
    with running(tmp_path, **{FILE: str(PLAN)}) as stack:
        outcomes, stop, lock = Outcomes(), threading.Event(), threading.Lock()
        began = time.monotonic()
        lanes = [threading.Thread(target=shop, args=(stack, lane, stop, outcomes, lock)) for lane in range(2)]
        for lane in lanes:
            lane.start()
        victims = Victims()
        for _ in range(KILLS):
            # The moment is random on purpose: the point is that no moment is special.
            time.sleep(chance.uniform(0.5, 4.0))
            role = chance.choice(victims.waited_for())
            stack.kill(role)
            victims.killed(role)
            killed[role] += 1
        stop.set()
        for lane in lanes:
            lane.join(_CONVERSATION_SECONDS * 2)
        assert outcomes.stuck == []
        assert len(outcomes.finished) >= 4
        unfinished = wait_for_the_end(stack, _END_SECONDS + time.monotonic() - began)
        assert unfinished == []
        print(f"{KILLS} kills: {', '.join(f'{role} {count}' for role, count in sorted(killed.items()))}")
        check_refunds(stack, len(outcomes.finished))
        check_books(stack)
        check_claims(stack)


def wait_for_the_end(stack: Stack, seconds: float) -> list[str]:
    """The cases whose money, or whose supplier's money, has not come to its end in time.

    Waits between tries double, so the last of them may be as long as all the trouble before it.
    """
    deadline = time.monotonic() + seconds
    while True:
        rows = stack.rows(
            "SELECT rd_case.reference, rd_case.status, rd_supplier_claim.status FROM rd_case"
            " LEFT JOIN rd_supplier_claim ON rd_supplier_claim.case_id = rd_case.id"
            " WHERE rd_case.status <> 'refunded' OR rd_supplier_claim.status <> 'credited'"
        )
        if not rows or time.monotonic() > deadline:
            return [f"{row[0]} {row[1]} claim {row[2]}" for row in rows]
        time.sleep(1)


def check_refunds(stack: Stack, finished: int) -> None:
    """One refund a case, and the payment service has paid each of them once, to the cent, and nothing else."""
    cases = stack.rows("SELECT id, refund_minor FROM rd_case")
    refunds = stack.rows("SELECT case_id, status, idempotency_key, amount_minor, failure FROM rd_refund")
    assert len(cases) == finished
    assert sorted((str(row[0]), row[3]) for row in refunds) == sorted((str(row[0]), row[1]) for row in cases)
    assert {(str(row[1]), row[4]) for row in refunds} == {("succeeded", None)}
    seen = _get(f"{stack.payments}/_calls", stack)
    paid = {key: (entry["status"], entry["amount_minor"]) for key, entry in seen["refunds"].items()}
    assert paid == {str(row[2]): ("succeeded", row[3]) for row in refunds}
    events = stack.rows("SELECT outcome, count(*) FROM rd_payment_event GROUP BY outcome")
    assert {str(row[0]) for row in events} <= {"applied", "unchanged"}
    total = sum(entry["amount_minor"] for entry in seen["refunds"].values())
    asked = sum(seen["calls"].values())
    print(f"{len(cases)} cases, {len(refunds)} refunds paid once each ({total} cents), {asked} calls for them")
    print(f"payment events: {', '.join(f'{row[1]} {row[0]}' for row in events) or 'none'}")


def check_books(stack: Stack) -> None:
    """Every transaction balances, refunds cost what was paid, and nothing is still expected of a supplier."""
    sides = "rd_ledger_entry GROUP BY transaction_id HAVING sum(debit_minor) <> sum(credit_minor)"
    assert stack.rows(f"SELECT transaction_id FROM {sides}") == []
    net = "SELECT account, sum(debit_minor - credit_minor) FROM rd_ledger_entry GROUP BY account"
    balances = {str(account): int(str(balance)) for account, balance in stack.rows(net)}
    paid = _number(stack, "SELECT sum(amount_minor) FROM rd_refund WHERE status = 'succeeded'")
    credited = _number(stack, "SELECT sum(credit_received_minor) FROM rd_supplier_claim")
    assert balances["shopper_refunds"] == paid == -balances["payment_service"]
    assert balances.get("supplier_credit_received", 0) == credited
    assert balances.get("supplier_credit_expected", 0) == 0
    print(f"books: {', '.join(f'{account} {balance}' for account, balance in sorted(balances.items()))}; sum 0")
    assert sum(balances.values()) == 0


def check_claims(stack: Stack) -> None:
    """The supplier has one return a case, however often it was asked."""
    claims = stack.rows("SELECT external_id FROM rd_supplier_claim")
    calls = _get(f"{stack.supplier}/_calls", stack)["calls"]
    assert len({row[0] for row in claims}) == len(claims) == len(calls)
    print(f"{len(claims)} supplier claims filed once each, {sum(calls.values())} calls for them")


def _number(stack: Stack, query: str) -> int:
    (value,) = stack.rows(query)[0]
    return int(str(value or 0))


def _get(url: str, stack: Stack) -> dict[str, Any]:
    answer = requests.get(url, headers={"Authorization": f"Bearer {stack.demo_token()}"}, timeout=10)
    content: dict[str, Any] = answer.json()
    return content
