"""Channels that are written to: what is known of the shopper, the way of each message, what belongs to nobody."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from common.database import Json, UtcDateTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("rd_conversation", sa.Column("identity", Json(), nullable=True))
    op.add_column("rd_outbox", sa.Column("channel", sa.String(length=16), server_default="", nullable=False))
    op.execute(
        "UPDATE rd_outbox SET channel = (SELECT channel FROM rd_conversation c WHERE c.id = rd_outbox.conversation_id)"
    )
    op.create_index(
        "ix_rd_outbox_queued",
        "rd_outbox",
        ["channel", "conversation_id"],
        sqlite_where=sa.text("status = 'queued'"),
        postgresql_where=sa.text("status = 'queued'"),
    )
    op.create_table(
        "rd_lane",
        sa.Column("conversation_id", sa.String(length=40), nullable=False),
        sa.Column("owner", sa.String(length=64), nullable=True),
        sa.Column("until", UtcDateTime(timezone=True), nullable=True),
        sa.Column("open_until", UtcDateTime(timezone=True), nullable=True),
        sa.Column("stopped", sa.Boolean(), nullable=False),
        sa.Column("trouble", sa.String(length=64), nullable=True),
        sa.Column("trouble_text", sa.String(length=300), nullable=True),
        sa.Column("trouble_at", UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["conversation_id"], ["rd_conversation.id"]),
        sa.PrimaryKeyConstraint("conversation_id"),
    )
    op.create_index("ix_rd_lane_trouble_at", "rd_lane", ["trouble_at"])
    op.create_table(
        "rd_piece",
        sa.Column("id", _ID, nullable=False),
        sa.Column("outbox_id", _ID, nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("external_id", sa.String(length=128), nullable=True),
        sa.Column("failed_id", sa.String(length=128), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("repeats", sa.Integer(), nullable=False),
        sa.Column("unsure", sa.Boolean(), nullable=False),
        sa.Column("at", UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["outbox_id"], ["rd_outbox.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("outbox_id", "part"),
    )
    op.create_index("ix_rd_piece_external_id", "rd_piece", ["external_id"])
    op.create_table(
        "rd_channel_notice",
        sa.Column("id", _ID, nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("external_id", sa.String(length=160), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("raw", sa.Text(), nullable=False),
        sa.Column("received_at", UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("channel", "external_id"),
    )


def downgrade() -> None:
    op.drop_table("rd_channel_notice")
    op.drop_table("rd_piece")
    op.drop_table("rd_lane")
    op.drop_index("ix_rd_outbox_queued", "rd_outbox")
    op.drop_column("rd_outbox", "channel")
    op.drop_column("rd_conversation", "identity")
