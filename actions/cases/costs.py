"""From rows to the facts of the estimate, and from an estimate to the JSON that keeps it."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from sqlalchemy.orm import Session

from actions.cases.claims import SUPPLIER_ANSWERS, suppliers_of, takes_back
from actions.cases.model import Case
from actions.economics import chance
from actions.economics.estimate import estimate
from actions.economics.model import CaseCosts, Estimate, SupplierShare
from actions.orders.model import Order, OrderLine
from actions.policy.law.reader import EU
from actions.policy.model import Reason
from actions.refunds import service as refunds
from actions.runtime import Runtime
from actions.suppliers import deadlines
from actions.suppliers import repository as claims
from actions.suppliers.port import RmaStatus
from common.shop_config import SupplierConfig

# With these the goods themselves are sound.
_INTACT: frozenset[Reason] = frozenset({"changed_mind", "wrong_size", "wrong_item"})


def of_case(session: Session, runtime: Runtime, case: Case, order: Order, *, now: datetime) -> Estimate:
    """What each outcome would cost as things stand now."""
    return estimate(facts(session, runtime, case, order, now=now))


def facts(session: Session, runtime: Runtime, case: Case, order: Order, *, now: datetime) -> CaseCosts:
    """Everything the estimate may look at."""
    wholesale = wholesale_by_supplier(case, order)
    shares = tuple(
        _share(session, runtime, supplier_id, case, order, minor, now=now)
        for supplier_id, minor in wholesale.items()
        if supplier_id in runtime.shop.suppliers
    )
    owed = case.refund_minor or case.claim_minor
    # Freight and handling are in the shop's currency; nobody gave us a rate for an order in another one.
    same = order.currency == runtime.shop.currency
    left = refunds.ceiling(session, order).minor_units
    costs = runtime.shop.costs
    return CaseCosts(
        reason=case.reason,
        basis=case.legal_basis or "goodwill",
        wish=case.desired_outcome,
        refund_minor=max(0, min(owed, left)),
        wholesale_minor=sum(wholesale.values()),
        shop_pays_return=(case.decision or {}).get("who_pays_return") != "shopper",
        returns_to=returns_to(runtime, case, order),
        goods_intact=case.reason in _INTACT,
        shares=shares,
        own_freight_minor=costs.return_freight_minor if same else 0,
        own_handling_minor=costs.handling_minor if same else 0,
        resale_percent=costs.resale_percent,
        partial_percent=costs.partial_refund_percent,
    )


def claimed_lines(case: Case, order: Order) -> list[tuple[OrderLine, int]]:
    """The order's lines the case is about, with the claimed quantity."""
    by_id = {line.id: line for line in order.lines}
    return [(by_id[item.order_line_id], item.quantity) for item in case.lines if item.order_line_id in by_id]


def wholesale_by_supplier(case: Case, order: Order) -> dict[str, int]:
    """The wholesale price of the claimed pieces by supplier; goods of the shop's own stand under an empty name."""
    found: dict[str, int] = {}
    for line, quantity in claimed_lines(case, order):
        key = line.supplier_id or ""
        found[key] = found.get(key, 0) + (line.wholesale_minor or 0) * quantity
    return found


def returns_to(runtime: Runtime, case: Case, order: Order) -> Literal["supplier", "shop", "nowhere"]:
    """Where parcels go: to suppliers, as far as they take the goods back, and what none of them takes to the shop."""
    taking = {supplier.id for supplier in suppliers_of(runtime, case, order) if takes_back(runtime, supplier, case)}
    ours = any(line.supplier_id not in taking for line, _ in claimed_lines(case, order))
    if ours and not runtime.policy.return_address:
        return "nowhere"
    return "supplier" if taking else "shop"


def _share(
    session: Session,
    runtime: Runtime,
    supplier_id: str,
    case: Case,
    order: Order,
    wholesale_minor: int,
    *,
    now: datetime,
) -> SupplierShare:
    supplier = runtime.shop.suppliers[supplier_id]
    terms = supplier.terms.of(case.reason)
    record = claims.record(session, supplier.id)
    covered = terms.covered and not _too_late(session, case, supplier, now=now)
    abroad = order.country in EU and bool(supplier.ships_from) and supplier.ships_from not in EU
    same = order.currency == runtime.shop.currency
    types = {line.sku for line, _ in claimed_lines(case, order) if line.supplier_id == supplier.id}
    return SupplierShare(
        supplier_id=supplier.id,
        wholesale_minor=wholesale_minor,
        receives=takes_back(runtime, supplier, case),
        chance=chance.with_parcel(record, covered=covered),
        # Nothing is claimed for goods that stay where they are without a fault.
        chance_kept=chance.without_parcel(
            record, covered=covered and case.reason in SUPPLIER_ANSWERS, needs_parcel=terms.needs_parcel
        ),
        return_freight_minor=supplier.terms.return_freight_minor if same else 0,
        pays_return=supplier.terms.return_freight_paid_by == "supplier",
        handling_minor=supplier.terms.handling_minor if same else 0,
        dispatch_minor=supplier.terms.dispatch_minor if same else 0,
        # The duty is set in euros.
        duty_item_types=len(types) if abroad and order.currency == "EUR" else 0,
    )


def _too_late(session: Session, case: Case, supplier: SupplierConfig, *, now: datetime) -> bool:
    """Whether nothing can be expected any more: the time to claim is over, or the supplier has refused."""
    claim = claims.to_supplier(session, case.id, supplier.id)
    if claim is not None and claim.state is RmaStatus.REJECTED:
        return True
    clock = deadlines.of_case(session, case.id).get(supplier.id)
    return clock is not None and clock.met_at is None and clock.deadline_at <= now


def estimate_json(found: Estimate) -> dict[str, Any]:
    """The estimate as it was when the case was decided."""
    return {
        "proposed": found.proposed,
        "saving_minor": found.saving_minor,
        "options": [
            {
                "remedy": option.remedy,
                "standing": option.standing,
                "why": option.why,
                "total_minor": option.total_minor,
                "addends": [
                    {"name": addend.name, "minor": addend.minor, "facts": addend.facts} for addend in option.addends
                ],
            }
            for option in found.options
        ],
    }
