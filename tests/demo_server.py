"""Starts one of the demo's own programs on a free port, as its own process."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import requests

from common.settings import ROOT

_START_WITHIN = 60.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def program(module: str, arguments: list[str], *, log: Path, environ: Mapping[str, str] | None = None) -> Iterator[str]:
    """The base address of `python -m module --port P arguments`, ready to answer; it ends with the block."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", module, "--port", str(port), *arguments],
            cwd=ROOT,
            env={**os.environ, **(environ or {})},
            stdout=output,
            stderr=output,
        )
        try:
            _wait(process, url, log)
            yield url
        finally:
            process.kill()
            process.wait(timeout=10)


def _wait(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    deadline = time.monotonic() + _START_WITHIN
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"{url} ended at once:\n{log.read_text()}")
        try:
            if requests.get(f"{url}/health", timeout=2).ok:
                return
        except requests.ConnectionError:
            time.sleep(0.05)
    raise RuntimeError(f"{url} did not become ready:\n{log.read_text()}")
