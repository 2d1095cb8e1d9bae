"""Brings the database to the version this code needs."""

from __future__ import annotations

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext

from common import engine as durable
from common.database import make_engine
from common.settings import ROOT, Settings


def alembic_config(url: str) -> Config:
    """Alembic's settings without a file: the scripts are ours, the address comes from the settings."""
    config = Config()
    config.set_main_option("script_location", str(ROOT / "retour" / "migrations"))
    config.attributes["url"] = url
    return config


def upgrade(settings: Settings) -> str:
    """Run what is missing of our migrations and of the durable engine's; says the version reached."""
    engine = make_engine(settings.database_url)
    try:
        command.upgrade(alembic_config(settings.database_url), "head")
        durable.migrate(engine)
        with engine.connect() as connection:
            version = MigrationContext.configure(connection).get_current_revision()
    finally:
        engine.dispose()
    return f"version {version}"
