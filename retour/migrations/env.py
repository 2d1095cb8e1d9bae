"""Alembic runs this for every migration command."""

from __future__ import annotations

from alembic import context

from common.database import make_engine
from retour.models import metadata


def _ours(_object: object, name: str | None, kind: str, _reflected: bool, _other: object) -> bool:
    # The durable engine keeps its tables in the same SQLite file and migrates them itself.
    return kind != "table" or (name or "").startswith("rd_")


engine = make_engine(context.config.attributes["url"])
with engine.connect() as connection:
    context.configure(
        connection=connection,
        target_metadata=metadata,
        include_object=_ours,
        render_as_batch=True,
        compare_type=False,
    )
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()
engine.dispose()
