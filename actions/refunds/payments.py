"""`retour import payments`: the payments of orders that were paid in several, such as a gift card and a card.

Our own columns, because the order exports of shop systems do not say how much came from which payment: `order`,
`reference` (what the payment service calls it), `amount`, and where they differ from the usual `currency`, `method`,
`paid at`.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy.orm import Session

from actions.orders import repository as orders
from actions.orders.imports import record
from actions.orders.imports.reader import read
from actions.orders.imports.record import Problem, Row, RowError
from actions.refunds import repository
from actions.refunds.model import Payment
from common.errors import RefusedError
from common.ids import new_id

REQUIRED = ("order", "reference", "amount")


@dataclass
class PaymentReport:
    """What came of a file. `problems` are in the order of the file."""

    added: int = 0
    unchanged: int = 0
    problems: list[Problem] = field(default_factory=list)


def import_payments(
    path: Path, sessions: Callable[[], AbstractContextManager[Session]], *, shop: str, currency: str
) -> PaymentReport:
    """Good rows are kept and bad ones listed; the same file again changes nothing.

    Raises RefusedError `import.file` (unreadable) or `import.columns` (a needed column is missing).
    """
    names, rows = read(path)
    absent = [name for name in REQUIRED if name not in names]
    if absent:
        raise RefusedError(
            "import.columns", f"{path} lacks the columns {', '.join(absent)}; see docs/import-orders.md."
        )
    report = PaymentReport()
    with sessions() as session:
        for row in rows:
            try:
                if isinstance(row, Problem):
                    report.problems.append(row)
                elif _keep(session, row, shop=shop, currency=currency):
                    report.added += 1
                else:
                    report.unchanged += 1
            except RowError as error:
                report.problems.append(error.problem)
    return report


def _keep(session: Session, row: Row, *, shop: str, currency: str) -> bool:
    """Whether the payment is new. Raises RowError."""
    number, reference = row.get("order"), row.get("reference")
    if not number or not 0 < len(reference) <= 128:
        raise RowError(row.line, "order or reference is empty, or the reference is longer than 128 characters")
    order = orders.by_number(session, shop, number)
    if order is None:
        raise RowError(row.line, f"there is no order {number} of {shop}; import the orders first")
    money = record.read_money(row, record.read_currency(row, currency, "currency"), "amount")
    if money.currency != order.currency or money.minor_units <= 0:
        raise RowError(row.line, f"the amount is {money.decimal()} {money.currency}; the order is in {order.currency}")
    known = {payment.reference: payment for payment in repository.payments(session, order.id)}
    there = known.get(reference)
    if there is not None:
        if there.amount_minor != money.minor_units:
            raise RowError(row.line, f"{reference} is known with another amount; payments do not change")
        return False
    if sum(payment.amount_minor for payment in known.values()) + money.minor_units > order.total_minor:
        raise RowError(row.line, f"the payments of order {number} would be more than its total")
    session.add(
        Payment(
            id=new_id("pay"),
            order_id=order.id,
            reference=reference,
            method=row.get("method")[:64],
            amount_minor=money.minor_units,
            currency=money.currency,
            paid_at=record.read_time(row, "paid at") or order.placed_at,
        )
    )
    session.flush()
    return True
