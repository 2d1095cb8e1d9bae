"""Accounts of the merchant's console."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from common.database import Json, UtcDateTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "rd_sign_in_attempt",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("at", UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_rd_sign_in_attempt_address", "rd_sign_in_attempt", ["address"], unique=False)
    op.create_index("ix_rd_sign_in_attempt_name", "rd_sign_in_attempt", ["name"], unique=False)
    op.create_table(
        "rd_user",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=False),
        sa.Column("role", sa.String(length=8), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=True),
        sa.Column("created_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("disabled_at", UtcDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name"),
    )
    op.create_table(
        "rd_conversation_seen",
        sa.Column("user_id", sa.String(length=40), nullable=False),
        sa.Column("conversation_id", sa.String(length=40), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["rd_conversation.id"],
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["rd_user.id"],
        ),
        sa.PrimaryKeyConstraint("user_id", "conversation_id"),
    )
    op.create_table(
        "rd_session",
        sa.Column("token_sha256", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.String(length=40), nullable=False),
        sa.Column("csrf", sa.String(length=64), nullable=False),
        sa.Column("search", sa.String(length=200), nullable=True),
        sa.Column("notice", Json(), nullable=True),
        sa.Column("created_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("expires_at", UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["rd_user.id"],
        ),
        sa.PrimaryKeyConstraint("token_sha256"),
    )
    op.create_index("ix_rd_session_expires_at", "rd_session", ["expires_at"], unique=False)
    op.create_index("ix_rd_session_user_id", "rd_session", ["user_id"], unique=False)
    op.create_table(
        "rd_used_form",
        sa.Column("nonce", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.String(length=40), nullable=False),
        sa.Column("path", sa.String(length=200), nullable=False),
        sa.Column("at", UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["rd_user.id"],
        ),
        sa.PrimaryKeyConstraint("nonce"),
    )
    # ### end Alembic commands ###


def downgrade() -> None:
    op.drop_table("rd_used_form")
    op.drop_table("rd_session")
    op.drop_table("rd_conversation_seen")
    op.drop_table("rd_user")
    op.drop_table("rd_sign_in_attempt")
