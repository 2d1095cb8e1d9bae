"""A worker of its own process that notes what it starts and what it finishes, and can be killed in between."""

from __future__ import annotations

import os
import signal
import sys
import threading
from pathlib import Path
from typing import Any

from common.clock import SystemClock
from common.database import make_engine
from common.engine import Worker


def main() -> None:
    database_url, started, done, mode = sys.argv[1:]
    stop = threading.Event()

    def job(payload: dict[str, Any]) -> None:
        _append(Path(started), payload["n"])
        if mode == "hang":
            threading.Event().wait()
        _append(Path(done), payload["n"])

    worker = Worker(make_engine(database_url), SystemClock(), {"job": job}, executor_id="node0")
    worker.start()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    stop.wait()
    worker.stop()


def _append(path: Path, number: int) -> None:
    with path.open("a", encoding="ascii") as file:
        file.write(f"{number}\n")
        file.flush()
        os.fsync(file.fileno())


if __name__ == "__main__":
    main()
