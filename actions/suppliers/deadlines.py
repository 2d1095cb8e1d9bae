"""The clock of a supplier's deadline: started with the case, stopped by the claim, with alarms in between.

Everything happens in the caller's transaction. Alarms are delayed jobs named `ALARM`; who runs them knows the case.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from actions.suppliers.model import SupplierDeadline
from common.database import lock
from common.engine import enqueue
from common.ids import new_id
from common.shop_config import SupplierConfig

ALARM = "case.supplier_deadline"


@dataclass(frozen=True)
class Event:
    """What a deadline counts from; `estimated` when nobody reported it."""

    at: datetime
    estimated: bool = False


def start(
    session: Session,
    supplier: SupplierConfig,
    *,
    case_id: str,
    reason: str,
    events: dict[str, Event | None],
    now: datetime,
) -> SupplierDeadline | None:
    """Start the clock for one supplier of a case; None when its terms set no deadline or the event is not known.

    `events` has the terms' names: delivery, dispatch, order. The same case again gets the clock it has.
    """
    terms = supplier.terms.of(reason)
    event = events.get(terms.counts_from)
    until = supplier.terms.deadline(reason, event.at if event else None)
    if not terms.covered or event is None or until is None:
        return None
    known = of_case(session, case_id).get(supplier.id)
    if known is not None:
        return known
    row = SupplierDeadline(
        id=new_id("until"),
        case_id=case_id,
        supplier_id=supplier.id,
        counts_from=terms.counts_from,
        event_at=event.at,
        estimated=event.estimated,
        deadline_at=until,
    )
    session.add(row)
    session.flush()
    for days in due_alarms(until, supplier.terms.alarm_days, now):
        delay = max(until - timedelta(days=days) - now, timedelta())
        enqueue(session, ALARM, {"deadline_id": row.id}, key=f"{ALARM}:{row.id}:{days}", delay=delay)
    return row


def due_alarms(until: datetime, alarm_days: tuple[int, ...], now: datetime) -> list[int]:
    """The alarms still to come, in days before the end, the end itself (0) included. Of those whose moment has passed
    only the last counts: one warning says it as well as three."""
    days = sorted({*alarm_days, 0}, reverse=True)
    past = [day for day in days if until - timedelta(days=day) <= now]
    return past[-1:] + [day for day in days if day not in past]


def of_case(session: Session, case_id: str) -> dict[str, SupplierDeadline]:
    """The clocks of a case by supplier."""
    rows = session.scalars(sa.select(SupplierDeadline).where(SupplierDeadline.case_id == case_id))
    return {row.supplier_id: row for row in rows}


def for_change(session: Session, deadline_id: str) -> SupplierDeadline | None:
    """The clock, locked and read afresh."""
    if not lock(session, SupplierDeadline, deadline_id):
        return None
    return session.get(SupplierDeadline, deadline_id, populate_existing=True)


def meet(session: Session, *, case_id: str, supplier_id: str, now: datetime) -> None:
    """The supplier has the claim: the clock stops. Stopping it again changes nothing."""
    session.execute(
        sa.update(SupplierDeadline)
        .where(
            SupplierDeadline.case_id == case_id,
            SupplierDeadline.supplier_id == supplier_id,
            SupplierDeadline.met_at.is_(None),
        )
        .values(met_at=now)
        .execution_options(synchronize_session="fetch")
    )


def alarm(row: SupplierDeadline, *, now: datetime) -> str:
    """Note the alarm and give its sentence for the merchant."""
    row.warned_at = row.warned_at or now
    day = row.deadline_at.date().isoformat()
    if now >= row.deadline_at:
        row.missed_at = row.missed_at or now
        return f"{row.supplier_id} took claims until {day}; none had reached it by then"
    return f"{row.supplier_id} takes claims until {day}; none has reached it yet"
