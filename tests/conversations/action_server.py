"""The real action server with a clock that stands still and no jobs: what a conversation does itself, and no more."""

from __future__ import annotations

import dataclasses
import sys
from datetime import UTC, datetime

from actions.bootstrap import build_runtime
from actions.server import build_app
from common.clock import FixedClock
from common.settings import Settings

NOW = datetime(2026, 6, 15, 10, 0, tzinfo=UTC)

if __name__ == "__main__":
    runtime = dataclasses.replace(build_runtime(Settings.load()), clock=FixedClock(NOW))
    build_app(runtime).run(host="127.0.0.1", port=int(sys.argv[1]), single_process=True, motd=False)
