"""The real action server with a clock that stands still and no jobs: what a conversation does itself, and no more."""

from __future__ import annotations

import dataclasses
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from actions.bootstrap import build_runtime
from actions.server import build_app
from common.settings import Settings

NOW = datetime(2026, 6, 15, 10, 0, tzinfo=UTC)
DAYS_LATER = "days-later"


class WrittenClock:
    """Stands still at NOW, or as many days later as the file says, which a test writes between two messages."""

    def __init__(self, days_later: Path) -> None:
        self._days_later = days_later

    def now(self) -> datetime:
        return NOW + timedelta(days=int(self._days_later.read_text()) if self._days_later.exists() else 0)


if __name__ == "__main__":
    settings = Settings.load()
    runtime = dataclasses.replace(build_runtime(settings), clock=WrittenClock(settings.home / DAYS_LATER))
    build_app(runtime).run(host="127.0.0.1", port=int(sys.argv[1]), single_process=True, motd=False)
