"""Orders and the catalogue."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from common.database import Json, UtcDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "rd_lookup_attempt",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("limiter_key", sa.String(length=128), nullable=False),
        sa.Column("at", UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_rd_lookup_attempt_limiter_key", "rd_lookup_attempt", ["limiter_key"], unique=False)
    op.create_table(
        "rd_order",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("shop", sa.String(length=64), nullable=False),
        sa.Column("number", sa.String(length=64), nullable=False),
        sa.Column("number_key", sa.String(length=64), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("phone", sa.String(length=32), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("placed_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("fulfilled_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("delivered_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("cancelled_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=True),
        sa.Column("shipping_minor", sa.Integer(), nullable=False),
        sa.Column("total_minor", sa.Integer(), nullable=False),
        sa.Column("refunded_minor", sa.Integer(), nullable=False),
        sa.Column("financial_status", sa.String(length=32), nullable=True),
        sa.Column("payment_method", sa.String(length=64), nullable=True),
        sa.Column("payment_reference", sa.String(length=128), nullable=True),
        sa.Column("tracking", Json(), nullable=True),
        sa.Column("external_id", sa.String(length=64), nullable=True),
        sa.Column("content_digest", sa.String(length=64), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("shop", "number_key"),
    )
    op.create_index("ix_rd_order_number_key", "rd_order", ["number_key"], unique=False)
    op.create_table(
        "rd_product",
        sa.Column("sku", sa.String(length=128), nullable=False),
        sa.Column("name_en", sa.String(length=300), nullable=False),
        sa.Column("name_fr", sa.String(length=300), nullable=False),
        sa.Column("category", sa.String(length=64), nullable=True),
        sa.Column("tags", Json(), nullable=False),
        sa.Column("supplier_id", sa.String(length=64), nullable=True),
        sa.Column("wholesale_minor", sa.Integer(), nullable=True),
        sa.Column("wholesale_currency", sa.String(length=3), nullable=True),
        sa.Column("picture", sa.String(length=300), nullable=True),
        sa.Column("picture_phash", sa.String(length=16), nullable=True),
        sa.PrimaryKeyConstraint("sku"),
    )
    op.create_table(
        "rd_order_line",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("order_id", sa.String(length=40), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("sku", sa.String(length=128), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("unit_paid_minor", sa.Integer(), nullable=False),
        sa.Column("paid_minor", sa.Integer(), nullable=False),
        sa.Column("supplier_id", sa.String(length=64), nullable=True),
        sa.Column("wholesale_minor", sa.Integer(), nullable=True),
        sa.Column("category", sa.String(length=64), nullable=True),
        sa.Column("tags", Json(), nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["rd_order.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_rd_order_line_order_id", "rd_order_line", ["order_id"], unique=False)
    # ### end Alembic commands ###


def downgrade() -> None:
    op.drop_table("rd_order_line")
    op.drop_table("rd_product")
    op.drop_table("rd_order")
    op.drop_table("rd_lookup_attempt")
