"""Starts the processes, waits until they are ready, starts again what dies, and stops what it started."""

from __future__ import annotations

import ctypes
import fcntl
import signal
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from common.errors import RetourError
from common.settings import ROOT
from retour.processes import ProcessSpec

_READY_WITHIN_SECONDS = 240.0
_STOP_WITHIN_SECONDS = 10.0
_CRASHES_IN_A_ROW = 5
_HEALTHY_AFTER_SECONDS = 20.0
_PR_SET_PDEATHSIG = 1


class CannotStartError(RetourError):
    """A process did not come up; the message carries the last line it wrote."""


@dataclass
class _Child:
    spec: ProcessSpec
    log: Path
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    crashes: int = 0
    not_before: float = 0.0


@dataclass
class Supervisor:
    """Runs the specs with one shared environment; `say` prints progress for a person."""

    specs: list[ProcessSpec]
    environ: dict[str, str]
    home: Path
    say: Callable[[str], None]
    _children: list[_Child] = field(default_factory=list)
    _stopping: threading.Event = field(default_factory=threading.Event)
    _lock: IO[str] | None = None

    def start(self, prepare: Callable[[], None] = lambda: None) -> None:
        """Start everything and wait until each answers. Raises CannotStartError; nothing is left running.

        What needs the database starts after `prepare`, everything else while it runs: Rasa takes longest.
        """
        self._take_lock()
        logs = self.home / "log"
        logs.mkdir(parents=True, exist_ok=True)
        self._children = [_Child(spec, logs / f"{spec.name}.log") for spec in self.specs]
        try:
            for child in self._children:
                if not child.spec.needs_database:
                    self._spawn(child)
            prepare()
            for child in self._children:
                if child.spec.needs_database:
                    self._spawn(child)
            self._wait_ready()
        except BaseException:
            self.stop()
            raise

    def watch(self) -> None:
        """Start again whatever dies, until `stop`. Raises CannotStartError when one keeps dying."""
        while not self._stopping.wait(0.2):
            for child in self._children:
                if child.process is None or child.process.poll() is not None:
                    self._revive(child)

    def stop(self) -> None:
        """End every process that was started: politely, then for good."""
        self._stopping.set()
        running = [child.process for child in self._children if child.process and child.process.poll() is None]
        for process in running:
            process.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + _STOP_WITHIN_SECONDS
        for process in running:
            try:
                process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        if self._lock:
            self._lock.close()

    def request_stop(self) -> None:
        """Make `watch` return; safe in a signal handler."""
        self._stopping.set()

    def _take_lock(self) -> None:
        self.home.mkdir(parents=True, exist_ok=True)
        self._lock = (self.home / "up.lock").open("w")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise CannotStartError(
                "up.running", f"Retour already runs on {self.home}; stop it first or set RETOUR_HOME."
            ) from error

    def _spawn(self, child: _Child) -> None:
        with child.log.open("ab") as log:
            child.process = subprocess.Popen(
                child.spec.command,
                cwd=ROOT,
                env=self.environ | child.spec.environ,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                preexec_fn=_die_with_parent,  # noqa: PLW1509 (one prctl call, no lock is taken)
            )
        child.started_at = time.monotonic()
        (self.home / f"{child.spec.name}.pid").write_text(str(child.process.pid))

    def _wait_ready(self) -> None:
        waiting = list(self._children)
        deadline = time.monotonic() + _READY_WITHIN_SECONDS
        while waiting and not self._stopping.is_set():
            for child in list(waiting):
                if child.process is None or child.process.poll() is not None:
                    raise self._cannot_start(child, "stopped at once")
                if _answers(child.spec.ready_url):
                    self.say(f"  {child.spec.name:<9} ready after {time.monotonic() - child.started_at:4.1f} s")
                    waiting.remove(child)
                elif time.monotonic() > deadline:
                    raise self._cannot_start(child, f"did not answer within {_READY_WITHIN_SECONDS:.0f} s")
            self._stopping.wait(0.1)

    def _revive(self, child: _Child) -> None:
        now = time.monotonic()
        if child.process is not None:
            code = child.process.returncode
            lived = now - child.started_at
            child.process = None
            child.crashes = 1 if lived > _HEALTHY_AFTER_SECONDS else child.crashes + 1
            if child.crashes >= _CRASHES_IN_A_ROW:
                raise self._cannot_start(child, f"died {child.crashes} times in a row")
            self.say(f"  {child.spec.name} ended (exit {code}); starting it again")
            child.not_before = now + min(0.2 * 2 ** (child.crashes - 1), 5.0)
        if now >= child.not_before:
            self._spawn(child)

    def _cannot_start(self, child: _Child, what: str) -> CannotStartError:
        lines = [line for line in child.log.read_text(errors="replace").splitlines() if line.strip()]
        last = lines[-1][:300] if lines else "it wrote nothing"
        return CannotStartError("up.failed", f"{child.spec.name} {what}: {last} (all of it: {child.log})")


def _die_with_parent() -> None:
    # If the supervisor itself is killed, its children must not stay behind and hold the ports.
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310 (our own loopback addresses)
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False
