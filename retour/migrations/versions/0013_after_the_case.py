"""Goods that came back to the shop, and shoppers' ratings."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from common.database import UtcDateTime

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "rd_returned_item",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("case_id", sa.String(length=40), nullable=False),
        sa.Column("case_line_id", sa.String(length=40), nullable=False),
        sa.Column("sku", sa.String(length=128), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("condition", sa.String(length=20), nullable=False),
        sa.Column("disposition", sa.String(length=20), nullable=False),
        sa.Column("note", sa.String(length=300), nullable=False),
        sa.Column("by", sa.String(length=64), nullable=False),
        sa.Column("at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("left", sa.Integer(), nullable=False),
        sa.CheckConstraint('"left" >= 0 AND "left" <= quantity', name="left_is_there"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("case_line_id"),
    )
    op.create_index("ix_rd_returned_item_case_id", "rd_returned_item", ["case_id"], unique=False)
    op.create_index("ix_rd_returned_item_shelf", "rd_returned_item", ["sku", "left"], unique=False)
    op.create_table(
        "rd_shelf_use",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("item_id", sa.String(length=40), nullable=False),
        sa.Column("order_line_id", sa.String(length=40), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("by", sa.String(length=64), nullable=False),
        sa.Column("at", UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["item_id"],
            ["rd_returned_item.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("item_id", "order_line_id"),
    )
    op.create_index("ix_rd_shelf_use_item_id", "rd_shelf_use", ["item_id"], unique=False)
    op.create_index("ix_rd_shelf_use_order_line_id", "rd_shelf_use", ["order_line_id"], unique=False)
    op.create_table(
        "rd_rating",
        sa.Column("case_id", sa.String(length=40), nullable=False),
        sa.Column("asked_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("score", sa.Integer(), nullable=True),
        sa.Column("comment", sa.String(length=2000), nullable=True),
        sa.Column("rated_at", UtcDateTime(timezone=True), nullable=True),
        sa.CheckConstraint("score IS NULL OR (score >= 1 AND score <= 5)", name="score_is_one_to_five"),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["rd_case.id"],
        ),
        sa.PrimaryKeyConstraint("case_id"),
    )
    op.create_index("ix_rd_rating_rated_at", "rd_rating", ["rated_at"], unique=False)


def downgrade() -> None:
    op.drop_table("rd_rating")
    op.drop_table("rd_shelf_use")
    op.drop_table("rd_returned_item")
