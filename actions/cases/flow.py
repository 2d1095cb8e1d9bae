"""What happens after a decision. All of it in the caller's one commit; `progress` goes on when suppliers answer."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from actions.cases import claims, legs, notices
from actions.cases.model import Case
from actions.cases.steps import announce_return, start_refund, to_person
from actions.cases.transitions import note, transition
from actions.evidence import service as evidence
from actions.orders.model import Order
from actions.policy.model import Outcome
from actions.replacements import service as replacements
from actions.runtime import Runtime
from common.money import Money
from common.shop_config import SupplierConfig


def follow(
    session: Session, runtime: Runtime, case: Case, order: Order, outcome: Outcome, *, by: str, why: str, now: datetime
) -> Money | None:
    """Carry out an outcome; the refund that was started, if one was. `case` is locked.

    Tells the shopper nothing but the next step's own news: who decided tells the decision. Raises
    InvalidTransitionError when the case's status does not lead there.
    """
    if outcome == "needs_person":
        to_person(session, case, by=by, why=why, now=now)
        return None
    case.resolution = outcome
    if outcome != "replacement":
        replacements.cancel(session, case)
    if outcome == "refused":
        transition(session, case, "refused", at=now, by=by, why=why)
        return None
    if outcome in ("store_credit", "refund_without_return"):
        credit_note = outcome == "store_credit"
        amount = start_refund(session, case, order, by=by, why=why, now=now, credit_note=credit_note)
        if amount is not None:
            _claim_credit(session, runtime, case, order, now=now)
        return amount
    if outcome == "replacement":
        _replace(session, runtime, case, order, by=by, why=why, now=now)
    else:
        _take_back(session, runtime, case, order, by=by, why=why, now=now)
    return None


def _claim_credit(session: Session, runtime: Runtime, case: Case, order: Order, *, now: datetime) -> None:
    """Ask each supplier that answers for the fault for the wholesale price of its goods; the shopper never waits."""
    if case.reason not in claims.SUPPLIER_ANSWERS:
        return
    asked = claims.suppliers_of(runtime, case, order)
    if not asked:
        note(session, case, at=now, by="system", why="No supplier answers for these items; no claim was opened")
    for supplier in asked:
        if supplier.terms.of(case.reason).covered:
            claims.open_for(session, supplier, case, order, "refund_without_return", _photos(session, case), now=now)
        else:
            why = f"The terms of {supplier.name} exclude this; no claim was opened"
            note(session, case, at=now, by="system", why=why)


def _take_back(
    session: Session, runtime: Runtime, case: Case, order: Order, *, by: str, why: str, now: datetime
) -> None:
    """Ask each supplier for its goods; what none of them takes comes to the shop."""
    asked = [it for it in claims.suppliers_of(runtime, case, order) if claims.takes_back(runtime, it, case)]
    ours = not _all_theirs(case, order, asked)
    if ours and not runtime.policy.return_address:
        to_person(session, case, by=by, why=f"{why}; nobody takes all of these items back", now=now)
        return
    if not ours:
        transition(session, case, "awaiting_supplier", at=now, by=by, why=why)
    for supplier in asked:
        claims.open_for(session, supplier, case, order, "return", _photos(session, case), now=now)
    if ours:
        to_own_address(session, runtime, case, by=by, why=why, now=now)


def _replace(session: Session, runtime: Runtime, case: Case, order: Order, *, by: str, why: str, now: datetime) -> None:
    """Ask each supplier for its goods again. Shop and suppliers together need a person, who knows what is in stock."""
    asked = claims.suppliers_of(runtime, case, order)
    if _all_theirs(case, order, asked):
        transition(session, case, "awaiting_supplier", at=now, by=by, why=why)
        for supplier in asked:
            claims.open_for(session, supplier, case, order, "replacement", _photos(session, case), now=now)
        _request_replacement(session, case, order, asked, now=now)
    elif all(line.supplier_id is None for line in order.lines):
        transition(session, case, "replaced", at=now, by=by, why=f"{why}; the shop sends it itself")
        _request_replacement(session, case, order, [], now=now)
        notices.tell(session, case, "utter_case_replacement", event="replacement", now=now)
    else:
        to_person(session, case, by=by, why=f"{why}; no supplier answers for all of these items", now=now)


def _all_theirs(case: Case, order: Order, asked: list[SupplierConfig]) -> bool:
    """Whether these suppliers answer for everything the case is about."""
    ids = {supplier.id for supplier in asked}
    wanted = {line.order_line_id for line in case.lines}
    return all(line.supplier_id in ids for line in order.lines if line.id in wanted)


def _request_replacement(
    session: Session, case: Case, order: Order, asked: list[SupplierConfig], *, now: datetime
) -> None:
    """It costs the shop the goods, unless their suppliers answer for the fault. Several suppliers stand under none."""
    by_id = {line.id: line for line in order.lines}
    cost = sum((by_id[line.order_line_id].wholesale_minor or 0) * line.quantity for line in case.lines)
    if asked and case.reason in claims.SUPPLIER_ANSWERS:
        cost = 0
    supplier_id = asked[0].id if len(asked) == 1 else None
    replacements.request(session, case, supplier_id=supplier_id, cost_minor=cost, now=now)


def to_own_address(session: Session, runtime: Runtime, case: Case, *, by: str, why: str, now: datetime) -> None:
    """What no supplier takes comes to the shop itself."""
    transition(session, case, "awaiting_parcel", at=now, by=by, why=f"{why}; the parcel comes to the shop")
    for leg in legs.of_case(session, runtime, case):
        if leg.claim is None:
            announce_return(session, runtime, case, leg, now=now)


def _photos(session: Session, case: Case) -> list[str]:
    return [row.photo_id for row in evidence.of_case(session, case.id)]
