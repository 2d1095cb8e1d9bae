"""What shoppers read when a user of the console answers them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("rd_user", sa.Column("display_name", sa.String(64), nullable=True))


def downgrade() -> None:
    op.drop_column("rd_user", "display_name")
