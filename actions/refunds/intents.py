"""How much may go back, and the intent that is committed before anybody is asked to pay."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from actions.cases import repository as cases
from actions.cases.model import Case
from actions.orders.model import Order
from actions.refunds import repository
from actions.refunds.model import Refund, RefundMethod
from actions.refunds.news import repository as news
from common.engine import enqueue
from common.errors import RefusedError
from common.ids import new_id
from common.money import Money


class OverRefundError(RefusedError):
    """More would go back than was paid."""


def gone_minor(session: Session, order: Order) -> int:
    """What of the order is gone: by refunds of ours, also those on their way; outside Retour; by the bank."""
    return order.refunded_minor + repository.committed_minor(session, order.id) + news.gone_minor(session, order.id)


def ceiling(session: Session, order: Order) -> Money:
    """What of the order can still go back; money on its way, or given back outside Retour, counts as gone.

    Where we know the payments of the order, it is no more than what is left of them.
    """
    left = max(0, order.total_minor - gone_minor(session, order))
    rooms = _rooms(session, order)
    return Money(min(left, sum(rooms.values())) if rooms else left, order.currency)


def _rooms(session: Session, order: Order) -> dict[str, int]:
    """What is left of each payment by its reference, newest payment first; empty for an order that was paid at once."""
    payments = repository.payments(session, order.id)
    if not payments:
        return {}
    taken = repository.taken_by_reference(session, order.id)
    for reference, minor in news.gone_by_reference(session, order.id).items():
        taken[reference] = taken.get(reference, 0) + minor
    rooms = {row.reference: max(0, row.amount_minor - taken.get(row.reference, 0)) for row in payments}
    # A credit note, and what carries the reference of none of them, takes the newest payments' room.
    rest = sum(minor for reference, minor in taken.items() if reference not in rooms)
    left = {}
    for reference, room in rooms.items():
        used = min(room, rest)
        left[reference], rest = room - used, rest - used
    return left


def case_ceiling(session: Session, case: Case, order: Order) -> Money:
    """What the case can still be paid: what was paid for its pieces (discounts off, taxes in) and their share of
    outbound shipping, less what it was paid, within what is left of the order.

    Once every piece of the order is claimed, all of shipping may go back, so that the refund that empties the order
    takes the remainder and no cent is lost to rounding.
    """
    own = Money(case.claim_minor + _shipping_share(session, case, order), order.currency)
    room = Money(max(0, own.minor_units - repository.committed_of_case(session, case.id)), order.currency)
    return min(room, ceiling(session, order))


def _shipping_share(session: Session, case: Case, order: Order) -> int:
    claimed = cases.claimed(session, order.id, except_case=case.id)
    for item in case.lines:
        claimed[item.order_line_id] = claimed.get(item.order_line_id, 0) + item.quantity
    lines_minor = sum(line.paid_minor for line in order.lines)
    if lines_minor <= 0 or all(claimed.get(line.id, 0) >= line.quantity for line in order.lines):
        return order.shipping_minor
    return order.shipping_minor * min(case.claim_minor, lines_minor) // lines_minor


def quote(session: Session, case: Case, order: Order) -> Money:
    """Exactly what `intend` will be asked for: what is agreed and not paid yet, or what is left if that is less."""
    agreed = Money(max(0, case.refund_minor - repository.committed_of_case(session, case.id)), case.currency)
    return min(agreed, case_ceiling(session, case, order))


def intend(
    session: Session, case: Case, amount: Money, *, now: datetime, method: RefundMethod = "original_payment"
) -> list[Refund]:
    """Write the refunds and their jobs in the caller's commit: one row a payment with a key of its own, the newest
    payment drained first; one row for an order that was paid at once. Raises OverRefundError when it exceeds what was
    paid.
    """
    order = repository.lock_order(session, case.order_id)
    left = case_ceiling(session, case, order)
    if amount > left or amount.minor_units <= 0:
        raise OverRefundError(
            "refund.too_much",
            f"Case {case.reference} asks for {amount.minor_units} {amount.currency} minor units, "
            f"and {left.minor_units} of its lines in order {order.number} are left; correct the amount.",
        )
    made = []
    for reference, minor in _parts(session, order, amount, method):
        ordinal = repository.next_ordinal(session, case.id)
        refund = Refund(
            id=new_id("ref"),
            case_id=case.id,
            order_id=order.id,
            ordinal=ordinal,
            amount_minor=minor,
            currency=amount.currency,
            method=method,
            status="created",
            idempotency_key=f"refund:{case.id}:{ordinal}",
            payment_reference=reference,
            attempts=0,
            created_at=now,
        )
        repository.add(session, refund)
        enqueue(session, "refund.execute", {"refund_id": refund.id}, key=f"refund.execute:{refund.id}")
        made.append(refund)
    return made


def _parts(session: Session, order: Order, amount: Money, method: RefundMethod) -> list[tuple[str, int]]:
    """Which payment gives how much back."""
    if method == "store_credit":
        return [("", amount.minor_units)]
    rooms = _rooms(session, order)
    if not rooms:
        return [(order.payment_reference or "", amount.minor_units)]
    parts, rest = [], amount.minor_units
    for reference, room in rooms.items():
        take = min(room, rest)
        if take > 0:
            parts.append((reference, take))
            rest -= take
    return parts
