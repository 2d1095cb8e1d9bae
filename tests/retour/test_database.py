"""Migrations lead exactly to the tables the code expects."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from common.database import UtcDateTime, make_engine, transaction
from common.settings import Settings
from retour.database import alembic_config, upgrade
from retour.models import metadata
from tests.factories import create_case


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


def test_a_case_gets_a_second_claim_and_keeps_what_was_written_about_the_first(database_url: str) -> None:
    config = alembic_config(database_url)
    command.stamp(config, "head")
    command.downgrade(config, "0015")
    engine = make_engine(database_url)
    now = datetime(2026, 11, 23, tzinfo=UTC)
    claim = {
        "id": "claim_1", "case_id": "", "supplier_id": "northwind", "reference": "RT-1", "status": "pending",
        "currency": "EUR", "credit_expected_minor": 280, "credit_received_minor": 0, "request": "{}",
        "updated_by": "system", "requested_at": now, "deadline_at": now, "updated_at": now, "desired_outcome": "return",
    }  # fmt: skip
    with transaction(engine) as session:
        claim["case_id"] = create_case(session).id
        session.execute(_insert("rd_supplier_claim", claim), claim)
        note = {"claim_id": "claim_1", "kind": "change", "text": "pending -> approved", "by": "system", "at": now}
        session.execute(_insert("rd_supplier_note", note), note)
        entry = {
            "transaction_id": "claim:claim_1:expected", "position": 0, "account": "supplier_credit_expected",
            "debit_minor": 280, "credit_minor": 0, "currency": "EUR", "case_id": claim["case_id"], "at": now,
            "memo": "",
        }  # fmt: skip
        session.execute(_insert("rd_ledger_entry", entry), entry)
        paid = entry | {"transaction_id": "refund:1", "account": "shopper_refunds"}
        session.execute(_insert("rd_ledger_entry", paid), paid)
    command.upgrade(config, "head")
    with transaction(engine) as session:
        assert session.execute(sa.text("SELECT text FROM rd_supplier_note")).scalars().all() == [note["text"]]
        rows = session.execute(sa.text("SELECT claim_id FROM rd_ledger_entry ORDER BY transaction_id"))
        assert rows.scalars().all() == ["claim_1", None]
        second = claim | {"id": "claim_2", "supplier_id": "atelier"}
        session.execute(_insert("rd_supplier_claim", second), second)
        session.flush()
        with pytest.raises(sa.exc.IntegrityError):
            session.execute(_insert("rd_supplier_claim", second), second | {"id": "claim_3"})
        session.rollback()
    engine.dispose()


def _insert(table: str, values: dict[str, object]) -> sa.TextClause:
    names = ", ".join(f'"{name}"' for name in values)
    kinds = [sa.bindparam(name, type_=UtcDateTime) for name, value in values.items() if isinstance(value, datetime)]
    return sa.text(f"INSERT INTO {table} ({names}) VALUES ({', '.join(':' + name for name in values)})").bindparams(
        *kinds
    )
