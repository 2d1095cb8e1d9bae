"""Requests to replay: those of real cases with the facts they were decided on, and assumed ones for orders of a file.

An order export does not say who asked for what, so requests are assumed for a share of its orders. They are drawn from
the order's own number: the same file gives the same requests on every machine.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from actions.cases.facts import facts_of
from actions.cases.model import Case
from actions.catalogue.model import Product
from actions.orders.imports.record import ImportedOrder
from actions.policy.model import CaseFacts, LineFacts, PhotoVerdict, Reason

# Shares of the reasons among assumed requests, in percent. An assumption: measure your own, they differ by trade.
REASON_SHARES: tuple[tuple[Reason, int], ...] = (
    ("changed_mind", 28),
    ("wrong_size", 24),
    ("damaged", 14),
    ("not_as_described", 11),
    ("defective", 9),
    ("not_received", 7),
    ("wrong_item", 5),
    ("other", 2),
)
# Days from delivery to the request: (percent of requests, first day, last day).
_DAYS = ((55, 0, 14), (25, 15, 30), (15, 31, 90), (5, 91, 400))
_GOOD: tuple[PhotoVerdict, ...] = ("ok", "ok")


@dataclass(frozen=True)
class PastRequest:
    """One request to decide again. `email` only counts what a shopper was given before; no report shows it."""

    order_number: str
    email: str
    facts: CaseFacts
    origin: Literal["case", "assumed"]


class _Draw:
    """Numbers drawn from an order's number, always the same ones in the same order."""

    def __init__(self, number: str) -> None:
        self._number = number
        self._left = b""
        self._round = 0

    def below(self, most: int) -> int:
        """A number from 0 to `most` - 1."""
        if len(self._left) < 4:
            self._left = hashlib.sha256(f"{self._number}/{self._round}".encode()).digest()
            self._round += 1
        value, self._left = self._left[:4], self._left[4:]
        return int.from_bytes(value, "big") % most


def of_cases(session: Session) -> Iterator[PastRequest]:
    """Every case that was decided, with the facts of that day."""
    for case in session.scalars(sa.select(Case).where(Case.decision.is_not(None)).execution_options(yield_per=500)):
        if case.decision is not None:
            yield PastRequest(case.order_number, case.customer_email, facts_of(case.decision), "case")


def of_orders(
    orders: Iterable[ImportedOrder], products: dict[str, Product], *, percent_asking: int, now: datetime
) -> Iterator[PastRequest]:
    """One assumed request for that share of the orders. None for an order so new that its day has not come."""
    for order in orders:
        draw = _Draw(order.number)
        if draw.below(100) >= percent_asking or not order.lines:
            continue
        facts = _facts(order, products, draw)
        if facts.requested_at <= now:
            yield PastRequest(order.number, (order.email or "").strip().lower(), facts, "assumed")


def _facts(order: ImportedOrder, products: dict[str, Product], draw: _Draw) -> CaseFacts:
    reason = _reason(draw)
    sent = order.fulfilled_at
    came = None if sent is None or reason == "not_received" else sent + timedelta(days=4 + draw.below(14))
    asked = _asked(order, came, draw)
    photos = _photos(reason, draw)
    whole = draw.below(100) < 70 or len(order.lines) == 1
    claimed = order.lines if whole else order.lines[:1]
    return CaseFacts(
        reason=reason,
        country=order.country,
        currency=order.currency,
        requested_at=asked,
        placed_at=order.placed_at,
        lines=tuple(
            LineFacts(
                line.sku,
                line.name,
                line.quantity,
                line.paid_minor // line.quantity,
                line.paid_minor,
                products[line.sku].category if line.sku in products else None,
                tuple(products[line.sku].tags) if line.sku in products else (),
            )
            for line in claimed
        ),
        claim_minor=sum(line.paid_minor for line in claimed),
        total_minor=order.total_minor,
        fulfilled_at=sent,
        delivered_at=came,
        tracking_status="delivered" if came else "in_transit" if sent else None,
        tracking_last_event_at=None if came or sent is None else sent + timedelta(days=draw.below(10)),
        photo_checks=photos,
        photos_count=len(photos),
        order_cancelled=order.cancelled_at is not None,
        already_refunded_minor=order.refunded_minor,
        shipping_minor=order.shipping_minor,
        whole_order=whole,
    )


def _reason(draw: _Draw) -> Reason:
    at = draw.below(sum(share for _, share in REASON_SHARES))
    for reason, share in REASON_SHARES:
        if at < share:
            return reason
        at -= share
    raise AssertionError("the shares were summed just now")


def _asked(order: ImportedOrder, came: datetime | None, draw: _Draw) -> datetime:
    if came is None:
        return (order.fulfilled_at or order.placed_at) + timedelta(days=10 + draw.below(40))
    at = draw.below(100)
    for percent, first, last in _DAYS:
        if at < percent:
            return came + timedelta(days=first + draw.below(last - first + 1))
        at -= percent
    return came


def _photos(reason: Reason, draw: _Draw) -> tuple[PhotoVerdict, ...]:
    if reason not in ("damaged", "defective", "not_as_described", "wrong_item"):
        return ()
    at = draw.below(100)
    return _GOOD if at < 75 else ("ok", "person") if at < 80 else ()
