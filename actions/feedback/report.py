"""What cases and ratings say about products and suppliers, counted in the database."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from actions.cases.model import Case, CaseLine
from actions.feedback.model import ProductLine, Rating, SupplierCard
from actions.orders.model import OrderLine
from actions.refunds.model import Refund
from actions.suppliers.model import SupplierClaim, SupplierDeadline
from actions.suppliers.port import RmaStatus

_NO = RmaStatus.REJECTED.value
_OPEN = RmaStatus.PENDING.value


def products(session: Session, *, since: datetime, limit: int) -> list[ProductLine]:
    """The products with the most cases since then, with their reasons and ratings."""
    by_reason = sa.select(
        CaseLine.sku, sa.func.max(CaseLine.name), sa.func.max(OrderLine.supplier_id), Case.reason,
        sa.func.count(sa.distinct(Case.id)),
    )  # fmt: skip
    rows = session.execute(_of_lines(by_reason, since).group_by(CaseLine.sku, Case.reason)).all()
    counts: dict[str, dict[str, int]] = defaultdict(dict)
    names: dict[str, tuple[str, str]] = {}
    for sku, name, supplier_id, reason, number in rows:
        counts[sku][reason] = number
        names[sku] = (name, supplier_id or "")
    worst = sorted(counts, key=lambda sku: (-sum(counts[sku].values()), sku))[:limit]
    rated = sa.select(CaseLine.sku, sa.func.avg(Rating.score), sa.func.count(sa.distinct(Case.id)))
    query = _of_lines(rated, since).join(Rating, Rating.case_id == Case.id).where(Rating.score.is_not(None))
    ratings = {sku: (float(mean), int(number)) for sku, mean, number in session.execute(query.group_by(CaseLine.sku))}
    return [
        ProductLine(
            sku=sku,
            name=names[sku][0],
            supplier_id=names[sku][1],
            cases=sum(counts[sku].values()),
            reasons=_ranked(counts[sku].items()),
            rating=ratings.get(sku, (None, 0))[0],
            ratings=ratings.get(sku, (None, 0))[1],
        )
        for sku in worst
    ]


def suppliers(session: Session, *, since: datetime, currency: str) -> list[SupplierCard]:
    """One card a supplier that had a case since then, the one with the most cases first."""
    cases = _cases_by_supplier(session, since)
    claims = _claims_by_supplier(session, since)
    ratings = _ratings_by_supplier(session, since)
    missed = _missed_by_supplier(session, since)
    cards = []
    for supplier_id in sorted(cases, key=lambda key: (-cases[key]["cases"], key)):
        seen, claim = cases[supplier_id], claims.get(supplier_id, {})
        decided, expected = int(claim.get("decided", 0)), int(claim.get("expected", 0))
        cards.append(
            SupplierCard(
                supplier_id=supplier_id,
                cases=seen["cases"],
                claims=int(claim.get("claims", 0)),
                decided=decided,
                accepted=claim["accepted"] / decided if decided else None,
                days=claim.get("days"),
                credited=int(claim.get("received", 0)) / expected if expected else None,
                expected_minor=expected,
                received_minor=int(claim.get("received", 0)),
                refunded=seen["refunded"] / seen["claimed"] if seen["claimed"] else None,
                currency=currency,
                rating=ratings.get(supplier_id, (None, 0))[0],
                ratings=ratings.get(supplier_id, (None, 0))[1],
                missed=missed.get(supplier_id, 0),
                reasons=_ranked(seen["reasons"].items()),
            )
        )
    return cards


def comments(session: Session, *, limit: int) -> list[tuple[Rating, Case]]:
    """The latest ratings that came with words, newest first."""
    query = (
        sa.select(Rating, Case)
        .join(Case, Case.id == Rating.case_id)
        .where(Rating.comment.is_not(None))
        .order_by(Rating.rated_at.desc())
        .limit(limit)
    )
    return [(rating, case) for rating, case in session.execute(query)]


def _of_lines(query: Any, since: datetime) -> Any:
    return (
        query.join(Case, Case.id == CaseLine.case_id)
        .join(OrderLine, OrderLine.id == CaseLine.order_line_id, isouter=True)
        .where(Case.created_at >= since, Case.status != "cancelled")
    )


def _cases_by_supplier(session: Session, since: datetime) -> dict[str, dict[str, Any]]:
    paid = (
        sa.select(Refund.case_id, sa.func.sum(Refund.amount_minor).label("paid"))
        .where(Refund.status == "succeeded")
        .group_by(Refund.case_id)
        .subquery()
    )
    # One row a case and supplier first: a case with two lines of one supplier is one case, and was paid for once.
    pairs = (
        _of_lines(sa.select(OrderLine.supplier_id, Case.id, Case.reason, Case.claim_minor).select_from(CaseLine), since)
        .where(OrderLine.supplier_id.is_not(None))
        .distinct()
        .subquery()
    )
    query = (
        sa.select(
            pairs.c.supplier_id, pairs.c.reason, sa.func.count(), sa.func.sum(pairs.c.claim_minor),
            sa.func.sum(sa.func.coalesce(paid.c.paid, 0)),
        )
        .join(paid, paid.c.case_id == pairs.c.id, isouter=True)
        .group_by(pairs.c.supplier_id, pairs.c.reason)
    )  # fmt: skip
    found: dict[str, dict[str, Any]] = {}
    for supplier_id, reason, number, claimed, refunded in session.execute(query):
        seen = found.setdefault(supplier_id, {"cases": 0, "claimed": 0, "refunded": 0, "reasons": {}})
        seen["cases"] += number
        seen["claimed"] += int(claimed)
        seen["refunded"] += int(refunded)
        seen["reasons"][reason] = number
    return found


def _claims_by_supplier(session: Session, since: datetime) -> dict[str, dict[str, Any]]:
    """Counts and sums in the database; the days too, as far as both databases agree on how to subtract."""
    decided = SupplierClaim.status != _OPEN
    # What was promised and is not there yet is no credit, and no loss either.
    ended = SupplierClaim.status.in_((_NO, RmaStatus.CREDITED.value))
    query = (
        sa.select(
            SupplierClaim.supplier_id,
            sa.func.count(),
            sa.func.sum(sa.case((decided, 1), else_=0)),
            sa.func.sum(sa.case((sa.and_(decided, SupplierClaim.status != _NO), 1), else_=0)),
            sa.func.sum(sa.case((ended, SupplierClaim.credit_expected_minor), else_=0)),
            sa.func.sum(sa.case((ended, SupplierClaim.credit_received_minor), else_=0)),
        )
        .where(SupplierClaim.requested_at >= since)
        .group_by(SupplierClaim.supplier_id)
    )
    found: dict[str, dict[str, Any]] = {}
    for supplier_id, number, done, yes, expected, received in session.execute(query):
        found[supplier_id] = {
            "claims": int(number), "decided": int(done), "accepted": int(yes), "expected": int(expected),
            "received": int(received),
        }  # fmt: skip
    days = sa.func.avg(_seconds(session, SupplierClaim.requested_at, SupplierClaim.answered_at))
    answered = (
        sa.select(SupplierClaim.supplier_id, days)
        .where(SupplierClaim.requested_at >= since, SupplierClaim.answered_at.is_not(None))
        .group_by(SupplierClaim.supplier_id)
    )
    for supplier_id, seconds in session.execute(answered):
        found[supplier_id]["days"] = float(seconds) / 86400
    return found


def _seconds(session: Session, start: Any, end: Any) -> Any:
    if session.get_bind().dialect.name == "postgresql":
        return sa.extract("epoch", end - start)
    return (sa.func.julianday(end) - sa.func.julianday(start)) * 86400


def _ratings_by_supplier(session: Session, since: datetime) -> dict[str, tuple[float, int]]:
    pairs = (
        _of_lines(sa.select(OrderLine.supplier_id, Case.id).select_from(CaseLine), since)
        .where(OrderLine.supplier_id.is_not(None))
        .distinct()
        .subquery()
    )
    query = (
        sa.select(pairs.c.supplier_id, sa.func.avg(Rating.score), sa.func.count())
        .join(Rating, Rating.case_id == pairs.c.id)
        .where(Rating.score.is_not(None))
        .group_by(pairs.c.supplier_id)
    )
    return {supplier_id: (float(mean), int(number)) for supplier_id, mean, number in session.execute(query)}


def _missed_by_supplier(session: Session, since: datetime) -> dict[str, int]:
    query = (
        sa.select(SupplierDeadline.supplier_id, sa.func.count())
        .where(SupplierDeadline.missed_at >= since)
        .group_by(SupplierDeadline.supplier_id)
    )
    return {supplier_id: int(number) for supplier_id, number in session.execute(query)}


def _ranked(counts: Iterable[tuple[str, int]]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(counts, key=lambda item: (-item[1], item[0])))
