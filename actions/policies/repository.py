"""Queries of policy versions."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from actions.policies.model import PolicyVersion


def newest(session: Session) -> PolicyVersion | None:
    """The one that was kept last, whenever it came into force."""
    query = sa.select(PolicyVersion).order_by(PolicyVersion.recorded_at.desc(), PolicyVersion.id.desc())
    return session.scalars(query.limit(1)).first()


def in_force(session: Session, at: datetime) -> PolicyVersion | None:
    """The version of that instant; before the first one that was kept, the first; None while none was kept."""
    latest = sa.select(PolicyVersion).order_by(PolicyVersion.valid_from.desc(), PolicyVersion.recorded_at.desc())
    first = sa.select(PolicyVersion).order_by(PolicyVersion.valid_from, PolicyVersion.recorded_at.desc())
    found = session.scalars(latest.where(PolicyVersion.valid_from <= at).limit(1)).first()
    return found or session.scalars(first.limit(1)).first()


def by_digest(session: Session, sha256: str) -> PolicyVersion | None:
    return session.scalars(sa.select(PolicyVersion).where(PolicyVersion.sha256 == sha256).limit(1)).first()
