"""The write probe."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.health.model import Probe


def write(session: Session, name: str, *, at: datetime) -> None:
    """Write a row, so that a full disk or a locked database shows."""
    changed = session.execute(sa.update(Probe).where(Probe.name == name).values(at=at).returning(Probe.name))
    if changed.first() is None:
        session.add(Probe(name=name, at=at))
        session.flush()
