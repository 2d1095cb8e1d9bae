"""The conversations, on any channel, in which an order was proven: news of its cases go to the one used last."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from common.database import UtcDateTime

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "rd_order_reader",
        sa.Column("conversation_id", sa.String(length=40), nullable=False),
        sa.Column("order_id", sa.String(length=40), nullable=False),
        sa.Column("since", UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["conversation_id"], ["rd_conversation.id"]),
        sa.ForeignKeyConstraint(["order_id"], ["rd_order.id"]),
        sa.PrimaryKeyConstraint("conversation_id"),
    )
    op.create_index("ix_rd_order_reader_order_id", "rd_order_reader", ["order_id"], unique=False)


def downgrade() -> None:
    op.drop_table("rd_order_reader")
