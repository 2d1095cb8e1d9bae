"""From rows to the facts a decision rests on, and from a decision to the JSON that keeps it."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from actions.cases import repository
from actions.cases.model import Case
from actions.evidence.model import PhotoCheck
from actions.orders.model import Order
from actions.policy.engine import decide
from actions.policy.model import CaseFacts, Decision, LineFacts, Policy
from actions.refunds import intents as refunds
from actions.refunds.news import repository as payment_news
from common.clock import parse_instant

_INSTANTS = ("requested_at", "placed_at", "fulfilled_at", "delivered_at", "tracking_last_event_at")


def case_facts(
    session: Session, case: Case, order: Order, checks: list[PhotoCheck], policy: Policy, *, now: datetime
) -> CaseFacts:
    """Everything the policy may look at, as it is known at this moment; `case` need not be stored."""
    tracking = order.tracking or {}
    last_event = tracking.get("last_event_at")
    since = now - timedelta(days=policy.returnless.per_shopper_days)
    claimed = repository.claimed(session, order.id, except_case=case.id)
    for item in case.lines:
        claimed[item.order_line_id] = claimed.get(item.order_line_id, 0) + item.quantity
    return CaseFacts(
        reason=case.reason,
        country=order.country,
        currency=order.currency,
        requested_at=case.created_at,
        placed_at=order.placed_at,
        lines=tuple(_line_facts(case, order)),
        claim_minor=case.claim_minor,
        total_minor=order.total_minor,
        fulfilled_at=order.fulfilled_at,
        delivered_at=order.delivered_at,
        tracking_status=tracking.get("status"),
        tracking_last_event_at=parse_instant(last_event) if last_event else None,
        desired_outcome=case.desired_outcome,
        photos_count=len(checks),
        photo_checks=tuple(check.verdict for check in checks),
        returnless_before=repository.returnless_count(session, case.customer_email, since),
        order_cancelled=order.cancelled_at is not None,
        unpaid=order.unpaid,
        opened=case.opened,
        shopper_standing=policy.shoppers.standing(order.email or ""),
        open_chargeback=payment_news.has_open_chargeback(session, order.id),
        already_refunded_minor=refunds.gone_minor(session, order),
        shipping_minor=order.shipping_minor,
        whole_order=all(claimed.get(line.id, 0) >= line.quantity for line in order.lines),
    )


def _line_facts(case: Case, order: Order) -> list[LineFacts]:
    by_id = {line.id: line for line in order.lines}
    return [
        LineFacts(
            sku=line.sku,
            name=line.name,
            quantity=line.quantity,
            unit_paid_minor=line.unit_price_minor,
            paid_minor=line.paid_minor,
            category=by_id[line.order_line_id].category,
            tags=tuple(by_id[line.order_line_id].tags or ()),
        )
        for line in case.lines
    ]


def decision_json(decision: Decision, facts: CaseFacts, policy: Policy) -> dict[str, Any]:
    """The decision with the facts it saw and the policy it followed, to be shown and replayed years later."""
    content: dict[str, Any] = _plain(asdict(decision))
    return content | {"facts": _plain(asdict(facts)), "policy_sha256": policy.sha256}


def facts_of(content: dict[str, Any]) -> CaseFacts:
    """The facts of a kept decision, as they were. A fact that was not looked at in its day has its default."""
    kept = content["facts"]
    instants = {name: parse_instant(kept[name]) for name in _INSTANTS if kept.get(name)}
    lines = tuple(LineFacts(**{**line, "tags": tuple(line["tags"])}) for line in kept["lines"])
    return CaseFacts(**{**kept, **instants, "lines": lines, "photo_checks": tuple(kept["photo_checks"])})


def replay(content: dict[str, Any], policy: Policy) -> dict[str, Any]:
    """Decide a kept decision again from the facts it saw; the same policy and law give the same content."""
    facts = facts_of(content)
    return decision_json(decide(facts, policy), facts, policy)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(item) for item in value]
    return value.isoformat() if isinstance(value, datetime) else value
