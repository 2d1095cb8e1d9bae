"""Payments of an order, store credits and their use, replacements."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from common.database import UtcDateTime

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "rd_order_payment",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("order_id", sa.String(length=40), nullable=False),
        sa.Column("reference", sa.String(length=128), nullable=False),
        sa.Column("method", sa.String(length=64), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("paid_at", UtcDateTime(timezone=True), nullable=False),
        sa.CheckConstraint("amount_minor > 0", name="payment_is_positive"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("order_id", "reference"),
    )
    op.create_index("ix_rd_order_payment_order_id", "rd_order_payment", ["order_id"], unique=False)
    op.create_index("ix_rd_order_payment_reference", "rd_order_payment", ["reference"], unique=False)
    op.create_table(
        "rd_store_credit",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("refund_id", sa.String(length=40), nullable=False),
        sa.Column("case_id", sa.String(length=40), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("balance_minor", sa.BigInteger(), nullable=False),
        sa.Column("issued_at", UtcDateTime(timezone=True), nullable=False),
        sa.CheckConstraint("amount_minor > 0", name="credit_is_positive"),
        sa.CheckConstraint("balance_minor >= 0 AND balance_minor <= amount_minor", name="balance_within_credit"),
        sa.ForeignKeyConstraint(["case_id"], ["rd_case.id"]),
        sa.ForeignKeyConstraint(["refund_id"], ["rd_refund.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("code"),
        sa.UniqueConstraint("refund_id"),
    )
    op.create_index("ix_rd_store_credit_case_id", "rd_store_credit", ["case_id"], unique=False)
    op.create_table(
        "rd_store_credit_use",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("credit_id", sa.String(length=40), nullable=False),
        sa.Column("reference", sa.String(length=64), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.String(length=64), nullable=False),
        sa.Column("at", UtcDateTime(timezone=True), nullable=False),
        sa.CheckConstraint("amount_minor > 0", name="use_is_positive"),
        sa.ForeignKeyConstraint(["credit_id"], ["rd_store_credit.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("credit_id", "reference"),
    )
    op.create_index("ix_rd_store_credit_use_credit_id", "rd_store_credit_use", ["credit_id"], unique=False)
    op.create_table(
        "rd_replacement",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("case_id", sa.String(length=40), nullable=False),
        sa.Column("supplier_id", sa.String(length=64), nullable=True),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("tracking", sa.String(length=128), nullable=True),
        sa.Column("cost_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("requested_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("shipped_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("delivered_at", UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["rd_case.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("case_id"),
    )
    op.create_index("ix_rd_replacement_status", "rd_replacement", ["status"], unique=False)


def downgrade() -> None:
    op.drop_table("rd_replacement")
    op.drop_table("rd_store_credit_use")
    op.drop_table("rd_store_credit")
    op.drop_table("rd_order_payment")
