"""Suppliers' deadlines, and what their record is counted from."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from common.database import UtcDateTime

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "rd_supplier_deadline",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("case_id", sa.String(length=40), nullable=False),
        sa.Column("supplier_id", sa.String(length=64), nullable=False),
        sa.Column("counts_from", sa.String(length=8), nullable=False),
        sa.Column("event_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("estimated", sa.Boolean(), nullable=False),
        sa.Column("deadline_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("warned_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("missed_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("met_at", UtcDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("case_id", "supplier_id"),
    )
    op.create_index("ix_rd_supplier_deadline_warned_at", "rd_supplier_deadline", ["warned_at"], unique=False)
    # Added in place: SQLite would otherwise copy the table away from under the notes that point to it.
    op.add_column(
        "rd_supplier_claim",
        sa.Column("desired_outcome", sa.String(length=24), nullable=False, server_default="return"),
    )
    op.add_column("rd_supplier_claim", sa.Column("answered_at", UtcDateTime(timezone=True), nullable=True))
    for outcome in ("refund_without_return", "replacement"):
        op.execute(
            sa.text("UPDATE rd_supplier_claim SET desired_outcome = :outcome WHERE request LIKE :written").bindparams(
                outcome=outcome, written=f'%"desired_outcome":"{outcome}"%'
            )
        )
    # Of older claims it is only known when they moved last.
    op.execute("UPDATE rd_supplier_claim SET answered_at = updated_at WHERE status <> 'pending'")
    op.create_index(
        "ix_rd_supplier_claim_record", "rd_supplier_claim", ["supplier_id", "status", "desired_outcome"], unique=False
    )


def downgrade() -> None:
    op.drop_index("ix_rd_supplier_claim_record", "rd_supplier_claim")
    op.drop_column("rd_supplier_claim", "answered_at")
    op.drop_column("rd_supplier_claim", "desired_outcome")
    op.drop_table("rd_supplier_deadline")
