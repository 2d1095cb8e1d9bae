"""What the system costs: time to train, memory while serving."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from common.settings import ROOT
from tests.stack import Stack


def train_seconds() -> float:
    """The whole command, from nothing: Rasa's cache of earlier trainings is put aside by a fresh folder."""
    began = time.monotonic()
    subprocess.run([sys.executable, "-m", "retour", "train"], cwd=ROOT, check=True, capture_output=True)
    return time.monotonic() - began


def memory_mb(stack: Stack) -> dict[str, float]:
    """Proportional set size by process: shared pages are counted once over all."""
    sizes = {}
    for role in ("rasa", "actions", "bot"):
        pid = int((stack.home / f"{role}.pid").read_text())
        sizes[role] = sum(_pss_kb(child) for child in [pid, *_descendants(pid)]) / 1024
    supervisor = stack.process
    if supervisor is not None:
        sizes["supervisor"] = _pss_kb(supervisor.pid) / 1024
    sizes["all together"] = sum(sizes.values())
    return sizes


def _pss_kb(pid: int) -> float:
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return float(line.split()[1])
    return 0.0


def _descendants(pid: int) -> list[int]:
    children = [int(item) for item in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return [one for child in children for one in [child, *_descendants(child)]]
