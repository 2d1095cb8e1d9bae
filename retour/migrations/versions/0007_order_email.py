"""A shopper's orders are found by e-mail address, however many orders there are."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_rd_order_email", "rd_order", [sa.text("lower(email)")], unique=False)


def downgrade() -> None:
    op.drop_index("ix_rd_order_email", table_name="rd_order")
