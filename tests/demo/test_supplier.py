"""The reference supplier: its API, its own life, its events. The last test runs it as the program it is."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from sanic import HTTPResponse, Request, Sanic, empty

from actions.suppliers.parse import parse_event
from actions.suppliers.web.webhook import signature_of
from common.clock import FixedClock
from common.settings import ROOT
from retour.demo.supplier import create_app
from retour.demo.supplier_life import Pace, SupplierLife
from retour.demo.supplier_state import SupplierState
from tests.loopback import serving

BODY = {
    "reference": "RT-1",
    "desired_outcome": "return",
    "lines": [{"sku": "M", "quantity": 2, "wholesale_minor": 280}],
}
RETURNLESS = BODY | {"desired_outcome": "refund_without_return"}


class Inbox:
    """Stands where Retour's webhook would be: takes events, or answers the statuses it was given first."""

    def __init__(self, *statuses: int) -> None:
        self.statuses = list(statuses)
        self.events: list[dict[str, Any]] = []

    def __call__(self, body: bytes, headers: dict[str, str]) -> int:
        assert headers["X-Retour-Signature"] == signature_of("w", body)
        assert parse_event(body, "test").report is not None
        status = self.statuses.pop(0) if self.statuses else 200
        if status == 200:
            self.events.append(json.loads(body))
        return status

    @property
    def types(self) -> list[str]:
        return [event["type"] for event in self.events]


@pytest.fixture
def state(tmp_path: Path) -> SupplierState:
    return SupplierState(tmp_path / "supplier.db")


@pytest.fixture
def life(state: SupplierState, clock: FixedClock) -> SupplierLife:
    return SupplierLife(state, clock, Pace())


def live(life: SupplierLife, clock: FixedClock, inbox: Inbox, seconds: int) -> None:
    """Let that much time pass, second by second, doing the supplier's work in between."""
    for _ in range(seconds):
        clock.advance(timedelta(seconds=1))
        life.advance()
        life.tell(inbox, "w")


def test_a_return_completes_by_itself_in_less_than_a_minute(
    life: SupplierLife, state: SupplierState, clock: FixedClock
) -> None:
    inbox = Inbox()
    rma, new = life.file("key", BODY)
    assert new
    live(life, clock, inbox, 50)
    assert inbox.types == ["rma.approved", "rma.received", "rma.inspected", "rma.credited"]
    last = inbox.events[-1]["rma"]
    assert (last["rma_number"], last["credit_minor"]) == ("NW-000001", 560)
    assert last["inspection"]["condition"] == "as_new"
    assert state.get(rma.id) is not None
    assert state.unsent() == 0


def test_a_claim_without_return_is_credited_without_a_parcel(life: SupplierLife, clock: FixedClock) -> None:
    inbox = Inbox()
    life.file("key", RETURNLESS)
    live(life, clock, inbox, 20)
    assert inbox.types == ["rma.approved", "rma.credited"]
    assert "return_address" not in inbox.events[0]["rma"]


def test_a_replacement_is_not_credited_as_well(life: SupplierLife, clock: FixedClock) -> None:
    inbox = Inbox()
    life.file("key", BODY | {"desired_outcome": "replacement"})
    live(life, clock, inbox, 50)
    assert inbox.events[-1]["rma"]["credit_minor"] == 0


def test_by_hand_it_waits_after_the_approval(state: SupplierState, clock: FixedClock) -> None:
    life, inbox = SupplierLife(state, clock, Pace(manual=True)), Inbox()
    rma, _ = life.file("key", BODY)
    live(life, clock, inbox, 100)
    assert inbox.types == ["rma.approved"]
    assert life.move(rma.id, "credited")
    assert not life.move(rma.id, "received")
    assert not life.move("rma_0", "received")
    live(life, clock, inbox, 1)
    assert inbox.types == ["rma.approved", "rma.credited"]


def test_an_event_is_sent_until_it_arrives(life: SupplierLife, state: SupplierState, clock: FixedClock) -> None:
    inbox = Inbox(0, 503, 500)
    rma, _ = life.file("key", BODY)
    life.move(rma.id, "approved")
    live(life, clock, inbox, 1)
    assert inbox.events == []
    live(life, clock, inbox, 10)
    assert inbox.types == ["rma.approved"]
    assert state.unsent() == 0


def test_a_malformed_event_is_not_sent_again(life: SupplierLife, state: SupplierState, clock: FixedClock) -> None:
    inbox = Inbox(400)
    rma, _ = life.file("key", BODY)
    life.move(rma.id, "rejected")
    live(life, clock, inbox, 5)
    assert inbox.events == []
    assert state.unsent() == 0


@pytest.mark.parametrize(
    ("fault", "types"),
    [
        ("duplicate", ["rma.approved"] * 2 + ["rma.received"] * 2),
        ("reorder", ["rma.received", "rma.approved"]),
        ("silent", []),
    ],
)
def test_planned_faults_of_events(
    life: SupplierLife, state: SupplierState, clock: FixedClock, fault: str, types: list[str]
) -> None:
    inbox = Inbox()
    rma, _ = life.file("key", BODY)
    state.plan_faults("event", [fault])
    life.move(rma.id, "approved")
    if fault == "reorder":
        life.tell(inbox, "w")
        assert inbox.events == []
    else:
        life.tell(inbox, "w")
        life.tell(inbox, "w")
    life.move(rma.id, "received")
    for _ in range(3):
        life.tell(inbox, "w")
    assert inbox.types == types


