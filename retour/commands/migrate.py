"""`retour migrate`: the database, without starting anything."""

from __future__ import annotations

import click

from common.settings import Settings


@click.command()
def migrate() -> None:
    """Bring the database to the version this release needs."""
    from retour.database import upgrade

    click.echo("Database: " + upgrade(Settings.load()))
