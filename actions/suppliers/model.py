"""The suppliers' part in a case: a claim to each, the events that came for it, and notes for a person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from actions.suppliers.port import ClaimLine, DesiredOutcome, RmaStatus
from common.database import Base, Json, UtcDateTime

_Serial = sa.BigInteger().with_variant(sa.Integer, "sqlite")

# After these nothing more is asked of the supplier.
FINAL = frozenset({RmaStatus.CREDITED, RmaStatus.REJECTED})


@dataclass(frozen=True)
class ClaimDraft:
    """What a case hands over to have a claim opened. `photo_ids` are rows of rd_photo, in the order to show.

    `desired_outcome` refund_without_return asks for a credit only; no parcel goes back.
    """

    case_id: str
    reference: str
    order_number: str
    reason: str
    legal_basis: str
    description: str
    desired_outcome: DesiredOutcome
    currency: str
    lines: tuple[ClaimLine, ...]
    photo_ids: tuple[str, ...] = ()
    supplier_order_number: str | None = None

    @property
    def credit_expected_minor(self) -> int:
        """The wholesale price of what is claimed."""
        return sum(line.wholesale_minor * line.quantity for line in self.lines)


class SupplierClaim(Base):
    """A case's one claim to one supplier. `status` is a value of RmaStatus and only moves forward.

    `attention` is one sentence for the merchant when something does not fit; a person clears it. `updated_by` says who
    moved it last, as the journal names them (`supplier:NAME`, `system`). `sent_at` is set once the supplier has it, or
    can see it on the portal, `answered_at` when it first said yes or no. A claim with `closed_at` is over for us;
    nothing more is asked.
    """

    __tablename__ = "rd_supplier_claim"

    id: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    # No foreign key: suppliers do not know cases.
    case_id: Mapped[str] = mapped_column(sa.String(40))
    supplier_id: Mapped[str] = mapped_column(sa.String(64))
    reference: Mapped[str] = mapped_column(sa.String(32))
    status: Mapped[str] = mapped_column(sa.String(12), default=RmaStatus.PENDING.value, index=True)
    external_id: Mapped[str | None] = mapped_column(sa.String(128))
    rma_number: Mapped[str | None] = mapped_column(sa.String(64))
    return_address: Mapped[str | None] = mapped_column(sa.String(500))
    instructions: Mapped[str | None] = mapped_column(sa.Text)
    reason: Mapped[str | None] = mapped_column(sa.Text)
    inspection: Mapped[dict[str, Any] | None] = mapped_column(Json)
    currency: Mapped[str] = mapped_column(sa.String(3))
    credit_expected_minor: Mapped[int] = mapped_column(sa.BigInteger)
    credit_received_minor: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    request: Mapped[dict[str, Any]] = mapped_column(Json)
    desired_outcome: Mapped[str] = mapped_column(sa.String(24))
    attention: Mapped[str | None] = mapped_column(sa.String(500))
    updated_by: Mapped[str] = mapped_column(sa.String(80), default="system")
    requested_at: Mapped[datetime] = mapped_column(UtcDateTime)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    deadline_at: Mapped[datetime] = mapped_column(UtcDateTime)
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (
        sa.UniqueConstraint("case_id", "supplier_id"),
        sa.UniqueConstraint("supplier_id", "external_id"),
        sa.Index("ix_rd_supplier_claim_record", "supplier_id", "status", "desired_outcome"),
    )

    @property
    def state(self) -> RmaStatus:
        return RmaStatus(self.status)

    @property
    def returnless(self) -> bool:
        """No parcel goes back to the supplier."""
        return self.desired_outcome == "refund_without_return"


class SupplierEvent(Base):
    """One event as the supplier sent it. `outcome` is waiting (claim not known yet), applied, unchanged or ignored."""

    __tablename__ = "rd_supplier_event"

    id: Mapped[int] = mapped_column(_Serial, primary_key=True)
    supplier_id: Mapped[str] = mapped_column(sa.String(64))
    event_id: Mapped[str] = mapped_column(sa.String(200))
    type: Mapped[str] = mapped_column(sa.String(64))
    external_id: Mapped[str | None] = mapped_column(sa.String(128))
    payload: Mapped[dict[str, Any]] = mapped_column(Json)
    outcome: Mapped[str] = mapped_column(sa.String(10))
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (
        sa.UniqueConstraint("supplier_id", "event_id"),
        sa.Index("ix_rd_supplier_event_external", "supplier_id", "external_id"),
    )


class SupplierNote(Base):
    """One line of a claim's history; `kind` is change, contradiction, silence, failure, reminder or letter."""

    __tablename__ = "rd_supplier_note"

    id: Mapped[int] = mapped_column(_Serial, primary_key=True)
    claim_id: Mapped[str] = mapped_column(sa.ForeignKey("rd_supplier_claim.id"), index=True)
    kind: Mapped[str] = mapped_column(sa.String(16))
    text: Mapped[str] = mapped_column(sa.String(500))
    by: Mapped[str] = mapped_column(sa.String(80))
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class SupplierDeadline(Base):
    """Until when a supplier takes a claim about one case. `event_at` is what the days count from; `estimated` says that
    nobody reported it. `warned_at` is set when an alarm went off, `missed_at` when the time ran out, `met_at` when the
    supplier had the claim."""

    __tablename__ = "rd_supplier_deadline"

    id: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    case_id: Mapped[str] = mapped_column(sa.String(40))
    supplier_id: Mapped[str] = mapped_column(sa.String(64))
    counts_from: Mapped[str] = mapped_column(sa.String(8))
    event_at: Mapped[datetime] = mapped_column(UtcDateTime)
    estimated: Mapped[bool]
    deadline_at: Mapped[datetime] = mapped_column(UtcDateTime)
    warned_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    missed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    met_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (sa.UniqueConstraint("case_id", "supplier_id"),)


class Progress(Protocol):
    """Called in the same transaction after a claim changed or needs attention; the case goes on from there.

    It may be called again for a state it has seen, so it checks what is still to do.
    """

    def __call__(self, session: Session, claim: SupplierClaim, *, now: datetime) -> None: ...
