"""`retour user`: accounts of the merchant's console."""

from __future__ import annotations

import sys

import click

from common.clock import SystemClock
from common.database import make_engine, transaction
from common.errors import RefusedError
from common.settings import Settings


@click.group()
def user() -> None:
    """Console accounts."""


@user.command()
@click.argument("name")
@click.option("--role", type=click.Choice(["owner", "agent"]), required=True)
@click.option("--name", "display_name", default="", help='What shoppers read; without it "A colleague of the shop".')
def add(name: str, role: str, display_name: str) -> None:
    """Add an account; the password is asked for, or read from standard input when that is not a terminal."""
    from console.accounts.service import add_user
    from retour.database import upgrade

    if sys.stdin.isatty():
        password = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    else:
        password = sys.stdin.readline().rstrip("\n")
    if not password:
        raise RefusedError("user.password", "No password was given on standard input.")
    settings = Settings.load()
    upgrade(settings)
    engine = make_engine(settings.database_url)
    with transaction(engine) as session:
        add_user(session, name, password, role, now=SystemClock().now(), display_name=display_name)
    engine.dispose()
    click.echo(f"Account {name} ({role}) added.")
