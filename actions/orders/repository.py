"""Every query about orders."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from actions.orders.model import LookupAttempt, Order, OrderReader, number_key


@dataclass(frozen=True)
class Candidate:
    """What is needed to compare a proof, and no more: lines are read only after the proof holds."""

    id: str
    email: str | None
    phone: str | None
    country: str


def get(session: Session, order_id: str) -> Order | None:
    return session.get(Order, order_id)


def candidates(session: Session, number: str, shop: str | None = None) -> list[Candidate]:
    """The orders of this number; more than one only when several shops share the database."""
    query = sa.select(Order.id, Order.email, Order.phone, Order.country).where(Order.number_key == number_key(number))
    if shop is not None:
        query = query.where(Order.shop == shop)
    return [Candidate(*row) for row in session.execute(query)]


def by_number(session: Session, shop: str, number: str) -> Order | None:
    return session.scalars(sa.select(Order).where(Order.shop == shop, Order.number_key == number_key(number))).first()


def by_email(session: Session, email: str, limit: int = 20) -> list[Order]:
    """A person's latest orders, newest first."""
    query = sa.select(Order).where(sa.func.lower(Order.email) == email.strip().lower())
    return list(session.scalars(query.order_by(Order.placed_at.desc()).limit(limit)))


def note_reader(session: Session, conversation_id: str, order_id: str, now: datetime) -> None:
    """From now on this conversation is about that order."""
    session.merge(OrderReader(conversation_id=conversation_id, order_id=order_id, since=now))
    session.flush()


def failures(session: Session, limiter_key: str, since: datetime) -> int:
    """How many failed look-ups this key had since then."""
    query = sa.select(sa.func.count()).select_from(LookupAttempt)
    return session.scalar(query.where(LookupAttempt.limiter_key == limiter_key, LookupAttempt.at > since)) or 0


def record_failure(session: Session, limiter_keys: Sequence[str], now: datetime, keep: timedelta) -> None:
    """Note one failed look-up under each key and forget those that no longer count."""
    session.execute(sa.delete(LookupAttempt).where(LookupAttempt.at <= now - keep))
    session.add_all(LookupAttempt(limiter_key=key, at=now) for key in limiter_keys)
    session.flush()
