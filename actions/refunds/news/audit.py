"""What the payment service lists for a payment, compared with what we know."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from actions.cases.model import Case
from actions.orders.model import Order
from actions.refunds.model import Payment
from actions.refunds.news import service
from actions.runtime import Runtime
from common.database import transaction

# A refund by hand that matters comes within the time in which a case is talked about.
_LOOK_BACK = timedelta(days=60)
_AT_ONCE = 200


def payment(runtime: Runtime, payment_reference: str) -> int:
    """Compare one payment; says how many refunds were news. Raises GatewayUnavailableError and changes nothing."""
    listed = runtime.gateway.of_payment(payment_reference) if payment_reference else []
    news = 0
    for answer in listed:
        with transaction(runtime.engine) as session:
            news += service.told(session, runtime, answer, now=runtime.clock.now()) == "applied"
    return news


def recent(runtime: Runtime) -> int:
    """Compare the payments of the orders with a case that moved lately; says how many refunds were news."""
    with transaction(runtime.engine) as session:
        references = _references(session, since=runtime.clock.now() - _LOOK_BACK)
    return sum(payment(runtime, reference) for reference in references)


def _references(session: Session, *, since: datetime) -> list[str]:
    lately = (
        sa.select(Case.order_id, sa.func.max(Case.updated_at).label("at"))
        .where(Case.updated_at >= since)
        .group_by(Case.order_id)
        .subquery()
    )
    whole = sa.select(Order.payment_reference, lately.c.at).join(lately, lately.c.order_id == Order.id)
    part = sa.select(Payment.reference, lately.c.at).join(lately, lately.c.order_id == Payment.order_id)
    found = sa.union(whole.where(Order.payment_reference.is_not(None)), part).subquery()
    query = sa.select(found.c[0]).order_by(found.c.at.desc()).limit(_AT_ONCE)
    return [reference for reference in session.scalars(query) if reference]
