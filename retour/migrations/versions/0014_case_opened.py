"""Whether the shopper broke the seal of what is sent back."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("rd_case", sa.Column("opened", sa.Boolean(), nullable=True))


def downgrade() -> None:
    op.drop_column("rd_case", "opened")
