"""One claim a supplier instead of one a case, and a ledger that knows which claim a credit belongs to."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_NAMES = {"uq": "uq_%(table_name)s_%(column_0_N_name)s"}
_BY_CASE, _BY_SUPPLIER = "uq_rd_supplier_claim_case_id", "uq_rd_supplier_claim_case_id_supplier_id"


def upgrade() -> None:
    # A write comes first: from there on SQLite keeps everything in one transaction, tables included.
    op.execute("UPDATE rd_supplier_claim SET case_id = case_id WHERE 1 = 0")
    op.add_column("rd_ledger_entry", sa.Column("claim_id", sa.String(length=40), nullable=True))
    # Until now a case had one claim, so it is the one the case's entries about claims belong to.
    op.execute(
        "UPDATE rd_ledger_entry SET claim_id = "
        "(SELECT id FROM rd_supplier_claim WHERE rd_supplier_claim.case_id = rd_ledger_entry.case_id) "
        "WHERE transaction_id LIKE 'claim:%'"
    )
    op.create_index("ix_rd_ledger_entry_claim_id", "rd_ledger_entry", ["claim_id"], unique=False)
    _unique(drop=_BY_CASE, columns=["case_id", "supplier_id"], make=_BY_SUPPLIER)


def downgrade() -> None:
    op.execute("UPDATE rd_supplier_claim SET case_id = case_id WHERE 1 = 0")
    _unique(drop=_BY_SUPPLIER, columns=["case_id"], make=_BY_CASE)
    op.drop_index("ix_rd_ledger_entry_claim_id", "rd_ledger_entry")
    op.drop_column("rd_ledger_entry", "claim_id")


def _unique(*, drop: str, columns: list[str], make: str) -> None:
    if op.get_bind().dialect.name != "sqlite":
        constraints = sa.inspect(op.get_bind()).get_unique_constraints("rd_supplier_claim")
        ours = next(row for row in constraints if row["column_names"][0] == "case_id")
        op.drop_constraint(str(ours["name"]), "rd_supplier_claim", type_="unique")
        op.create_unique_constraint(make, "rd_supplier_claim", columns)
        return
    # SQLite makes the table anew, and does not let it go while notes point to it: they step aside meanwhile.
    op.execute("CREATE TEMPORARY TABLE note_aside AS SELECT * FROM rd_supplier_note")
    op.execute("DELETE FROM rd_supplier_note")
    with op.batch_alter_table("rd_supplier_claim", recreate="always", naming_convention=_NAMES) as table:
        table.drop_constraint(drop, type_="unique")
        table.create_unique_constraint(make, columns)
    op.execute("INSERT INTO rd_supplier_note SELECT * FROM note_aside")
    op.execute("DROP TABLE note_aside")
