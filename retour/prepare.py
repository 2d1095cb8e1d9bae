"""Brings the data up to date before a start, in a process of its own: the supervisor stays small."""

from __future__ import annotations

import sys

import click

from common.errors import RetourError
from common.settings import Settings
from retour.database import upgrade


@click.command()
@click.option("--demo/--no-demo", default=False)
def prepare(demo: bool) -> None:
    """Migrate the database; with `--demo`, put the demo shop's data in place."""
    settings = Settings.load()
    click.echo("Database: " + upgrade(settings))
    if demo:
        from retour.demo.shop import load

        click.echo("Demo shop: " + load(settings))


if __name__ == "__main__":
    try:
        prepare()
    except RetourError as error:
        click.echo(error.message, err=True)
        sys.exit(1)
