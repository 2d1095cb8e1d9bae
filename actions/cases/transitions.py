"""The one table of a case's life and the one function that moves it along."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from actions.cases.model import Case, JournalEntry, Status
from common.errors import RefusedError

ALLOWED_TRANSITIONS: dict[Status, frozenset[Status]] = {
    "collecting": frozenset(
        {"awaiting_review", "awaiting_supplier", "awaiting_parcel", "refunding", "replaced", "refused", "cancelled"}
    ),
    # A supplier may wake up, and a parcel arrive, while a person still thinks.
    "awaiting_review": frozenset(
        {
            "awaiting_supplier",
            "awaiting_parcel",
            "received",
            "inspected",
            "refunding",
            "replaced",
            "refused",
            "cancelled",
        }
    ),
    # A supplier's news may arrive out of order, so "received" can be the first we hear.
    "awaiting_supplier": frozenset(
        {
            "awaiting_review",
            "awaiting_parcel",
            "received",
            "inspected",
            "refunding",
            "replaced",
            "cancelled",
        }
    ),
    "awaiting_parcel": frozenset(
        {"awaiting_review", "in_transit", "received", "inspected", "refunding", "cancelled", "expired"}
    ),
    "in_transit": frozenset({"awaiting_review", "received", "inspected", "refunding"}),
    "received": frozenset({"awaiting_review", "inspected", "refunding", "replaced"}),
    "inspected": frozenset({"awaiting_review", "refunding", "replaced"}),
    # A payment service that declines sends the case to a person, who decides how to pay instead.
    "refunding": frozenset({"refunded", "awaiting_review"}),
    # A person may look at a refusal again.
    "refused": frozenset({"awaiting_review"}),
    # A parcel that turns up after its deadline is still a parcel.
    "expired": frozenset({"awaiting_review", "in_transit", "received", "inspected"}),
    "refunded": frozenset(),
    "replaced": frozenset(),
    "cancelled": frozenset(),
}

_LONGEST_WHY = 500


class InvalidTransitionError(RefusedError):
    """The case is in a status that does not lead where it was asked to go."""

    def __init__(self, case: Case, to: str) -> None:
        super().__init__(
            "case.transition", f"Case {case.reference} is {case.status} and cannot become {to}; look at its journal."
        )


def allowed(case: Case, to: Status) -> bool:
    """Whether `transition` would accept the step."""
    return to in ALLOWED_TRANSITIONS[case.status]


def transition(session: Session, case: Case, to: Status, *, at: datetime, by: str, why: str) -> None:
    """Move the case and write the journal row. Raises InvalidTransitionError and changes nothing."""
    if not allowed(case, to):
        raise InvalidTransitionError(case, to)
    _journal(session, case, case.status, to, at=at, by=by, why=why)
    case.status = to


def note(session: Session, case: Case, *, at: datetime, by: str, why: str) -> None:
    """Write something into the journal that does not move the case."""
    _journal(session, case, case.status, case.status, at=at, by=by, why=why)


def opened(session: Session, case: Case, *, at: datetime, by: str, why: str) -> None:
    """The journal's first row."""
    _journal(session, case, None, case.status, at=at, by=by, why=why)


def _journal(
    session: Session, case: Case, before: Status | None, to: Status, *, at: datetime, by: str, why: str
) -> None:
    case.updated_at = at
    session.add(
        JournalEntry(case_id=case.id, at=at, from_status=before, to_status=to, by=by[:64], why=why[:_LONGEST_WHY])
    )
    session.flush()
