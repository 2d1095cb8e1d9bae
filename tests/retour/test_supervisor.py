"""The supervisor over real processes."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from retour.processes import ProcessSpec
from retour.supervisor import CannotStartError, Supervisor
from tests.stack import free_ports


def server(name: str, port: int) -> ProcessSpec:
    command = [sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1", "--directory", "/var/empty"]
    command[-1] = str(Path(__file__).parent)
    return ProcessSpec(name, command, f"http://127.0.0.1:{port}/")


def until(condition: Callable[[], bool], seconds: float = 15) -> None:
    """Poll; a process of the operating system tells us nothing else."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=1):
            return True
    except OSError:
        return False


@pytest.fixture
def build(tmp_path: Path) -> Iterator[Callable[..., Supervisor]]:
    made: list[Supervisor] = []

    def make(*specs: ProcessSpec) -> Supervisor:
        supervisor = Supervisor(list(specs), dict(os.environ), tmp_path / "home", lambda _line: None)
        made.append(supervisor)
        return supervisor

    yield make
    for supervisor in made:
        supervisor.stop()


def test_everything_is_ready_when_start_returns_and_gone_after_stop(build: Callable[..., Supervisor]) -> None:
    port = free_ports(2)
    supervisor = build(server("one", port), server("two", port + 1))
    supervisor.start()
    assert answers(port)
    assert answers(port + 1)
    supervisor.stop()
    assert not answers(port)
    assert not answers(port + 1)


def test_a_process_that_is_killed_is_started_again(build: Callable[..., Supervisor], tmp_path: Path) -> None:
    port = free_ports(1)
    supervisor = build(server("one", port))
    supervisor.start()
    watcher = threading.Thread(target=supervisor.watch)
    watcher.start()
    pid_file = tmp_path / "home" / "one.pid"
    first = int(pid_file.read_text())
    os.kill(first, signal.SIGKILL)
    until(lambda: int(pid_file.read_text() or first) != first and answers(port))
    supervisor.request_stop()
    watcher.join(10)
    assert not watcher.is_alive()


def test_one_that_cannot_start_is_named_with_what_it_said_and_nothing_stays(
    build: Callable[..., Supervisor],
) -> None:
    port = free_ports(1)
    broken = ProcessSpec("broken", [sys.executable, "-c", "raise SystemExit('no such port')"], "http://127.0.0.1:9/")
    with pytest.raises(CannotStartError) as refusal:
        build(server("one", port), broken).start()
    assert "broken" in refusal.value.message
    assert "no such port" in refusal.value.message
    assert not answers(port)


def test_one_that_keeps_dying_ends_the_watch(build: Callable[..., Supervisor]) -> None:
    port = free_ports(1)
    supervisor = build(server("one", port))
    supervisor.start()
    supervisor.specs[0].command[:] = [sys.executable, "-c", "raise SystemExit('out of luck')"]
    supervisor._children[0].process.kill()  # type: ignore[union-attr]
    with pytest.raises(CannotStartError, match="out of luck"):
        supervisor.watch()


def test_what_needs_the_database_starts_after_it_was_prepared(build: Callable[..., Supervisor], tmp_path: Path) -> None:
    port = free_ports(2)
    with_database = replace(server("late", port + 1), needs_database=True)
    seen: list[tuple[bool, bool]] = []

    def prepare() -> None:
        seen.append(((tmp_path / "home" / "early.pid").exists(), (tmp_path / "home" / "late.pid").exists()))

    build(server("early", port), with_database).start(prepare)
    assert seen == [(True, False)]
    assert answers(port + 1)


def test_a_failed_preparation_leaves_nothing_running(build: Callable[..., Supervisor]) -> None:
    port = free_ports(1)

    def prepare() -> None:
        raise CannotStartError("up.prepare", "the disk is full")

    with pytest.raises(CannotStartError, match="disk is full"):
        build(server("one", port)).start(prepare)
    assert not answers(port)


def test_a_second_start_on_the_same_home_is_refused(build: Callable[..., Supervisor]) -> None:
    port = free_ports(2)
    build(server("one", port)).start()
    with pytest.raises(CannotStartError, match="already runs"):
        build(server("two", port + 1)).start()
