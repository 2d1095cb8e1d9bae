"""Starts Rasa with a trained model and the action server once for all conversations."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from common.database import make_engine, transaction
from common.settings import ROOT, Settings
from retour.database import upgrade
from retour.processes import demo_environment
from tests.conversations import world
from tests.conversations.talk import System, wait_for
from tests.stack import free_ports

_RASA_PYTHON = ROOT / ".venv" / "rasa" / "bin" / "python"


@pytest.fixture(scope="session")
def model() -> Path:
    """The newest model, trained anew when what it is made of has changed."""
    done = subprocess.run(
        [sys.executable, "-m", "retour", "train", "--if-changed"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return max((ROOT / "models").glob("*.tar.gz"), key=lambda path: path.stat().st_mtime)


@pytest.fixture(scope="session")
def system(model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    folder = tmp_path_factory.mktemp("conversations")
    port = free_ports()
    kept = {key: value for key, value in os.environ.items() if not key.startswith("RETOUR_")}
    environ = {**kept, "PYTHONPATH": str(ROOT), "RETOUR_HOME": str(folder / "home"), "RETOUR_PORT": str(port)}
    settings = Settings.load(environ)
    environ |= {"RETOUR_ACTIONS_URL": settings.actions_url, **demo_environment(settings)}
    upgrade(settings)
    engine = make_engine(settings.database_url)
    with transaction(engine) as session:
        world.add_products(session)
    rasa = [str(_RASA_PYTHON), "-m", "components.lean", "run", "--enable-api", "--auth-token", settings.rasa_token]
    rasa += ["--interface", "127.0.0.1", "--port", str(port + 2), "--model", str(model)]
    rasa += ["--endpoints", "endpoints.yml", "--credentials", "credentials.yml"]
    commands = {
        "actions": [sys.executable, "-m", "tests.conversations.action_server", str(port + 1)],
        "rasa": rasa,
    }
    processes = []
    try:
        for name, command in commands.items():
            with (folder / f"{name}.log").open("wb") as log:
                processes.append(subprocess.Popen(command, cwd=ROOT, env=environ, stdout=log, stderr=log))
        wait_for(f"{settings.actions_url}/health", 60)
        wait_for(f"{settings.rasa_url}/status?token={settings.rasa_token}", 120)
        yield System(settings.rasa_url, settings.rasa_token, engine, settings.home)
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait(15)
        engine.dispose()
