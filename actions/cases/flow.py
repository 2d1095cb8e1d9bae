"""What happens after a decision and after a supplier's answer. All of it in the caller's one commit."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from actions.cases import claims, costs, notices, repository
from actions.cases.model import Case
from actions.cases.steps import announce_refund, announce_return, start_refund, start_refund_clock, to_person
from actions.cases.transitions import note, transition
from actions.evidence import service as evidence
from actions.orders import service as orders
from actions.orders.model import Order
from actions.policy.model import Outcome
from actions.replacements import service as replacements
from actions.runtime import Runtime
from actions.suppliers.model import SupplierClaim
from actions.suppliers.port import DesiredOutcome
from common.money import Money

# Statuses in which the case waits for the supplier or for the parcel.
_WAITING = frozenset({"awaiting_review", "awaiting_supplier", "awaiting_parcel", "in_transit", "expired"})
# What an inspection may say about goods that came back without a fault, in the words suppliers use.
_AS_SENT = frozenset(
    {"ok", "good", "new", "like_new", "unused", "as_new", "intact", "complete", "resellable", "undamaged", "accepted"}
)


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
    _ask_supplier(session, runtime, case, order, outcome, by=by, why=why, now=now)
    return None


def _claim_credit(session: Session, runtime: Runtime, case: Case, order: Order, *, now: datetime) -> None:
    """Ask the supplier for the wholesale price when it answers for the fault; the shopper never waits for it."""
    if case.reason not in claims.SUPPLIER_ANSWERS:
        return
    supplier = claims.supplier_of(runtime, case, order)
    if supplier is None:
        note(session, case, at=now, by="system", why="No single supplier answers for these items; no claim was opened")
        return
    if not supplier.terms.of(case.reason).covered:
        note(session, case, at=now, by="system", why="The supplier's terms exclude this; no claim was opened")
        return
    claims.open_for(session, supplier, case, order, "refund_without_return", _photos(session, case), now=now)


def _ask_supplier(
    session: Session, runtime: Runtime, case: Case, order: Order, outcome: Outcome, *, by: str, why: str, now: datetime
) -> None:
    if outcome == "return" and costs.returns_to(runtime, case, order) == "shop":
        to_own_address(session, runtime, case, by=by, why=why, now=now)
        return
    supplier = claims.supplier_of(runtime, case, order)
    if supplier is not None:
        desired: DesiredOutcome = "replacement" if outcome == "replacement" else "return"
        transition(session, case, "awaiting_supplier", at=now, by=by, why=why)
        claims.open_for(session, supplier, case, order, desired, _photos(session, case), now=now)
        if outcome == "replacement":
            _request_replacement(session, case, order, supplier.id, now=now)
        return
    if outcome == "replacement" and all(line.supplier_id is None for line in order.lines):
        transition(session, case, "replaced", at=now, by=by, why=f"{why}; the shop sends it itself")
        _request_replacement(session, case, order, None, now=now)
        notices.tell(session, case, "utter_case_replacement", event="replacement", now=now)
        return
    to_person(session, case, by=by, why=f"{why}; no single supplier answers for these items", now=now)


def _request_replacement(session: Session, case: Case, order: Order, supplier_id: str | None, *, now: datetime) -> None:
    """It costs the shop the goods, unless the supplier answers for the fault."""
    by_id = {line.id: line for line in order.lines}
    cost = sum((by_id[line.order_line_id].wholesale_minor or 0) * line.quantity for line in case.lines)
    if supplier_id is not None and case.reason in claims.SUPPLIER_ANSWERS:
        cost = 0
    replacements.request(session, case, supplier_id=supplier_id, cost_minor=cost, now=now)


def to_own_address(session: Session, runtime: Runtime, case: Case, *, by: str, why: str, now: datetime) -> None:
    """The parcel comes to the shop itself, without a supplier."""
    transition(session, case, "awaiting_parcel", at=now, by=by, why=f"{why}; the parcel comes to the shop")
    announce_return(session, runtime, case, runtime.policy.return_address, now=now)


def _photos(session: Session, case: Case) -> list[str]:
    return [row.photo_id for row in evidence.of_case(session, case.id)]


def supplier_progress(runtime: Runtime, session: Session, claim: SupplierClaim, *, now: datetime) -> None:
    """Move the case after its claim changed or needs attention; `claim` is locked by the caller.

    Called again for a state it has seen it changes nothing. Every state may be the first one it hears of.
    """
    case = repository.get_for_change(session, claim.case_id)
    claims.book(session, claim, now=now)
    if claim.attention:
        _attention(session, case, claim, now=now)
    if claim.returnless or case.resolution == "refund_without_return":
        _note_once(session, case, by=claim.updated_by, why=f"Supplier claim: {claim.status}", now=now)
    elif claim.status == "approved":
        _approved(session, runtime, case, claim, now=now)
    elif claim.status == "rejected":
        _rejected(session, runtime, case, claim, now=now)
    elif claim.status in ("received", "inspected", "credited"):
        _came_back(session, case, claim, now=now)


def _attention(session: Session, case: Case, claim: SupplierClaim, *, now: datetime) -> None:
    """Something does not fit. Who waits for the supplier is taken on by a person; nobody else is disturbed."""
    why = claim.attention or ""
    if case.status == "awaiting_supplier" and claim.status == "pending":
        transition(session, case, "awaiting_review", at=now, by=claim.updated_by, why=why)
        notices.tell(session, case, "utter_case_in_review", event="in_review:supplier", now=now)
    else:
        _note_once(session, case, by=claim.updated_by, why=why, now=now)


def _approved(session: Session, runtime: Runtime, case: Case, claim: SupplierClaim, *, now: datetime) -> None:
    if case.status not in ("awaiting_supplier", "awaiting_review"):
        return
    if case.resolution == "replacement":
        transition(session, case, "replaced", at=now, by=claim.updated_by, why="The supplier sends a replacement")
        notices.tell(session, case, "utter_case_replacement", event="replacement", now=now)
        return
    address = claims.return_address(runtime, claim)
    if not address:
        to_person(session, case, by=claim.updated_by, why="The supplier approved without a return address", now=now)
        return
    why = f"RMA {claim.rma_number or case.reference} issued"
    transition(session, case, "awaiting_parcel", at=now, by=claim.updated_by, why=why)
    announce_return(
        session, runtime, case, address, now=now, rma_number=claim.rma_number, instructions=claim.instructions
    )


def _rejected(session: Session, runtime: Runtime, case: Case, claim: SupplierClaim, *, now: datetime) -> None:
    """The return was accepted already, by law or by the policy, and neither knows the supplier: it goes on without.

    The parcel comes to the shop where it has an address; else there is nowhere to send it, and the money goes back at
    once: the wait for the goods that Directive 2011/83/EU, art. 13(3) allows needs an address they can be sent to. What
    a replacement becomes is the shopper's choice, so a person asks.
    """
    by, why = claim.updated_by, _refusal(claim)
    if case.status not in ("awaiting_supplier", "awaiting_parcel", "in_transit"):
        _note_once(session, case, by=by, why=why, now=now)
    elif case.resolution != "return":
        transition(session, case, "awaiting_review", at=now, by=by, why=why)
        notices.tell(session, case, "utter_case_supplier_refused", event="supplier_refused", now=now)
    elif case.status == "awaiting_supplier" and runtime.policy.return_address:
        to_own_address(session, runtime, case, by=by, why=why, now=now)
    elif case.status == "awaiting_parcel" and runtime.policy.return_address:
        note(session, case, at=now, by=by, why=f"{why}; the parcel comes to the shop")
        address = runtime.policy.return_address
        announce_return(session, runtime, case, address, now=now, event="return_to_shop")
    else:
        order = orders.get(session, case.order_id)
        amount = start_refund(session, case, order, by=by, why=f"{why}; the shopper's refund goes on", now=now)
        if amount is not None:
            shown = {"amount": amount.format(notices.language(session, case))}
            event = "supplier_refused"
            notices.tell(session, case, "utter_case_refund_anyway", event=event, now=now, parameters=shown)


def _refusal(claim: SupplierClaim) -> str:
    return f"The supplier refuses: {claim.reason or 'no reason given'}"


def _came_back(session: Session, case: Case, claim: SupplierClaim, *, now: datetime) -> None:
    """Received, inspected or credited: each brings the case as far as it can go."""
    by = claim.updated_by
    # Once is enough: a case that a person took back after an inspection stays with that person.
    if case.status in _WAITING and not repository.has_been(session, case.id, "received"):
        transition(session, case, "received", at=now, by=by, why="The supplier has the parcel")
        start_refund_clock(session, case, now=now)
        if claim.status == "received":
            notices.tell(session, case, "utter_case_parcel_received", event="parcel_received", now=now)
    if claim.status != "received" and case.status == "received":
        condition = (claim.inspection or {}).get("condition", "")
        transition(session, case, "inspected", at=now, by=by, why=f"Inspected: {condition or 'no remark'}")
        if claim.status == "inspected":
            notices.tell(session, case, "utter_case_inspected", event="inspected", now=now)
    if case.status == "inspected":
        _refund_after_inspection(session, case, claim, now=now)
    elif claim.status == "credited":
        _note_once(session, case, by=by, why=_credit(claim), now=now)


def _refund_after_inspection(session: Session, case: Case, claim: SupplierClaim, *, now: datetime) -> None:
    """Goods found as they should be, or credited, are paid back at once; anything else a person weighs."""
    by = claim.updated_by
    condition = str((claim.inspection or {}).get("condition", "")).strip().lower().replace(" ", "_")
    faultless = case.reason not in claims.SUPPLIER_ANSWERS
    if claim.status == "inspected" and faultless and condition and condition not in _AS_SENT:
        to_person(session, case, by=by, why=f"The supplier found the goods {condition}", now=now)
        notices.tell(session, case, "utter_case_in_review", event="in_review:inspection", now=now)
        return
    why = _credit(claim) if claim.status == "credited" else "Inspected and accepted"
    amount = start_refund(session, case, orders.get(session, case.order_id), by=by, why=why, now=now)
    announce_refund(session, case, amount, now=now)


def _credit(claim: SupplierClaim) -> str:
    amount = Money(claim.credit_received_minor, claim.currency)
    return f"The supplier credited {amount.decimal()} {amount.currency}"


def _note_once(session: Session, case: Case, *, by: str, why: str, now: datetime) -> None:
    if not repository.has_journal(session, case.id, why):
        note(session, case, at=now, by=by, why=why)
