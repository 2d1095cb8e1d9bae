"""How a case goes on when a supplier answers, or a parcel is opened. All of it in the caller's one commit.

A return with the goods of several suppliers moves on with the last of them: it is received when every parcel is there,
and paid once, when all of them were looked at.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from actions.cases import claims, flow, legs, notices, repository
from actions.cases.legs import Leg
from actions.cases.model import Case
from actions.cases.steps import announce_refund, announce_return, start_refund, start_refund_clock, to_person
from actions.cases.transitions import note, transition
from actions.orders import service as orders
from actions.resale import service as resale
from actions.runtime import Runtime
from actions.suppliers import repository as claim_rows
from actions.suppliers.model import SupplierClaim
from common.money import Money

# Statuses in which the case waits for the supplier or for the parcel.
_WAITING = frozenset({"awaiting_review", "awaiting_supplier", "awaiting_parcel", "in_transit", "expired"})
# What an inspection may say about goods that came back without a fault, in the words suppliers use.
_AS_SENT = frozenset(
    {"ok", "good", "new", "like_new", "unused", "as_new", "intact", "complete", "resellable", "undamaged", "accepted"}
)


def supplier_progress(runtime: Runtime, session: Session, claim: SupplierClaim, *, now: datetime) -> None:
    """Move the case after its claim changed or needs attention; `claim` is locked by the caller.

    Called again for a state it has seen it changes nothing. Every state may be the first one it hears of.
    """
    case = repository.get_for_change(session, claim.case_id)
    claims.book(session, claim, now=now)
    step = _Step(session, runtime, case, claim, now)
    if claim.attention:
        step.attention()
    if claim.returnless or case.resolution == "refund_without_return":
        step.note_once(f"Supplier claim: {claim.status}")
    elif claim.status == "approved":
        step.approved()
    elif claim.status == "rejected":
        step.rejected()
    elif claim.status in ("received", "inspected", "credited"):
        step.came_back()


class _Step:
    """One answer of one supplier, and the case it moves."""

    def __init__(self, session: Session, runtime: Runtime, case: Case, claim: SupplierClaim, now: datetime) -> None:
        self._session, self._runtime, self._case, self._claim, self._now = session, runtime, case, claim, now
        self._by = claim.updated_by
        self._alone = len(claim_rows.of_case(session, case.id)) == 1

    def attention(self) -> None:
        """Something does not fit. Who waits for the supplier is taken on by a person; nobody else is disturbed."""
        why = self._claim.attention or ""
        if self._case.status == "awaiting_supplier" and self._claim.status == "pending":
            self._to_review(why)
        else:
            self.note_once(why)
            self._rescue()

    def approved(self) -> None:
        case, claim = self._case, self._claim
        if case.resolution == "replacement":
            self._replacement_approved()
            return
        first = case.status in ("awaiting_supplier", "awaiting_review")
        further = not self._alone and case.status in ("awaiting_parcel", "in_transit")
        why = self._whose(f"RMA {claim.rma_number or case.reference} issued")
        if not first and (not further or repository.has_journal(self._session, case.id, why)):
            return
        leg = next(leg for leg in self._legs() if leg.claim is not None and leg.claim.id == claim.id)
        if not leg.address:
            why = self._whose("The supplier approved without a return address")
            to_person(self._session, case, by=self._by, why=why, now=self._now)
            return
        if first:
            transition(self._session, case, "awaiting_parcel", at=self._now, by=self._by, why=why)
        else:
            note(self._session, case, at=self._now, by=self._by, why=why)
        announce_return(self._session, self._runtime, case, leg, now=self._now)

    def _replacement_approved(self) -> None:
        """Replaced once every supplier sends its part."""
        case = self._case
        if case.status not in ("awaiting_supplier", "awaiting_review"):
            return
        if any(other.status in ("pending", "rejected") for other in claim_rows.of_case(self._session, case.id)):
            self.note_once(f"Supplier claim: {self._claim.status}")
            return
        why = "The supplier sends a replacement"
        transition(self._session, case, "replaced", at=self._now, by=self._by, why=why)
        notices.tell(self._session, case, "utter_case_replacement", event="replacement", now=self._now)

    def rejected(self) -> None:
        """The return was accepted already, by law or by the policy, and neither knows the supplier: it goes on without.

        The parcel comes to the shop where it has an address; else there is nowhere to send it, and the money goes back:
        the wait for the goods that Directive 2011/83/EU, art. 13(3) allows needs an address they can be sent to. What a
        replacement becomes is the shopper's choice, so a person asks.
        """
        case, now, why = self._case, self._now, self._whose(self._refusal())
        if case.status not in ("awaiting_supplier", "awaiting_parcel", "in_transit"):
            self.note_once(self._refusal())
        elif case.resolution != "return":
            transition(self._session, case, "awaiting_review", at=now, by=self._by, why=why)
            notices.tell(self._session, case, "utter_case_supplier_refused", event="supplier_refused", now=now)
        elif not self._runtime.policy.return_address or (self._alone and case.status == "in_transit"):
            self._kept(why)
        elif case.status == "awaiting_supplier":
            flow.to_own_address(self._session, self._runtime, case, by=self._by, why=why, now=now)
        elif not repository.has_journal(self._session, case.id, f"{why}; the parcel comes to the shop"):
            note(self._session, case, at=now, by=self._by, why=f"{why}; the parcel comes to the shop")
            ours = next(leg for leg in self._legs() if leg.claim is None)
            announce_return(self._session, self._runtime, case, ours, now=now, event=self._event("return_to_shop"))

    def _kept(self, why: str) -> None:
        """These goods stay where they are. The money waits only for what else is on its way back."""
        session, case, now = self._session, self._case, self._now
        if not self._alone:
            kept = next(leg for leg in self._legs() if leg.claim is None)
            note(session, case, at=now, by=self._by, why=f"{why}; nothing of it is sent back")
            event, shown = self._event("kept"), {"items": legs.items(kept)}
            notices.tell(session, case, "utter_case_keep_items", event=event, now=now, parameters=shown)
            self.came_back()
            return
        order = orders.get(session, case.order_id)
        amount = start_refund(session, case, order, by=self._by, why=f"{why}; the shopper's refund goes on", now=now)
        if amount is not None:
            shown = {"amount": amount.format(notices.language(session, case))}
            event = "supplier_refused"
            notices.tell(session, case, "utter_case_refund_anyway", event=event, now=now, parameters=shown)

    def came_back(self) -> None:
        """Received, inspected or credited: each brings the case as far as it can go."""
        session, case, claim, now = self._session, self._case, self._claim, self._now
        found = self._legs()
        if case.status in _WAITING and not all(leg.back for leg in found):
            self._part_came_back()
            return
        seen = all(leg.seen for leg in found)
        # Once is enough: a case that a person took back after an inspection stays with that person.
        if case.status in _WAITING and not repository.has_been(session, case.id, "received"):
            transition(session, case, "received", at=now, by=self._by, why="The supplier has the parcel")
            start_refund_clock(session, case, now=now)
            if not seen:
                event = self._event("parcel_received")
                notices.tell(session, case, "utter_case_parcel_received", event=event, now=now)
        if seen and case.status == "received":
            why = f"Inspected: {_condition(claim) or 'no remark'}"
            transition(session, case, "inspected", at=now, by=self._by, why=why)
            if claim.status == "inspected":
                notices.tell(session, case, "utter_case_inspected", event="inspected", now=now)
        if case.status == "inspected":
            why = _credit(claim) if claim.status == "credited" else "Inspected and accepted"
            pay(session, case, found, by=self._by, why=why, now=now)
        elif claim.status == "credited":
            self.note_once(_credit(claim))

    def _part_came_back(self) -> None:
        """One parcel of several is there; the case waits for the others."""
        session, case, claim = self._session, self._case, self._claim
        if claim.status in ("received", "inspected", "credited"):
            self.note_once("The supplier has the parcel")
            event = self._event("parcel_received")
            notices.tell(session, case, "utter_case_parcel_received", event=event, now=self._now)
        if claim.status == "credited":
            self.note_once(_credit(claim))
        self._rescue()

    def _rescue(self) -> None:
        """When nothing else is on its way, a silent supplier must not hold the case: a person takes it."""
        waiting = [leg for leg in self._legs() if not leg.back]
        silent = [leg.claim.attention for leg in waiting if leg.step == "unanswered" and leg.claim]
        if self._case.status in ("awaiting_parcel", "in_transit") and silent and len(silent) == len(waiting):
            why = next((text for text in silent if text), None)
            if why is not None:
                self._to_review(why)

    def _to_review(self, why: str) -> None:
        transition(self._session, self._case, "awaiting_review", at=self._now, by=self._by, why=self._whose(why))
        notices.tell(self._session, self._case, "utter_case_in_review", event="in_review:supplier", now=self._now)

    def note_once(self, text: str) -> None:
        why = self._whose(text)
        if not repository.has_journal(self._session, self._case.id, why):
            note(self._session, self._case, at=self._now, by=self._by, why=why)

    def _whose(self, text: str) -> str:
        """Which supplier is meant, where there are several."""
        if self._alone:
            return text
        config = self._runtime.shop.suppliers.get(self._claim.supplier_id)
        return f"{text} (about {config.name if config else self._claim.supplier_id})"

    def _event(self, name: str) -> str:
        return name if self._alone else f"{name}:{self._claim.id}"

    def _refusal(self) -> str:
        return f"The supplier refuses: {self._claim.reason or 'no reason given'}"

    def _legs(self) -> list[Leg]:
        return legs.of_case(self._session, self._runtime, self._case)


def pay(session: Session, case: Case, found: list[Leg], *, by: str, why: str, now: datetime) -> None:
    """Goods found as they should be, or credited, are paid back at once; anything else a person weighs."""
    worn = _worn(session, case, found)
    if worn is not None:
        to_person(session, case, by=by, why=worn, now=now)
        notices.tell(session, case, "utter_case_in_review", event="in_review:inspection", now=now)
        return
    amount = start_refund(session, case, orders.get(session, case.order_id), by=by, why=why, now=now)
    announce_refund(session, case, amount, now=now)


def _worn(session: Session, case: Case, found: list[Leg]) -> str | None:
    """What came back otherwise than it was sent, where the goods had no fault."""
    if case.reason in claims.SUPPLIER_ANSWERS:
        return None
    for item in resale.of_case(session, case.id):
        if item.condition != "as_new":
            return f"{item.name} came back {item.condition}"
    for claim in (leg.claim for leg in found if leg.claim is not None):
        condition = _condition(claim).strip().lower().replace(" ", "_")
        if claim.status == "inspected" and condition and condition not in _AS_SENT:
            return f"The supplier found the goods {condition}"
    return None


def _condition(claim: SupplierClaim) -> str:
    return str((claim.inspection or {}).get("condition", ""))


def _credit(claim: SupplierClaim) -> str:
    amount = Money(claim.credit_received_minor, claim.currency)
    return f"The supplier credited {amount.decimal()} {amount.currency}"
