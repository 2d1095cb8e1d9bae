"""One model's speed: `python -m benchmarks.parse_speed MODEL < lines`, with stock Rasa or with ours.

Parses each line by itself, as a running bot does, and prints `{"p50": ms, "p99": ms, "memory": MB}`; the
time is the processor's, so that a busy machine does not tell against either.
"""

from __future__ import annotations

import asyncio
import json
import logging
import resource
import sys
import time
from importlib.util import find_spec
from pathlib import Path


async def measure(model: Path, texts: list[str]) -> dict[str, float]:
    """Milliseconds of processor time a message and the process's resident memory at its highest, in MB."""
    from rasa.core.agent import Agent
    from rasa.utils.log_utils import configure_structlog

    # As `rasa run` does; unconfigured, it formats and prints a line for every message.
    configure_structlog(logging.WARNING)
    agent = Agent.load(str(model))
    took = []
    for text in texts:
        started = time.process_time()
        await agent.parse_message(text)
        took.append(1000 * (time.process_time() - started))
    warm = sorted(took[len(took) // 10 :])
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"p50": warm[len(warm) // 2], "p99": warm[int(len(warm) * 0.99)], "memory": memory}


def main() -> int:
    """Measure the model named on the command line."""
    if find_spec("tensorflow") is None:
        from components.lean import prepare

        prepare()
        from components import speedups

        speedups.install()
    logging.disable(logging.WARNING)
    print(json.dumps(asyncio.run(measure(Path(sys.argv[1]), sys.stdin.read().splitlines()))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
