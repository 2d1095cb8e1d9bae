"""The policies a shop has had, each with the day it came into force."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from common.database import UtcDateTime

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "rd_policy_version",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("valid_from", UtcDateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_rd_policy_version_sha256"), "rd_policy_version", ["sha256"])
    op.create_index(op.f("ix_rd_policy_version_valid_from"), "rd_policy_version", ["valid_from"])


def downgrade() -> None:
    op.drop_table("rd_policy_version")
