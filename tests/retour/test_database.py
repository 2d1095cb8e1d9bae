"""Migrations lead exactly to the tables the code expects."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from common.database import make_engine
from common.settings import Settings
from retour.database import upgrade
from retour.models import metadata


# An index on lower(email) is there in both; SQLAlchemy cannot read it back on SQLite and says so.
@pytest.mark.filterwarnings("ignore:(Skipped|autogenerate skipping) .*expression-based index")
def test_a_migrated_database_is_what_the_models_say_and_again_changes_nothing(tmp_path: Path) -> None:
    settings = Settings.load({"RETOUR_HOME": str(tmp_path)}, root=tmp_path)
    assert upgrade(settings) == upgrade(settings)
    engine = make_engine(settings.database_url)
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={"include_object": lambda _o, name, kind, *_: kind != "table" or (name or "").startswith("rd_")},
        )
        differences = [row for row in compare_metadata(context, metadata) if "rd_" in str(row)]
    engine.dispose()
    assert differences == []
