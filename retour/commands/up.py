"""`retour up`: the whole system on this machine."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from functools import partial

import click

from common.errors import SettingsError
from common.settings import ROOT, Settings
from common.shop_config import ShopConfig
from retour.processes import ROLES, shared_environment, specs
from retour.supervisor import CannotStartError, Supervisor


@click.command()
@click.option("--demo/--no-demo", default=True, help="With the demo shop, its supplier and its payment service.")
@click.option("--roles", default=",".join(ROLES), show_default=True, help="Which processes to start, by comma.")
def up(demo: bool, roles: str) -> None:
    """Start the processes, restart one that dies, stop all on Ctrl-C."""
    began = time.monotonic()
    wanted = tuple(role.strip() for role in roles.split(",") if role.strip())
    unknown = [role for role in wanted if role not in ROLES]
    if unknown or not wanted:
        raise SettingsError("up.roles", f"--roles takes {', '.join(ROLES)}; {roles!r} is not that.")
    settings = Settings.load()
    environ = shared_environment(settings, demo=demo)
    ShopConfig.load(settings.shop_path, environ)
    if "rasa" in wanted and not list((ROOT / "models").glob("*.tar.gz")):
        raise SettingsError("up.model", "There is no trained model in models/; run `make setup` or `bin/retour train`.")
    supervisor = Supervisor(specs(settings, wanted, demo=demo), environ, settings.home, click.echo)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: supervisor.request_stop())
    click.echo("Starting:")
    supervisor.start(partial(_prepare, environ, demo=demo))
    click.echo(f"Ready after {time.monotonic() - began:.1f} s. Ctrl-C stops everything.\n")
    if "bot" in wanted:
        _addresses(settings, demo=demo)
    sys.stdout.flush()
    try:
        supervisor.watch()
    finally:
        click.echo("Stopping.")
        supervisor.stop()


def _prepare(environ: dict[str, str], *, demo: bool) -> None:
    command = [sys.executable, "-m", "retour.prepare", "--demo" if demo else "--no-demo"]
    done = subprocess.run(command, cwd=ROOT, env=environ, check=False, capture_output=True, text=True)
    if done.returncode != 0:
        lines = done.stderr.strip().splitlines() or ["no reason was given"]
        raise CannotStartError("up.prepare", f"The database could not be prepared: {lines[-1]}")
    click.echo(done.stdout.rstrip())


def _addresses(settings: Settings, *, demo: bool) -> None:
    if demo:
        click.echo(f"  Demo shop        {settings.public_url}/")
    click.echo(f"  Merchant console {settings.public_url}/console" + ("   (demo / demo-shop-owner)" if demo else ""))
    click.echo(f"  Chat API         {settings.public_url}/docs")
    click.echo(f"  Logs             {settings.home / 'log'}\n")
