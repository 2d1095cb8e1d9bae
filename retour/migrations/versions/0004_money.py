"""Refunds and the ledger."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from common.database import UtcDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "rd_ledger_entry",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("transaction_id", sa.String(length=80), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("account", sa.String(length=32), nullable=False),
        sa.Column("debit_minor", sa.BigInteger(), nullable=False),
        sa.Column("credit_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("case_id", sa.String(length=40), nullable=False),
        sa.Column("at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("memo", sa.String(length=200), nullable=False),
        sa.CheckConstraint(
            "debit_minor >= 0 AND credit_minor >= 0 AND (debit_minor = 0) <> (credit_minor = 0)", name="one_side"
        ),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["rd_case.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("transaction_id", "position"),
    )
    op.create_index("ix_rd_ledger_entry_account", "rd_ledger_entry", ["account"], unique=False)
    op.create_index("ix_rd_ledger_entry_case_id", "rd_ledger_entry", ["case_id"], unique=False)
    op.create_index("ix_rd_ledger_entry_transaction_id", "rd_ledger_entry", ["transaction_id"], unique=False)
    op.create_table(
        "rd_refund",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("case_id", sa.String(length=40), nullable=False),
        sa.Column("order_id", sa.String(length=40), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("method", sa.String(length=20), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("idempotency_key", sa.String(length=80), nullable=False),
        sa.Column("payment_reference", sa.String(length=128), nullable=False),
        sa.Column("gateway_id", sa.String(length=128), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("failure", sa.String(length=300), nullable=True),
        sa.Column("created_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("first_sent_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("last_sent_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("settled_at", UtcDateTime(timezone=True), nullable=True),
        sa.CheckConstraint("amount_minor > 0", name="amount_is_positive"),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["rd_case.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("case_id", "ordinal"),
        sa.UniqueConstraint("idempotency_key"),
    )
    op.create_index("ix_rd_refund_case_id", "rd_refund", ["case_id"], unique=False)
    op.create_index("ix_rd_refund_order_id", "rd_refund", ["order_id"], unique=False)
    op.create_index("ix_rd_refund_status", "rd_refund", ["status"], unique=False)
    # ### end Alembic commands ###


def downgrade() -> None:
    op.drop_table("rd_refund")
    op.drop_table("rd_ledger_entry")
