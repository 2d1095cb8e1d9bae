"""A claim's life: opened with the case, told to the supplier, moved by its answers, watched until it is over.

Everything here happens in the caller's transaction and talks to nobody; `jobs` does the talking.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from actions.suppliers import deadlines, repository
from actions.suppliers.merge import ClaimState, merge
from actions.suppliers.model import FINAL, ClaimDraft, Progress, SupplierClaim
from actions.suppliers.parse import SupplierMessage, parse_report
from actions.suppliers.port import Inspection, RmaReport, RmaStatus
from common.engine import enqueue
from common.errors import UpstreamError
from common.ids import new_id
from common.shop_config import SupplierConfig

# Statuses in which the supplier owes the next step.
_SUPPLIER_OWES = frozenset({RmaStatus.PENDING, RmaStatus.RECEIVED, RmaStatus.INSPECTED})
_LONGEST_POLL_INTERVAL = timedelta(hours=1)
_LONGEST_BY = 64


def journal_name(supplier: SupplierConfig) -> str:
    """How journals name something the supplier did."""
    return f"supplier:{supplier.name}"[:_LONGEST_BY]


def open_claim(session: Session, supplier: SupplierConfig, draft: ClaimDraft, *, now: datetime) -> SupplierClaim:
    """Open a case's claim to that supplier and have it sent. One that is there already comes back unchanged."""
    known = repository.to_supplier(session, draft.case_id, supplier.id)
    if known is not None:
        return known
    request = asdict(draft) | {
        "answer_within_days": supplier.answer_within_days,
        "chase_days": list(supplier.terms.chase_days),
    }
    claim = SupplierClaim(
        id=new_id("claim"),
        case_id=draft.case_id,
        supplier_id=supplier.id,
        reference=draft.reference,
        status=RmaStatus.PENDING.value,
        currency=draft.currency,
        credit_expected_minor=draft.credit_expected_minor,
        credit_received_minor=0,
        request=request,
        desired_outcome=draft.desired_outcome,
        updated_by="system",
        requested_at=now,
        deadline_at=now + timedelta(days=supplier.answer_within_days),
        updated_at=now,
    )
    repository.add(session, claim)
    enqueue(session, "supplier.request", {"claim_id": claim.id}, key=f"supplier.request:{claim.id}")
    _watch(session, claim)
    return claim


def record_sent(session: Session, claim: SupplierClaim, report: RmaReport, *, now: datetime, by: str) -> bool:
    """The supplier has the claim and answered `report`; events that were quicker than the answer are applied too.

    Raises UpstreamError when the supplier gave this claim the id of another one.
    """
    other = repository.by_external_id(session, claim.supplier_id, report.external_id)
    if other is not None and other.id != claim.id:
        raise UpstreamError(
            "supplier.id_reused",
            f"{claim.supplier_id} answered claim {claim.reference} with the id {report.external_id}, which belongs to "
            f"{other.reference}; ask the supplier which one is meant.",
        )
    if claim.sent_at is None:
        claim.sent_at = now
    deadlines.meet(session, case_id=claim.case_id, supplier_id=claim.supplier_id, now=now)
    changed = apply(session, claim, report, now=now, by=by)
    return apply_waiting(session, claim, now=now, by=by) or changed


def apply(session: Session, claim: SupplierClaim, report: RmaReport, *, now: datetime, by: str = "supplier") -> bool:
    """Merge one report; says whether the claim changed or now needs a person. `claim` must be locked by the caller."""
    if claim.external_id is None:
        claim.external_id = report.external_id
    elif claim.external_id != report.external_id:
        return flag(session, claim, f"A report came under the foreign id {report.external_id}.", now=now, by=by)
    before = _state(claim)
    after, contradictions = merge(before, report)
    changed = after != before
    if changed:
        _write(claim, after)
        claim.updated_at, claim.updated_by = now, by
        repository.note(session, claim, "change", _change_text(before, after), by=by, now=now)
        if after.status != before.status:
            claim.answered_at = claim.answered_at or now
            _watch(session, claim)
    for text in contradictions:
        changed = flag(session, claim, text, now=now, by=by) or changed
    return changed


def receive_event(
    session: Session,
    supplier: SupplierConfig,
    message: SupplierMessage,
    *,
    progress: Progress,
    now: datetime,
) -> str:
    """Store one event and apply it. Answers repeated, ignored, waiting, unchanged or applied."""
    report = message.report
    row_id = repository.keep_event(
        session,
        supplier.id,
        {
            "event_id": message.event_id,
            "type": message.type,
            "external_id": report.external_id if report else None,
            "payload": message.payload,
            "outcome": "waiting" if report else "ignored",
            "received_at": now,
        },
    )
    if row_id is None:
        return "repeated"
    if report is None:
        return "ignored"
    found = repository.by_external_id(session, supplier.id, report.external_id)
    if found is None:
        return "waiting"
    claim = repository.lock(session, found.id)
    changed = apply(session, claim, report, now=now, by=journal_name(supplier))
    outcome = "applied" if changed else "unchanged"
    repository.event(session, row_id).outcome = outcome
    if changed:
        progress(session, claim, now=now)
    return outcome


def apply_waiting(session: Session, claim: SupplierClaim, *, now: datetime, by: str) -> bool:
    """Apply the events that came before the claim's id at the supplier was known."""
    changed = False
    if claim.external_id is None:
        return changed
    for event in repository.waiting_events(session, claim.supplier_id, claim.external_id):
        report = parse_report(event.payload["rma"], f"stored event {event.event_id}")
        moved = apply(session, claim, report, now=now, by=by)
        event.outcome = "applied" if moved else "unchanged"
        changed = changed or moved
    return changed


