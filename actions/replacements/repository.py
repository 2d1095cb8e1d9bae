"""Queries of replacements."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from actions.replacements.model import Replacement
from common.database import lock


def of_case(session: Session, case_id: str) -> Replacement | None:
    return session.scalars(sa.select(Replacement).where(Replacement.case_id == case_id)).first()


def for_change(session: Session, case_id: str) -> Replacement | None:
    """Locked and read afresh."""
    found = of_case(session, case_id)
    if found is None or not lock(session, Replacement, found.id):
        return None
    return session.get_one(Replacement, found.id, populate_existing=True)


def under_way(session: Session, limit: int) -> list[Replacement]:
    """Those that were not sent yet, oldest first."""
    query = sa.select(Replacement).where(Replacement.status == "requested").order_by(Replacement.requested_at)
    return list(session.scalars(query.limit(limit)))
