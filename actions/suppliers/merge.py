"""How a supplier's answers become one state, whatever order, number or delay they come with.

Status is the furthest that was reported, credit the highest, and every other field the first that was given. So late,
repeated and swapped reports of one consistent supplier end the same; what contradicts is named for a person to judge.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from actions.suppliers.port import Inspection, RmaReport, RmaStatus

_RANK = {
    RmaStatus.PENDING: 0,
    RmaStatus.APPROVED: 1,
    # Above approved: a supplier may withdraw its word until the parcel is there. Below received: afterwards it cannot.
    RmaStatus.REJECTED: 2,
    RmaStatus.RECEIVED: 3,
    RmaStatus.INSPECTED: 4,
    RmaStatus.CREDITED: 5,
}


@dataclass(frozen=True)
class ClaimState:
    """What all reports so far add up to."""

    status: RmaStatus = RmaStatus.PENDING
    rma_number: str | None = None
    return_address: str | None = None
    instructions: str | None = None
    reason: str | None = None
    inspection: Inspection | None = None
    credit_minor: int = 0


def merge(state: ClaimState, report: RmaReport) -> tuple[ClaimState, list[str]]:
    """The state after one more report, and one sentence for each thing in it that contradicts what was known."""
    # An amount announced before the credit is an intention, not money.
    credit = report.credit_minor or 0 if report.status is RmaStatus.CREDITED else 0
    merged = replace(
        state,
        status=max(state.status, report.status, key=_RANK.__getitem__),
        rma_number=state.rma_number or report.rma_number,
        return_address=state.return_address or report.return_address,
        instructions=state.instructions or report.instructions,
        reason=state.reason or report.reason,
        inspection=state.inspection or report.inspection,
        credit_minor=max(state.credit_minor, credit),
    )
    return merged, [*_status_contradictions(state, report), *_value_contradictions(state, report, credit)]


def _status_contradictions(state: ClaimState, report: RmaReport) -> list[str]:
    known, said = state.status, report.status
    if said is RmaStatus.REJECTED and _RANK[known] > _RANK[said]:
        return [f"The supplier refuses the return after it was {known}."]
    if known is RmaStatus.REJECTED and said not in (RmaStatus.PENDING, RmaStatus.REJECTED):
        return [f"The supplier reports {said} after it had refused the return."]
    return []


def _value_contradictions(state: ClaimState, report: RmaReport, credit: int) -> list[str]:
    found = []
    if state.rma_number and report.rma_number and report.rma_number != state.rma_number:
        found.append(f"The supplier now gives the RMA number {report.rma_number}; it was {state.rma_number}.")
    if state.return_address and report.return_address and report.return_address != state.return_address:
        found.append("The supplier now gives another return address than before.")
    if state.inspection and report.inspection and report.inspection != state.inspection:
        found.append(
            f"The supplier now finds the parcel {report.inspection.condition!r} instead of "
            f"{state.inspection.condition!r}."
        )
    if report.status is RmaStatus.CREDITED and credit < state.credit_minor:
        found.append(f"The supplier now reports a credit of {credit} minor units; it was {state.credit_minor}.")
    return found