def flag(
    session: Session, claim: SupplierClaim, text: str, *, now: datetime, by: str, kind: str = "contradiction"
) -> bool:
    """Ask a person to look. The same sentence about the same claim is raised once; says whether it was new."""
    if repository.has_note(session, claim.id, kind, text):
        return False
    repository.note(session, claim, kind, text, by=by, now=now)
    claim.attention, claim.updated_at, claim.updated_by = text[:500], now, by
    return True


def clear_attention(session: Session, claim: SupplierClaim, *, now: datetime, by: str) -> None:
    """A person has looked."""
    if claim.attention is not None:
        repository.note(session, claim, "change", "Looked at and settled.", by=by, now=now)
        claim.attention, claim.updated_at = None, now


def close(session: Session, claim: SupplierClaim, *, now: datetime, by: str, why: str) -> None:
    """Nothing more is asked of the supplier. What it still reports is recorded all the same: it may be money."""
    if claim.closed_at is None:
        claim.closed_at = claim.updated_at = now
        repository.note(session, claim, "change", why, by=by, now=now)


def return_address(claim: SupplierClaim, supplier: SupplierConfig) -> str:
    """Where the parcel goes: what the supplier said for this claim, else its usual address, else empty."""
    return claim.return_address or supplier.return_address


def return_number(claim: SupplierClaim) -> str:
    """What goes on the parcel: the supplier's RMA number, or our reference when it issues none."""
    return claim.rma_number or claim.reference


def is_over(claim: SupplierClaim) -> bool:
    """Whether nothing more is expected from the supplier."""
    return claim.closed_at is not None or claim.state in FINAL


def silent_since(session: Session, claim: SupplierClaim, status: str, *, now: datetime) -> bool:
    """The supplier owed a step when the claim became `status` and has not done it; says whether that is news."""
    if not owes(claim, status):
        return False
    days = claim.request["answer_within_days"]
    text = f"The supplier has not answered for {days} days; the claim is still {status}."
    return flag(session, claim, text, now=now, by="system", kind="silence")


def owes(claim: SupplierClaim, status: str) -> bool:
    """Whether the supplier still owes the step it owed when the claim became `status`."""
    return claim.status == status and claim.closed_at is None


def record_reminder(session: Session, claim: SupplierClaim, days: int, *, by_hand: bool, now: datetime) -> None:
    """Note that the supplier was reminded, or ask a person to send its link again. The same reminder is noted once."""
    if by_hand:
        flag(session, claim, f"No answer for {days} days; send the supplier its link again.", now=now, by="system",
             kind="silence")  # fmt: skip
        return
    text = f"Reminded after {days} days of silence ({claim.status})."
    if not repository.has_note(session, claim.id, "reminder", text):
        repository.note(session, claim, "reminder", text, by="system", now=now)


def schedule_poll(session: Session, claim: SupplierClaim, number: int, delay: timedelta) -> None:
    """Ask the supplier again later, unless that very poll is scheduled already."""
    if not is_over(claim):
        payload = {"claim_id": claim.id, "n": number}
        enqueue(session, "supplier.poll", payload, key=f"supplier.poll:{claim.id}:{number}", delay=delay)


def poll_interval(supplier: SupplierConfig, number: int) -> timedelta:
    """Short while an answer may be minutes away, longer when it obviously takes days."""
    first = timedelta(seconds=supplier.poll_seconds)
    # The exponent is bounded: a parcel may be under way for weeks, and 1.3 ** 10000 is not a number.
    return min(first * 1.3 ** min(number, 40), max(first, _LONGEST_POLL_INTERVAL))


def _watch(session: Session, claim: SupplierClaim) -> None:
    if claim.state not in _SUPPLIER_OWES:
        return
    enqueue(
        session,
        "supplier.chase",
        {"claim_id": claim.id, "status": claim.status},
        key=f"supplier.chase:{claim.id}:{claim.status}",
        delay=timedelta(days=claim.request["answer_within_days"]),
    )
    for days in claim.request.get("chase_days", ()):
        enqueue(
            session,
            "supplier.remind",
            {"claim_id": claim.id, "status": claim.status, "days": days},
            key=f"supplier.remind:{claim.id}:{claim.status}:{days}",
            delay=timedelta(days=days),
        )


def _state(claim: SupplierClaim) -> ClaimState:
    return ClaimState(
        status=claim.state,
        rma_number=claim.rma_number,
        return_address=claim.return_address,
        instructions=claim.instructions,
        reason=claim.reason,
        inspection=Inspection(**claim.inspection) if claim.inspection else None,
        credit_minor=claim.credit_received_minor,
    )


def _write(claim: SupplierClaim, state: ClaimState) -> None:
    claim.status = state.status.value
    claim.rma_number = state.rma_number
    claim.return_address = state.return_address
    claim.instructions = state.instructions
    claim.reason = state.reason
    claim.inspection = asdict(state.inspection) if state.inspection else None
    claim.credit_received_minor = state.credit_minor


def _change_text(before: ClaimState, after: ClaimState) -> str:
    if after.status != before.status:
        return f"{before.status} -> {after.status}"
    names = [name for name, value in asdict(after).items() if value != asdict(before)[name]]
    return f"{after.status}: {', '.join(names)} added"
