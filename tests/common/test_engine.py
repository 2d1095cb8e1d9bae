"""Durable jobs: there if and only if the commit is, run at least once, retried, and never lost to a kill."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from common import engine as durable
from common.clock import FixedClock
from common.database import transaction
from common.engine import Worker, enqueue, open_problems
from common.errors import RetourError
from common.settings import ROOT

_PATIENCE = 60.0


@pytest.fixture(autouse=True)
def _quick_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(durable, "_FIRST_RETRY_SECONDS", 0.01)


class Recorder:
    """A handler that notes its calls and fails as often as it is told."""

    def __init__(self, *failures: Exception) -> None:
        self.calls: list[dict[str, Any]] = []
        self.failures = list(failures)
        self._changed = threading.Condition()

    def __call__(self, payload: dict[str, Any]) -> None:
        with self._changed:
            self.calls.append(payload)
            failure = self.failures.pop(0) if self.failures else None
            self._changed.notify_all()
        if failure is not None:
            raise failure

    def wait_for(self, calls: int) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.calls) >= calls, timeout=_PATIENCE), self.calls


@contextmanager
def working(
    engine: sa.Engine, clock: FixedClock, schedules: dict[str, timedelta] | None = None, **handlers: Recorder
) -> Iterator[None]:
    worker = Worker(engine, clock, handlers, executor_id="test", schedules=schedules)
    worker.start()
    try:
        yield
    finally:
        worker.stop()


def _eventually(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _PATIENCE
    while not holds():
        assert time.monotonic() < deadline, "it never came to hold"
        threading.Event().wait(0.05)


def _problems(engine: sa.Engine) -> list[tuple[str, int, str]]:
    with transaction(engine) as session:
        return [(problem.key, problem.attempts, problem.code) for problem in open_problems(session)]


def test_a_job_exists_if_and_only_if_its_commit_does(engine: sa.Engine, clock: FixedClock) -> None:
    job = Recorder()
    with pytest.raises(ZeroDivisionError), transaction(engine) as session:
        enqueue(session, "job", {"n": 1}, key="rolled back")
        raise ZeroDivisionError
    with transaction(engine) as session:
        enqueue(session, "job", {"n": 2}, key="committed")
    with working(engine, clock, job=job):
        job.wait_for(1)
    assert job.calls == [{"n": 2}]


def test_the_same_key_is_the_same_job(engine: sa.Engine, clock: FixedClock) -> None:
    job = Recorder()
    with working(engine, clock, job=job):
        for _ in range(3):
            with transaction(engine) as session:
                enqueue(session, "job", {"n": 1}, key="one")
        with transaction(engine) as session:
            enqueue(session, "job", {"n": 2}, key="another")
            enqueue(session, "job", {"n": 1}, key="one")
        job.wait_for(2)
        with transaction(engine) as session:
            enqueue(session, "job", {"n": 1}, key="one")
            enqueue(session, "job", {"n": 3}, key="last")
        job.wait_for(3)
    assert Counter(call["n"] for call in job.calls) == {1: 1, 2: 1, 3: 1}


def test_a_failure_that_may_pass_is_tried_again(engine: sa.Engine, clock: FixedClock) -> None:
    away = RetourError("supplier.away", "The supplier is away.", retryable=True)
    job = Recorder(away, RuntimeError("a bug"), away)
    with transaction(engine) as session:
        enqueue(session, "job", {}, key="k")
    with working(engine, clock, job=job):
        job.wait_for(4)
    assert len(job.calls) == 4
    assert _problems(engine) == []


@pytest.mark.slow
def test_what_keeps_failing_is_shown_and_settled_when_it_works_at_last(engine: sa.Engine, clock: FixedClock) -> None:
    away = RetourError("supplier.away", "The supplier is away.", retryable=True)
    # It fails until it has been seen to be shown, however long that takes.
    job = Recorder(*[away] * 100)
    with transaction(engine) as session:
        enqueue(session, "job", {}, key="k")
    with working(engine, clock, job=job):
        _eventually(lambda: _problems(engine) != [])
        ((key, tries, code),) = _problems(engine)
        assert (key, code) == ("k", "supplier.away")
        assert tries >= durable._ATTEMPTS_BEFORE_ALERT
        job.failures.clear()
        _eventually(lambda: _problems(engine) == [])


def test_a_refusal_is_recorded_once_and_not_tried_again(engine: sa.Engine, clock: FixedClock) -> None:
    job, other = Recorder(RetourError("claim.refused", "Never.")), Recorder()
    with transaction(engine) as session:
        enqueue(session, "job", {}, key="k")
    with working(engine, clock, job=job, other=other):
        _eventually(lambda: _problems(engine) == [("k", 1, "claim.refused")])
        with transaction(engine) as session:
            enqueue(session, "other", {}, key="o", delay=timedelta(seconds=0.1))
        other.wait_for(1)
    assert len(job.calls) == 1


def test_a_delayed_job_waits_for_its_time(engine: sa.Engine, clock: FixedClock) -> None:
    job = Recorder()
    with transaction(engine) as session:
        enqueue(session, "job", {"n": "much later"}, key="later", delay=timedelta(hours=1))
        enqueue(session, "job", {"n": "soon"}, key="soon", delay=timedelta(seconds=0.2))
        enqueue(session, "job", {"n": "now"}, key="now")
    with working(engine, clock, job=job):
        job.wait_for(2)
    assert {call["n"] for call in job.calls} == {"now", "soon"}


def test_a_schedule_runs_once_a_period(engine: sa.Engine, clock: FixedClock) -> None:
    job = Recorder()
    with working(engine, clock, {"job": timedelta(seconds=0.2)}, job=job):
        job.wait_for(1)
        clock.advance(timedelta(seconds=1))
        job.wait_for(2)
    assert len(job.calls) == 2


def test_a_database_that_is_away_for_a_moment_loses_no_retry(
    engine: sa.Engine, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    trouble = [sa.exc.OperationalError("SELECT 1", {}, Exception("the database is away")) for _ in range(2)]
    original = durable._put

    def put(*arguments: Any, **named: Any) -> None:
        if threading.current_thread() is not threading.main_thread() and trouble:
            raise trouble.pop()
        original(*arguments, **named)

    monkeypatch.setattr(durable, "_put", put)
    job = Recorder(RetourError("supplier.away", "The supplier is away.", retryable=True))
    with transaction(engine) as session:
        enqueue(session, "job", {}, key="k")
    with working(engine, clock, job=job):
        job.wait_for(2)
    assert trouble == []


@pytest.mark.slow
def test_kill_9_in_the_middle_of_a_job_loses_nothing(database_url: str, tmp_path: Path, engine: sa.Engine) -> None:
    with transaction(engine) as session:
        for number in range(3):
            enqueue(session, "job", {"n": number}, key=f"k{number}")
    started, done = tmp_path / "started", tmp_path / "done"
    for _ in range(2):
        process = _program(database_url, started, done, hang=True)
        _eventually(lambda: started.exists() and started.stat().st_size > 0)
        process.send_signal(signal.SIGKILL)
        process.wait(timeout=30)
        started.unlink()
    process = _program(database_url, started, done, hang=False)
    try:
        _eventually(lambda: done.exists() and set(done.read_text().split()) == {"0", "1", "2"})
    finally:
        process.terminate()
        process.wait(timeout=30)


def _program(database_url: str, started: Path, done: Path, *, hang: bool) -> subprocess.Popen[bytes]:
    arguments = [database_url, str(started), str(done), "hang" if hang else "work"]
    return subprocess.Popen(
        [sys.executable, "-m", "tests.common.engine_program", *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
