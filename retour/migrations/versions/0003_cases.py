"""Cases with their evidence and the supplier's leg."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from common.database import Json, UtcDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "rd_supplier_claim",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("case_id", sa.String(length=40), nullable=False),
        sa.Column("supplier_id", sa.String(length=64), nullable=False),
        sa.Column("reference", sa.String(length=32), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("external_id", sa.String(length=128), nullable=True),
        sa.Column("rma_number", sa.String(length=64), nullable=True),
        sa.Column("return_address", sa.String(length=500), nullable=True),
        sa.Column("instructions", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("inspection", Json(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("credit_expected_minor", sa.BigInteger(), nullable=False),
        sa.Column("credit_received_minor", sa.BigInteger(), nullable=False),
        sa.Column("request", Json(), nullable=False),
        sa.Column("attention", sa.String(length=500), nullable=True),
        sa.Column("updated_by", sa.String(length=80), nullable=False),
        sa.Column("requested_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("sent_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("deadline_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("updated_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("closed_at", UtcDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("case_id"),
        sa.UniqueConstraint("supplier_id", "external_id"),
    )
    op.create_index("ix_rd_supplier_claim_status", "rd_supplier_claim", ["status"], unique=False)
    op.create_table(
        "rd_supplier_event",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("supplier_id", sa.String(length=64), nullable=False),
        sa.Column("event_id", sa.String(length=200), nullable=False),
        sa.Column("type", sa.String(length=64), nullable=False),
        sa.Column("external_id", sa.String(length=128), nullable=True),
        sa.Column("payload", Json(), nullable=False),
        sa.Column("outcome", sa.String(length=10), nullable=False),
        sa.Column("received_at", UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("supplier_id", "event_id"),
    )
    op.create_index("ix_rd_supplier_event_external", "rd_supplier_event", ["supplier_id", "external_id"], unique=False)
    op.create_table(
        "rd_case",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("reference", sa.String(length=16), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("shop", sa.String(length=64), nullable=False),
        sa.Column("order_id", sa.String(length=40), nullable=False),
        sa.Column("order_number", sa.String(length=64), nullable=False),
        sa.Column("customer_email", sa.String(length=254), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("conversation_id", sa.String(length=40), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("desired_outcome", sa.String(length=24), nullable=True),
        sa.Column("legal_basis", sa.String(length=40), nullable=True),
        sa.Column("resolution", sa.String(length=24), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("claim_minor", sa.BigInteger(), nullable=False),
        sa.Column("refund_minor", sa.BigInteger(), nullable=False),
        sa.Column("decision", Json(), nullable=True),
        sa.Column("parcel", Json(), nullable=True),
        sa.Column("return_by", UtcDateTime(timezone=True), nullable=True),
        sa.Column("created_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("updated_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["rd_conversation.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key"),
        sa.UniqueConstraint("reference"),
    )
    op.create_index("ix_rd_case_conversation_id", "rd_case", ["conversation_id"], unique=False)
    op.create_index("ix_rd_case_created", "rd_case", ["created_at", "id"], unique=False)
    op.create_index("ix_rd_case_customer_email", "rd_case", ["customer_email"], unique=False)
    op.create_index("ix_rd_case_order_id", "rd_case", ["order_id"], unique=False)
    op.create_index("ix_rd_case_order_number", "rd_case", ["order_number"], unique=False)
    op.create_index("ix_rd_case_status_created", "rd_case", ["status", "created_at", "id"], unique=False)
    op.create_table(
        "rd_supplier_note",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("claim_id", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("text", sa.String(length=500), nullable=False),
        sa.Column("by", sa.String(length=80), nullable=False),
        sa.Column("at", UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["claim_id"],
            ["rd_supplier_claim.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_rd_supplier_note_claim_id", "rd_supplier_note", ["claim_id"], unique=False)
    op.create_table(
        "rd_case_journal",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("case_id", sa.String(length=40), nullable=False),
        sa.Column("at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("from_status", sa.String(length=20), nullable=True),
        sa.Column("to_status", sa.String(length=20), nullable=False),
        sa.Column("by", sa.String(length=64), nullable=False),
        sa.Column("why", sa.String(length=500), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["rd_case.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_rd_case_journal_case_id", "rd_case_journal", ["case_id"], unique=False)
    op.create_table(
        "rd_case_line",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("case_id", sa.String(length=40), nullable=False),
        sa.Column("order_line_id", sa.String(length=40), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("sku", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("unit_price_minor", sa.BigInteger(), nullable=False),
        sa.Column("paid_minor", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["rd_case.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_rd_case_line_case_id", "rd_case_line", ["case_id"], unique=False)
    op.create_index("ix_rd_case_line_order_line_id", "rd_case_line", ["order_line_id"], unique=False)
    op.create_table(
        "rd_evidence",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("case_id", sa.String(length=40), nullable=True),
        sa.Column("photo_id", sa.String(length=40), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("phash", sa.String(length=16), nullable=False),
        sa.Column("mime", sa.String(length=32), nullable=False),
        sa.Column("checks", Json(), nullable=False),
        sa.Column("created_at", UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["photo_id"],
            ["rd_photo.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("photo_id"),
    )
    op.create_index("ix_rd_evidence_case_id", "rd_evidence", ["case_id"], unique=False)
    op.create_index("ix_rd_evidence_sha256", "rd_evidence", ["sha256"], unique=False)
    # ### end Alembic commands ###


def downgrade() -> None:
    op.drop_table("rd_evidence")
    op.drop_table("rd_case_line")
    op.drop_table("rd_case_journal")
    op.drop_table("rd_supplier_note")
    op.drop_table("rd_case")
    op.drop_table("rd_supplier_event")
    op.drop_table("rd_supplier_claim")
