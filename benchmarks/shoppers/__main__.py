"""Simulated shoppers: `python -m benchmarks.shoppers --seed 1 --conversations 500`."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.shoppers.report import table, write_failures
from benchmarks.shoppers.run import simulate
from common.settings import ROOT
from tests.stack import running


def main(arguments: Sequence[str] | None = None) -> int:
    """Start the system, play, print the table; the failed conversations are written to a file."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--conversations", type=int, default=500)
    options.add_argument("--failures", type=Path, default=ROOT / "var" / "shoppers-failed.txt")
    chosen = options.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="retour-shoppers-") as folder, running(Path(folder)) as stack:
        results = simulate(stack, seed=chosen.seed, conversations=chosen.conversations)
    chosen.failures.parent.mkdir(parents=True, exist_ok=True)
    failed = write_failures(chosen.failures, results)
    print(table(results))
    print(f"\n{failed} failed conversations in {chosen.failures}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
