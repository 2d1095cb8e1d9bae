"""Our understanding beside the stock pipeline of Rasa, in one run on one machine."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

from benchmarks.report import Figure
from benchmarks.understanding import RASA_PYTHON, ROOT

STOCK_PYTHON = ROOT / ".venv" / "stock" / "bin" / "python"
_MESSAGES = 200


def parse_figures(models: Path, folder: Path) -> list[Figure]:
    """Processor time of a message and memory, ours and, after `make stock`, stock Rasa's."""
    lines = [
        line.split("|")[1]
        for line in (ROOT / "benchmarks" / "entities" / "references.txt").read_text(encoding="utf-8").splitlines()
        if "|" in line
    ][:_MESSAGES]
    newest = max(models.glob("*.tar.gz"), key=lambda path: path.stat().st_mtime)
    figures = _of("parse, ours", _measure(RASA_PYTHON, newest, lines), 3.0)
    figures.append(Figure("model file, ours", newest.stat().st_size / 1e6, "MB", 20.0))
    if not STOCK_PYTHON.is_file():
        print("bench: stock Rasa is not measured; `make stock` installs it")
        return figures
    print("bench: training and parsing with stock Rasa", flush=True)
    command = [str(STOCK_PYTHON), "-m", "rasa", "train", "nlu", "--nlu", "data/nlu", "--config", "benchmarks/stock.yml"]
    command += ["--domain", "domain.yml", "--out", str(folder), "--fixed-model-name", "stock"]
    subprocess.run(command, cwd=ROOT, env=_environment(), check=True, capture_output=True)
    return [*figures, *_of("parse, stock", _measure(STOCK_PYTHON, folder / "stock.tar.gz", lines), None)]


def _of(name: str, measured: dict[str, float], goal: float | None) -> list[Figure]:
    return [
        Figure(f"{name}, p50", measured["p50"], "ms", goal),
        Figure(f"{name}, p99", measured["p99"], "ms", None),
        Figure(f"{name}, memory", measured["memory"], "MB", None),
    ]


def _measure(python: Path, model: Path, lines: list[str]) -> dict[str, float]:
    command = [str(python), "-m", "benchmarks.parse_speed", str(model)]
    done = subprocess.run(
        command, input="\n".join(lines), text=True, cwd=ROOT, env=_environment(), capture_output=True, check=True
    )
    return dict(json.loads(done.stdout.splitlines()[-1]))


def _environment() -> dict[str, str]:
    return {**os.environ, "RASA_TELEMETRY_ENABLED": "false", "TF_CPP_MIN_LOG_LEVEL": "3"}
