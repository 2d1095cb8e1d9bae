"""One database for everything: SQLite (WAL) by default, PostgreSQL by URL."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import Dialect, make_url
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.types import TypeDecorator

# Room for every thread that may hold a connection while asking for a second one; a smaller pool
# shows as "database is locked" (measured: 24 writers on a pool of 10 made no progress at all).
_SQLITE_POOL = 64
_POSTGRESQL_POOL = 20


class Base(DeclarativeBase):
    """Root of our tables. They are all named `rd_...`, apart from the durable engine's own."""


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC instant, stored without offset on SQLite and with one on PostgreSQL."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime cannot be stored; use common.clock")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Json(TypeDecorator[Any]):
    """A JSON value as text, the same on both databases; keys keep their order."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        return None if value is None else json.dumps(value, ensure_ascii=False, separators=(",", ":"))

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        return None if value is None else json.loads(value)


def make_engine(url: str) -> sa.Engine:
    """The one way to open the database; both back-ends get the settings that survived the crash tests."""
    if not url.startswith("sqlite"):
        return sa.create_engine(
            make_url(url).set(drivername="postgresql+psycopg"), pool_size=_POSTGRESQL_POOL, pool_pre_ping=True
        )
    engine = sa.create_engine(url, pool_size=_SQLITE_POOL, max_overflow=0)

    @event.listens_for(engine, "connect")
    def _configure(connection: Any, _record: Any) -> None:
        # IMMEDIATE: a reader that turns writer would otherwise fail at once instead of waiting.
        connection.isolation_level = "IMMEDIATE"
        # FULL: a webhook is acknowledged after the commit, so the commit must outlive a power cut.
        for pragma in ("busy_timeout=30000", "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")

    return engine


@contextmanager
def transaction(engine: sa.Engine) -> Iterator[Session]:
    """A session that commits when the block ends well and rolls back when it does not."""
    with Session(engine, expire_on_commit=False) as session, session.begin():
        yield session


def lock(session: Session, model: type[Base], row_id: str) -> bool:
    """Hold that row until the transaction ends, so that what is read next stays true; says whether it exists.

    Take locks in the order case, order, refund; the same order everywhere cannot deadlock.
    """
    key = sa.inspect(model).primary_key[0]
    if session.get_bind().dialect.name == "sqlite":
        # SQLite locks the whole database, and only for a writer: an update of nothing makes us one.
        touch = sa.update(model).where(key == row_id).values({key.name: key}).returning(key)
        return session.execute(touch, execution_options={"synchronize_session": False}).first() is not None
    return session.execute(sa.select(key).where(key == row_id).with_for_update()).first() is not None
