"""What the machine works on, and what it reads to compare."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from actions.ledger.model import LedgerEntry
from tests.model.case_model import ModelCase


class Pair:
    """One order and its model, one case and its model: what a rule works on."""

    def __init__(self, real_id: str, model_one: Any) -> None:
        self.id = real_id
        self.model = model_one


def cost_of(session: Session, case_id: str) -> tuple[int, int]:
    """What the books say was refunded, and how far they are from balancing."""
    net = sa.func.coalesce(sa.func.sum(LedgerEntry.debit_minor - LedgerEntry.credit_minor), 0)
    of_case = sa.select(net).where(LedgerEntry.case_id == case_id)
    refunded = session.execute(of_case.where(LedgerEntry.account == "shopper_refunds")).scalar_one()
    return int(refunded), int(session.execute(of_case).scalar_one())


def copy_of(case: ModelCase) -> dict[str, Any]:
    return dict(vars(case)) | {"refunds": list(case.refunds)}


def restore(case: ModelCase, before: dict[str, Any]) -> None:
    vars(case).update(before)
