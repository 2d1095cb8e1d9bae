"""`retour parse`: what the model understands, one JSON object a line."""

from __future__ import annotations

import subprocess
import sys

import click

from common.settings import ROOT


@click.command()
@click.option("--jsonl", is_flag=True, help='Lines may be JSON: {"text": ...}.')
def parse(jsonl: bool) -> None:
    """Read one utterance a line on standard input, write intent, entities and language as JSON lines."""
    python = ROOT / ".venv" / "rasa" / "bin" / "python"
    command = [str(python), "-m", "components.parse", *(["--jsonl"] if jsonl else [])]
    sys.exit(subprocess.run(command, cwd=ROOT, check=False).returncode)
