"""The whole system as a user starts it, for tests that talk to it from outside."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import requests
import sqlalchemy as sa

from common.database import make_engine, transaction
from common.settings import ROOT, Settings
from retour.processes import demo_environment

_READY_SECONDS = 300.0


def free_ports(count: int = 5) -> int:
    """The first of `count` neighbouring ports that nobody listens on."""
    for base in range(20_000 + os.getpid() % 500 * 20, 60_000, 7 * count):
        with contextlib.ExitStack() as stack:
            try:
                for port in range(base, base + count):
                    probe = stack.enter_context(socket.socket())
                    probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return base
    raise RuntimeError("no free ports on this machine")


@dataclass
class Stack:
    """One running `retour up`; `environ` is what it was started with."""

    home: Path
    port: int
    environ: dict[str, str]
    log: Path
    process: subprocess.Popen[bytes] | None = None

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def payments(self) -> str:
        return f"http://127.0.0.1:{self.port + 4}"

    @property
    def supplier(self) -> str:
        return f"http://127.0.0.1:{self.port + 3}"

    def settings(self) -> Settings:
        return Settings.load(self.environ)

    def start(self) -> None:
        # The log keeps earlier starts, whose lines say nothing about this one.
        offset = self.log.stat().st_size if self.log.exists() else 0
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "retour", "up"], cwd=ROOT, env=self.environ, stdout=log, stderr=log
            )
        deadline = time.monotonic() + _READY_SECONDS
        while time.monotonic() < deadline:
            text = self.log.read_bytes()[offset:].decode(errors="replace")
            if "Ready after" in text:
                return
            if self.process.poll() is not None:
                raise RuntimeError(f"retour up ended with {self.process.returncode}:\n{text[-3000:]}")
            time.sleep(0.1)
        self.stop()
        raise RuntimeError(f"retour up was not ready in {_READY_SECONDS:.0f} s:\n{self.log.read_text()[-3000:]}")

    def stop(self) -> None:
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.process = None

    def wait_until_whole(self) -> None:
        """Until everything that was killed answers again."""
        deadline = time.monotonic() + _READY_SECONDS
        while time.monotonic() < deadline:
            with contextlib.suppress(requests.RequestException):
                if requests.get(f"{self.base}/health/ready", timeout=10).status_code == 200:
                    return
            time.sleep(0.2)
        raise RuntimeError(f"retour up was not whole again in {_READY_SECONDS:.0f} s:\n{self.log.read_text()[-3000:]}")

    def kill(self, role: str) -> None:
        """`kill -9` one process of ours by the id the supervisor wrote down."""
        pid = int((self.home / f"{role}.pid").read_text())
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)

    def rows(self, query: str, **values: object) -> list[sa.Row[tuple[object, ...]]]:
        """Read the database beside the running system."""
        engine = make_engine(f"sqlite:///{self.home / 'retour.db'}")
        try:
            with transaction(engine) as session:
                return list(session.execute(sa.text(query), values).all())
        finally:
            engine.dispose()

    def write(self, statement: str, **values: object) -> None:
        """Change the database beside the running system, as another process would."""
        engine = make_engine(f"sqlite:///{self.home / 'retour.db'}")
        try:
            with transaction(engine) as session:
                session.execute(sa.text(statement), values)
        finally:
            engine.dispose()

    def demo_token(self) -> str:
        """The bearer token of the reference payment service."""
        return demo_environment(self.settings())["RETOUR_DEMO_PAYMENTS_TOKEN"]

    def order_for(self, situation: str) -> tuple[str, str]:
        """Number and e-mail of an unused demo order of a situation."""
        from common.clock import SystemClock
        from retour.demo.shop import cards

        engine = make_engine(f"sqlite:///{self.home / 'retour.db'}")
        try:
            with transaction(engine) as session:
                card = next(row for row in cards(session, SystemClock().now()) if row["situation_key"] == situation)
                return str(card["number"]), str(card["email"])
        finally:
            engine.dispose()


def shop_file(folder: Path, **changes: str | list[str]) -> Path:
    """The example's retour.toml in `folder`, with these keys of `[shop]`."""
    example = (ROOT / "retour.example.toml").read_text(encoding="utf-8").replace("allowed_origins = []", "", 1)
    lines = "".join(f"{key} = {json.dumps(value)}\n" for key, value in ({"allowed_origins": []} | changes).items())
    file = folder / "retour.toml"
    file.write_text(example.replace("[shop]\n", f"[shop]\n{lines}", 1), encoding="utf-8")
    return file


@contextlib.contextmanager
def running(folder: Path, **extra: str) -> Iterator[Stack]:
    """Start the system in `folder` on free ports; stop it at the end whatever happens."""
    port = free_ports()
    kept = {key: value for key, value in os.environ.items() if not key.startswith("RETOUR_")}
    environ = {
        **kept,
        "PYTHONPATH": str(ROOT),
        "PYTHONUNBUFFERED": "1",
        "RETOUR_HOME": str(folder / "home"),
        "RETOUR_PORT": str(port),
        **extra,
    }
    stack = Stack(folder / "home", port, environ, folder / "up.log")
    try:
        stack.start()
        yield stack
    finally:
        stack.stop()
