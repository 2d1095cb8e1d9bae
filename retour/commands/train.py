"""`retour train`: the model, in the Rasa environment."""

from __future__ import annotations

import hashlib
import subprocess
import time
from pathlib import Path

import click

from common.errors import RetourError
from common.settings import ROOT

_RASA_PYTHON = ROOT / ".venv" / "rasa" / "bin" / "python"
_KEPT_MODELS = 2


@click.command()
@click.option("--if-changed", is_flag=True, help="Only when what the model is made of has changed.")
def train(if_changed: bool) -> None:
    """Train the model into models/ and print its time and size."""
    models = ROOT / "models"
    digest = _digest()
    stamp = models / "trained.sha256"
    if if_changed and stamp.is_file() and stamp.read_text() == digest and any(models.glob("*.tar.gz")):
        click.echo("Model: up to date.")
        return
    click.echo("Model: training ...")
    began = time.monotonic()
    command = [str(_RASA_PYTHON), "-m", "components.lean", "train", "--out", "models", "--domain", "domain.yml"]
    command += ["--data", "data", "--config", "config.yml"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RetourError("train.failed", "Training failed: " + (done.stderr or done.stdout).strip()[-2000:])
    newest = sorted(models.glob("*.tar.gz"), key=lambda file: file.stat().st_mtime)
    for old in newest[:-_KEPT_MODELS]:
        old.unlink()
    stamp.write_text(digest)
    size = newest[-1].stat().st_size / 1e6
    click.echo(f"Model: {newest[-1].name}, {size:.1f} MB, trained in {time.monotonic() - began:.1f} s")


def _digest() -> str:
    files = [ROOT / "config.yml", ROOT / "domain.yml", *_below(ROOT / "data"), *_below(ROOT / "components")]
    digest = hashlib.sha256()
    for file in files:
        digest.update(str(file.relative_to(ROOT)).encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()


def _below(folder: Path) -> list[Path]:
    return sorted(file for file in folder.rglob("*") if file.suffix in (".yml", ".py", ".toml"))
