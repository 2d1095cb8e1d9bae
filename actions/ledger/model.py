"""Double-entry bookkeeping of what a case costs and what comes back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from common.database import Base, UtcDateTime

Account = Literal[
    # What shoppers were given back (a cost).
    "shopper_refunds",
    # Money at the payment service (an asset; a refund takes from it).
    "payment_service",
    # Credit notes handed to shoppers (a debt).
    "store_credit_issued",
    # What shoppers bought with credit notes (an income).
    "store_credit_redeemed",
    # Articles that were sent instead of money (a cost).
    "replacements",
    # What those articles cost at their suppliers (a debt).
    "supplier_payable",
    # Wholesale money that suppliers owe us (an asset).
    "supplier_credit_expected",
    # Wholesale money that suppliers have paid back (an asset).
    "supplier_credit_received",
    # What claims against suppliers bring in (an income).
    "supplier_recovery",
    # Expected money that will not come (a cost).
    "write_off",
    # Payments that banks took back for good (a cost).
    "chargebacks",
    # What payment services charge for chargebacks (a cost).
    "payment_fees",
]


class LedgerEntry(Base):
    """One side of a transaction. Rows are added and never changed; an error is corrected by a counter-entry."""

    __tablename__ = "rd_ledger_entry"

    id: Mapped[int] = mapped_column(sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True)
    transaction_id: Mapped[str] = mapped_column(sa.String(80), index=True)
    position: Mapped[int]
    account: Mapped[str] = mapped_column(sa.String(32), index=True)
    debit_minor: Mapped[int] = mapped_column(sa.BigInteger)
    credit_minor: Mapped[int] = mapped_column(sa.BigInteger)
    currency: Mapped[str] = mapped_column(sa.String(3))
    case_id: Mapped[str] = mapped_column(sa.ForeignKey("rd_case.id"), index=True)
    # The supplier's claim it is about, if any: each claim of a case has books of its own.
    claim_id: Mapped[str | None] = mapped_column(sa.String(40), index=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    memo: Mapped[str] = mapped_column(sa.String(200))

    __table_args__ = (
        sa.UniqueConstraint("transaction_id", "position"),
        sa.CheckConstraint(
            "debit_minor >= 0 AND credit_minor >= 0 AND (debit_minor = 0) <> (credit_minor = 0)", name="one_side"
        ),
    )


@dataclass(frozen=True)
class Posting:
    """One side to be posted; exactly one of `debit` and `credit` is positive."""

    account: Account
    debit: int = 0
    credit: int = 0


@dataclass(frozen=True)
class Statement:
    """What one case did: `balances` are debit minus credit by account."""

    case_id: str
    currency: str
    entries: list[LedgerEntry]
    balances: dict[str, int]
