"""The supplier's side of one case: its claim, its deadline, and what each outcome would cost."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from actions.cases import costs, deadlines, inspection, legs
from actions.cases.model import Case
from actions.documents.evidence_pack import evidence_at_hand
from actions.feedback import service as feedback
from actions.orders.model import Order
from actions.resale import service as resale
from actions.resale.model import CONDITIONS, DISPOSITIONS
from actions.suppliers import deadlines as clocks
from actions.suppliers import outgoing, portal
from actions.suppliers import repository as claims
from actions.suppliers import service as suppliers
from actions.suppliers.model import SupplierClaim, SupplierDeadline, SupplierNote
from common.shop_config import SupplierConfig
from common.supplier_terms import EvidenceKind
from console.cases import acts
from console.visit import Visit


@dataclass(frozen=True)
class Clock:
    """One supplier's deadline. `state` is met, idle (nothing is claimed any more), running, near or missed."""

    supplier: str
    until: datetime
    counts_from: str
    event_at: datetime
    estimated: bool
    state: str


@dataclass(frozen=True)
class Told:
    """One claim as the page shows it. `portal` is a link for copying, empty where the supplier has nothing to do."""

    claim: SupplierClaim
    supplier: str
    address: str
    portal: str
    goods: str
    notes: list[SupplierNote]


def gather(visit: Visit, case: Case, order: Order | None) -> dict[str, Any]:
    """The values for the suppliers' panels of `case.html`."""
    rows = clocks.of_case(visit.session, case.id).values()
    wanted = _evidence(visit, case, order)
    return {
        "claims": [_told(visit, claim) for claim in claims.of_case(visit.session, case.id)],
        "evidence": wanted,
        "clocks": [_clock(visit, case, row) for row in rows],
        "estimate": _estimate(visit, case, order),
        "lines_here": inspection.lines_here(visit.session, visit.context.runtime, case) if order else (),
        "conditions": CONDITIONS,
        "dispositions": DISPOSITIONS,
        "returned": resale.of_case(visit.session, case.id),
        "rating": feedback.of_case(visit.session, case.id),
    }


def _told(visit: Visit, claim: SupplierClaim) -> Told:
    config = visit.context.runtime.shop.suppliers.get(claim.supplier_id)
    return Told(
        claim=claim,
        supplier=name_of(visit, claim.supplier_id),
        address=_address(claim, config),
        portal=_portal_link(visit, claim) if config and config.kind == "portal" else "",
        goods=", ".join(f"{line.quantity} × {line.name}" for line in outgoing.claim_lines(claim)),
        notes=claims.notes(visit.session, claim.id),
    )


def _address(claim: SupplierClaim, config: SupplierConfig | None) -> str:
    """Where parcels to this supplier go; nowhere once it has refused."""
    if not legs.receives(claim):
        return ""
    return (suppliers.return_address(claim, config) if config else claim.return_address) or ""


def _evidence(visit: Visit, case: Case, order: Order | None) -> list[tuple[str, bool]]:
    """What the suppliers of these goods want to see for this reason, and whether it is at hand."""
    if order is None:
        return []
    have = evidence_at_hand(visit.session, case, order)
    wanted: dict[EvidenceKind, None] = {}
    for line, _ in costs.claimed_lines(case, order):
        supplier = visit.context.runtime.shop.suppliers.get(line.supplier_id or "")
        if supplier is not None and supplier.terms.of(case.reason).covered:
            wanted |= dict.fromkeys(supplier.terms.of(case.reason).evidence)
    return [(kind, kind in have) for kind in wanted]


def name_of(visit: Visit, supplier_id: str) -> str:
    """The supplier as the merchant calls it."""
    config = visit.context.runtime.shop.suppliers.get(supplier_id)
    return config.name if config else supplier_id


def _clock(visit: Visit, case: Case, row: SupplierDeadline) -> Clock:
    state = "running"
    if row.met_at is not None:
        state = "met"
    elif not deadlines.open_alarm(visit.session, case, row):
        state = "idle"
    elif row.deadline_at <= visit.now:
        state = "missed"
    elif row.warned_at is not None:
        state = "near"
    name = name_of(visit, row.supplier_id)
    return Clock(name, row.deadline_at, row.counts_from, row.event_at, row.estimated, state)


def _estimate(visit: Visit, case: Case, order: Order | None) -> dict[str, Any] | None:
    """The sums as they stand while there is something to decide, afterwards as they stood then."""
    found: dict[str, Any] | None = (case.decision or {}).get("economics")
    if order is not None and case.decision and "approve" in acts.acts(case):
        runtime = visit.context.runtime
        found = costs.estimate_json(costs.of_case(visit.session, runtime, case, order, now=visit.now))
    if found is None:
        return None
    options = [
        option | {"addends": [_addend(visit, item) for item in option["addends"]]} for option in found["options"]
    ]
    return found | {"options": options}


def _addend(visit: Visit, item: dict[str, Any]) -> dict[str, Any]:
    """With the supplier by name, and its name left out where there is only one to think of."""
    facts = item["facts"]
    several = len(visit.context.runtime.shop.suppliers) > 1
    return item | {"supplier": name_of(visit, facts["supplier"]) if several and "supplier" in facts else ""}


def _portal_link(visit: Visit, claim: SupplierClaim) -> str:
    """A link for copying while the supplier can still do something with it."""
    if not portal.actions_for(claim):
        return ""
    return portal.link(visit.context.runtime.settings, claim, now=visit.now).url