def test_another_process_finds_everything(state: SupplierState, clock: FixedClock, tmp_path: Path) -> None:
    SupplierLife(state, clock, Pace()).file("key", BODY)
    again, inbox = SupplierLife(SupplierState(tmp_path / "supplier.db"), clock, Pace()), Inbox()
    live(again, clock, inbox, 5)
    assert inbox.types == ["rma.approved"]
    assert not again.file("key", BODY)[1]


def test_tries_are_counted_through_its_own_death(tmp_path: Path) -> None:
    # Else each life would meet the faults of the first try again, and a client that waits longer and longer never wins.
    lives = [SupplierState(tmp_path / "supplier.db") for _ in range(3)]
    assert [life.count_try("k") for life in lives] == [1, 2, 3]
    assert lives[0].count_try("another") == 1


class TestApi:
    @pytest.fixture
    def base(self, state: SupplierState, clock: FixedClock) -> Iterator[str]:
        life = SupplierLife(state, clock, Pace(manual=True))
        with serving(create_app(state, life, token="t", webhook="http://127.0.0.1:9/", secret="w")) as address:
            yield address

    def post(self, base: str, body: object = BODY, *, key: str | None = "key", token: str = "t") -> requests.Response:
        headers = {"Authorization": f"Bearer {token}"} | ({"Idempotency-Key": key} if key else {})
        return requests.post(f"{base}/rmas", json=body, headers=headers, timeout=10)

    def test_one_key_is_one_rma(self, base: str) -> None:
        first, again = self.post(base), self.post(base)
        assert (first.status_code, again.status_code) == (201, 200)
        assert first.json() == again.json() == {"id": "rma_000001", "status": "pending"}
        assert self.post(base, BODY | {"reference": "RT-2"}).status_code == 409
        # The contradicting call did nothing, so it is not counted.
        assert requests.get(f"{base}/_calls", timeout=10).json()["calls"] == {"key": 2}

    @pytest.mark.parametrize(
        ("body", "key"),
        [
            (BODY, None),
            ([], "key"),
            (BODY | {"lines": []}, "key"),
            (BODY | {"lines": [{"sku": "M"}]}, "key"),
            (BODY | {"desired_outcome": "gift"}, "key"),
            ({**BODY, "reference": 7}, "key"),
        ],
    )
    def test_a_body_that_makes_no_sense(self, base: str, body: object, key: str | None) -> None:
        answer = self.post(base, body, key=key)
        assert answer.status_code == 422
        assert answer.json()["error"]["message"]

    def test_strangers_learn_nothing(self, base: str) -> None:
        assert self.post(base, token="x").status_code == 401
        assert requests.get(f"{base}/rmas/rma_000001", timeout=10).status_code == 401

    def test_a_failure_after_the_work_loses_nothing(self, base: str) -> None:
        requests.post(f"{base}/_faults", json={"plan": ["500_after", "429:7", "500_before"]}, timeout=10)
        assert self.post(base).status_code == 500
        busy = self.post(base)
        assert (busy.status_code, busy.headers["Retry-After"]) == (429, "7")
        assert self.post(base).status_code == 500
        assert self.post(base).status_code == 200

    def test_the_control_page_moves_an_rma(self, base: str) -> None:
        self.post(base, BODY | {"reference": "<b>"})
        page = requests.get(base, timeout=10).text
        assert "&lt;b&gt;" in page
        assert "/_control/rma_000001/received" in page
        assert requests.post(f"{base}/_control/rma_000001/received", timeout=10).json() == {"moved": True}
        assert requests.post(f"{base}/_control/rma_000001/received", timeout=10).status_code == 409
        assert requests.post(f"{base}/_control/rma_000001/lost", timeout=10).status_code == 404
        by_hand = requests.post(f"{base}/_control/rma_000001/inspected", headers={"Accept": "text/html"}, timeout=10)
        assert "inspected" in by_hand.text
        headers = {"Authorization": "Bearer t"}
        assert requests.get(f"{base}/rmas/rma_000001", headers=headers, timeout=10).json()["status"] == "inspected"


@pytest.mark.slow
def test_the_program_tells_its_events_and_survives_being_killed(tmp_path: Path) -> None:
    received: list[str] = []
    app = Sanic("inbox_of_the_program", configure_logging=False)

    @app.post("/events")
    async def take(request: Request) -> HTTPResponse:
        assert request.headers["X-Retour-Signature"] == signature_of("w", request.body)
        received.append(request.json["type"])
        return empty()

    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]

    def start(webhook: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "retour.demo.supplier", "--port", str(port), "--webhook", webhook]
        command += ["--state", str(tmp_path / "state.db"), "--secret-env", "SECRET", "--token-env", "TOKEN"]
        command += ["--answer-seconds", "0.5", "--receive-seconds", "0.5", "--manual"]
        program = subprocess.Popen(command, cwd=ROOT, env={**os.environ, "SECRET": "w", "TOKEN": "t"})
        until(lambda: requests.get(f"http://127.0.0.1:{port}/health", timeout=1).ok)
        return program

    with serving(app) as base:
        program = start(f"{base}/events")
        try:
            headers = {"Authorization": "Bearer t", "Idempotency-Key": "key"}
            url = f"http://127.0.0.1:{port}/rmas"
            filed = requests.post(url, json=BODY, headers=headers, timeout=10).json()
            program.send_signal(signal.SIGKILL)
            program.wait(10)
            program = start(f"{base}/events")
            until(lambda: received == ["rma.approved"])
            assert requests.post(url, json=BODY, headers=headers, timeout=10).json()["id"] == filed["id"]
        finally:
            program.terminate()
            program.wait(10)


def until(true: Any, seconds: float = 30) -> None:
    """Wait for another process, looking often."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if true():
                return
        except requests.ConnectionError:
            pass
        time.sleep(0.05)
    raise AssertionError("it did not happen in time")
