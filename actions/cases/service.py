"""What can be done with a case: open it, decide it, and let a named person change its course.

Everything happens in the caller's transaction; a refusal raises RefusedError and the caller rolls back. Locks are taken
in the order claim, case, order, refund.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from actions.cases import claims, costs, deadlines, flow, notices, repository
from actions.cases.facts import case_facts, decision_json
from actions.cases.model import Case, CaseDraft, CaseLine
from actions.cases.receipts import acknowledge
from actions.cases.review import add_note, approve, change_outcome, refuse
from actions.cases.transitions import InvalidTransitionError, note, opened, transition
from actions.evidence import service as evidence
from actions.evidence.model import CheckContext, PhotoCheck
from actions.orders import service as orders
from actions.orders.model import Order
from actions.policies import service as policies
from actions.policy.engine import decide as decide_by_policy
from actions.policy.model import Decision
from actions.refunds.repository import lock_order
from actions.replacements import service as replacements
from actions.runtime import Runtime
from common.errors import RefusedError
from common.ids import new_id, new_reference

SHOPPER = "shopper"
POLICY = "policy"


def open_case(session: Session, runtime: Runtime, draft: CaseDraft, *, key: str, now: datetime) -> Case:
    """Open, decide and set going what follows; the same `key` gives the case it opened before.

    The decision is in `case.decision`; the caller tells it (`actions.policy.answers.explain`, `status.status_lines`).
    Raises RefusedError `case.line_unknown`, `case.quantity` or `case.already_claimed`.
    """
    # The lock comes first: two messages at once must not claim the same piece twice.
    order = lock_order(session, draft.order_id)
    known = repository.by_key(session, key)
    if known is not None:
        return known
    case = _new_case(session, draft, order, key=key, now=now)
    repository.add(session, case)
    opened(session, case, at=now, by=SHOPPER, why="Opened in the conversation")
    checks = _check_photos(session, case, order, draft.photo_ids)
    evidence.keep(session, checks, case_id=case.id, now=now)
    deadlines.start(session, runtime, case, order)
    decision = _decide(session, runtime, case, order, checks, now=now)
    acknowledge(session, runtime, case, order, now=now)
    follow_decision(session, runtime, case, order, decision, now=now)
    return case


def preview(session: Session, runtime: Runtime, draft: CaseDraft, *, now: datetime) -> Decision:
    """What `open_case` would decide now. Writes nothing; raises what `open_case` raises."""
    order = orders.get(session, draft.order_id)
    case = _new_case(session, draft, order, key="", now=now)
    checks = _check_photos(session, case, order, draft.photo_ids)
    policy = policies.in_force(session, runtime.policy, order.placed_at)
    return decide_by_policy(case_facts(session, case, order, checks, policy, now=now), policy)


def decide(session: Session, runtime: Runtime, case_id: str, *, now: datetime) -> Case:
    """Decide and follow up a case that is still collecting; any other is returned as it is."""
    case = _locked(session, case_id)
    if case.status == "collecting":
        order = lock_order(session, case.order_id)
        photos = [row.photo_id for row in evidence.of_case(session, case.id)]
        decision = _decide(session, runtime, case, order, _check_photos(session, case, order, photos), now=now)
        follow_decision(session, runtime, case, order, decision, now=now)
    return case


def follow_decision(
    session: Session, runtime: Runtime, case: Case, order: Order, decision: Decision, *, now: datetime
) -> None:
    """Set going what the policy decided; the rules that decided it stand in the journal."""
    wanted = {"refused": "refuse", "needs_person": "person"}.get(decision.outcome, "accept")
    rules = [rule.id for rule in decision.rules if rule.result == wanted]
    why = f"{decision.outcome}: {', '.join(rules)}"
    flow.follow(session, runtime, case, order, decision.outcome, by=POLICY, why=why, now=now)


def report_sent(
    session: Session, case_id: str, *, by: str, now: datetime, carrier: str = "", tracking_number: str = ""
) -> Case:
    """The parcel is on its way back. Saying it again corrects carrier and number.

    Raises InvalidTransitionError when no parcel is awaited.
    """
    case = _locked(session, case_id)
    parcel = {"carrier": carrier[:64], "number": tracking_number[:64], "reported_at": now.isoformat()}
    shown = " ".join(part for part in (carrier, tracking_number) if part) or "without a tracking number"
    if case.status == "in_transit":
        note(session, case, at=now, by=by, why=f"Parcel corrected: {shown}")
    else:
        transition(session, case, "in_transit", at=now, by=by, why=f"Parcel sent, {shown}")
    case.parcel = parcel
    session.flush()
    return case


def cancel(session: Session, case_id: str, *, by: str, why: str, now: datetime) -> Case:
    """Withdraw a request that has not gone too far; cancelling twice changes nothing. Raises InvalidTransitionError.

    A shopper who cancels is answered in the conversation; one who is cancelled for is told.
    """
    held = claims.locked(session, case_id)
    case = repository.get_for_change(session, case_id)
    if case.status == "cancelled":
        return case
    transition(session, case, "cancelled", at=now, by=by, why=why)
    for claim in held:
        claims.give_up(session, claim, now=now, by=by, why="The request was withdrawn")
    replacements.cancel(session, case)
    if by != SHOPPER:
        notices.tell(session, case, "utter_case_cancelled", event="cancelled", now=now)
    return case


def _locked(session: Session, case_id: str) -> Case:
    claims.locked(session, case_id)
    return repository.get_for_change(session, case_id)


def _new_case(session: Session, draft: CaseDraft, order: Order, *, key: str, now: datetime) -> Case:
    case_id = new_id("case")
    lines = _lines(session, draft, order, case_id)
    reference = new_reference("RT")
    while repository.reference_taken(session, reference):
        reference = new_reference("RT")
    return Case(
        id=case_id,
        reference=reference,
        key=key,
        shop=order.shop,
        order_id=order.id,
        order_number=order.number,
        customer_email=(order.email or "").strip().lower(),
        channel=draft.channel,
        conversation_id=draft.conversation_id,
        language=draft.language,
        status="collecting",
        reason=draft.reason,
        description=draft.description.strip(),
        desired_outcome=draft.desired_outcome,
        opened=draft.opened,
        currency=order.currency,
        claim_minor=sum(line.paid_minor for line in lines),
        refund_minor=0,
        created_at=now,
        updated_at=now,
        lines=lines,
    )


def _lines(session: Session, draft: CaseDraft, order: Order, case_id: str) -> list[CaseLine]:
    wanted: dict[str, int] = {}
    for item in draft.lines:
        wanted[item.order_line_id] = wanted.get(item.order_line_id, 0) + item.quantity
    by_id = {line.id: line for line in order.lines}
    claimed = repository.claimed(session, order.id)
    if not wanted or not wanted.keys() <= by_id.keys():
        raise RefusedError("case.line_unknown", f"A case names lines of order {order.number}; choose from its lines.")
    lines = []
    for position, (line_id, quantity) in enumerate(wanted.items()):
        line, already = by_id[line_id], claimed.get(line_id, 0)
        if not 1 <= quantity <= line.quantity:
            raise RefusedError(
                "case.quantity", f"Order {order.number} has {line.quantity} of {line.sku}; ask for less."
            )
        if quantity > line.quantity - already:
            raise RefusedError(
                "case.already_claimed",
                f"{already} of {line.quantity} {line.sku} of order {order.number} are in a case.",
            )
        lines.append(
            CaseLine(
                id=new_id("cline"),
                case_id=case_id,
                order_line_id=line_id,
                position=position,
                sku=line.sku,
                name=line.name,
                quantity=quantity,
                unit_price_minor=line.unit_paid_minor,
                paid_minor=line.paid_for(quantity, already=already),
                reason=draft.reason,
            )
        )
    return lines


def _check_photos(
    session: Session, case: Case, order: Order, photo_ids: tuple[str, ...] | list[str]
) -> list[PhotoCheck]:
    if not photo_ids:
        return []
    skus = tuple(line.sku for line in case.lines)
    withdrawn = frozenset(item.id for item in repository.of_order(session, order.id) if item.status == "cancelled")
    return evidence.check(session, photo_ids, CheckContext(case.id, skus, order.delivered_at, withdrawn))


def _decide(
    session: Session, runtime: Runtime, case: Case, order: Order, checks: list[PhotoCheck], *, now: datetime
) -> Decision:
    policy = policies.in_force(session, runtime.policy, order.placed_at)
    facts = case_facts(session, case, order, checks, policy, now=now)
    decision = decide_by_policy(facts, policy)
    case.decision = decision_json(decision, facts, policy)
    case.legal_basis = decision.legal_basis
    case.refund_minor = decision.refund_minor
    expected = costs.estimate_json(costs.of_case(session, runtime, case, order, now=now))
    case.decision = case.decision | {"economics": expected}
    session.flush()
    return decision


# One door to everything that can be done with a case.
__all__ = [
    "POLICY",
    "SHOPPER",
    "InvalidTransitionError",
    "add_note",
    "approve",
    "cancel",
    "change_outcome",
    "decide",
    "follow_decision",
    "open_case",
    "preview",
    "refuse",
    "report_sent",
]
