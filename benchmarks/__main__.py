"""`make bench`: every figure of the design that this release can measure, beside its goal."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import channel
from benchmarks.conversation import growth, growth_factor, throughput, turn, whole_path
from benchmarks.machine import memory_mb, train_seconds
from benchmarks.plots import plot_growth
from benchmarks.report import Figure, table
from benchmarks.stock import parse_figures
from common.settings import ROOT
from tests import whatsapp
from tests.graph_api import GraphApi
from tests.stack import Stack, running


def main() -> None:
    figures: list[Figure] = []
    print("bench: train from nothing", flush=True)
    figures.append(Figure("train from nothing", train_seconds(), "s", 20.0))
    graph = GraphApi().start()
    with tempfile.TemporaryDirectory(prefix="retour-bench-") as folder:
        print("bench: parsing", flush=True)
        figures += parse_figures(ROOT / "models", Path(folder))
        print("bench: start, first and second", flush=True)
        with running(Path(folder), **whatsapp.environment(graph.url)) as stack:
            stack.stop()
            started = datetime.now(UTC)
            stack.start()
            figures.append(
                Figure("start to ready, second time", (datetime.now(UTC) - started).total_seconds(), "s", 15.0)
            )
            print("bench: turns", flush=True)
            p50, p99 = turn(stack)
            figures += [
                Figure("turn through Rasa, p50", p50, "ms", 12.0),
                Figure("turn through Rasa, p99", p99, "ms", 30.0),
            ]
            path50, path99 = whole_path(stack)
            figures += [
                Figure("message in to reply handed out, p50", path50, "ms", 40.0),
                Figure("message in to reply handed out, p99", path99, "ms", None),
            ]
            print("bench: WhatsApp", flush=True)
            figures += _whatsapp(stack, graph)
            print("bench: throughput", flush=True)
            figures.append(Figure("sustained, 16 conversations", throughput(stack), "msg/s", 60.0, more_is_better=True))
            print("bench: a long conversation", flush=True)
            turns = growth(stack)
            figures.append(Figure("turn 500 against turn 5", growth_factor(turns), "x", 1.5))
            plot_growth(turns, ROOT / "docs" / "images" / "growth.svg")
            for name, size in memory_mb(stack).items():
                figures.append(Figure(f"memory, {name}", size, "MB", 600.0 if name == "all together" else None))
    graph.close()
    print("\n" + table(figures))
    _write(figures)


def _whatsapp(stack: Stack, graph: GraphApi) -> list[Figure]:
    idle50, idle99 = channel.idle(stack, graph)
    crowd50, crowd99, rate = channel.crowded(stack, graph)
    return [
        Figure("webhook in to reply handed out, p50", idle50, "ms", 40.0),
        Figure("webhook in to reply handed out, p99", idle99, "ms", None),
        Figure("the same, 50 conversations, p50", crowd50, "ms", None),
        Figure("the same, 50 conversations, p99", crowd99, "ms", None),
        Figure("sustained, 50 on WhatsApp", rate, "msg/s", 60.0, more_is_better=True),
    ]


def _write(figures: list[Figure]) -> None:
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    result = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": commit.stdout.strip(),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
        "figures": [figure.as_json() for figure in figures],
    }
    target = ROOT / "benchmarks" / "results.json"
    target.write_text(json.dumps(result, indent=2) + "\n")
    print(f"\nwritten to {target.relative_to(ROOT)}")


if __name__ == "__main__":
    sys.exit(main())
