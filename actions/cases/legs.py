"""Where the goods of a return go. A leg is what goes to one place: to a supplier, or to the shop itself.

Most returns have one leg. One with the goods of two suppliers has two: each has a number and an address of its own, and
the money goes back once every leg is through.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sqlalchemy.orm import Session

from actions.cases.model import Case, CaseLine
from actions.orders import service as orders
from actions.resale import service as resale
from actions.runtime import Runtime
from actions.suppliers import repository as claims
from actions.suppliers import service as suppliers
from actions.suppliers.model import SupplierClaim
from actions.suppliers.port import RmaStatus

Step = Literal["unanswered", "expected", "received", "inspected"]

_STEPS: dict[RmaStatus, Step] = {
    RmaStatus.PENDING: "unanswered",
    RmaStatus.APPROVED: "expected",
    RmaStatus.RECEIVED: "received",
    RmaStatus.INSPECTED: "inspected",
    RmaStatus.CREDITED: "inspected",
}


@dataclass(frozen=True)
class Leg:
    """`claim` is that of the supplier the parcel goes to; None is the shop's own address, which may be empty."""

    lines: tuple[CaseLine, ...]
    claim: SupplierClaim | None
    address: str
    number: str
    step: Step

    @property
    def key(self) -> str:
        """Tells the legs of a case apart, also in links."""
        return self.claim.id if self.claim else "shop"

    @property
    def kept(self) -> bool:
        """There is nowhere to send these goods, so they stay with the shopper."""
        return self.claim is None and not self.address

    @property
    def back(self) -> bool:
        """Nothing is waited for any more before the goods count as returned."""
        return self.kept or self.step in ("received", "inspected")

    @property
    def seen(self) -> bool:
        """What came back was looked at."""
        return self.kept or self.step == "inspected"


def of_case(session: Session, runtime: Runtime, case: Case) -> list[Leg]:
    """The legs as things stand, suppliers first. A supplier that refused or was given up receives nothing."""
    suppliers_of = {line.id: line.supplier_id for line in orders.get(session, case.order_id).lines}
    receiving = [claim for claim in claims.of_case(session, case.id) if receives(claim)]
    found = []
    left = list(case.lines)
    for claim in receiving:
        lines = tuple(line for line in left if suppliers_of.get(line.order_line_id) == claim.supplier_id)
        left = [line for line in left if line not in lines]
        found.append(_to_supplier(runtime, claim, lines))
    if left:
        recorded = {item.case_line_id for item in resale.of_case(session, case.id)}
        step: Step = "inspected" if all(line.id in recorded for line in left) else "expected"
        found.append(Leg(tuple(left), None, runtime.policy.return_address, case.reference, step))
    return found


def receives(claim: SupplierClaim) -> bool:
    """Whether the parcel goes to this supplier, or is there already."""
    if claim.returnless or claim.state is RmaStatus.REJECTED:
        return False
    return claim.closed_at is None or claim.state not in (RmaStatus.PENDING, RmaStatus.APPROVED)


def _to_supplier(runtime: Runtime, claim: SupplierClaim, lines: tuple[CaseLine, ...]) -> Leg:
    config = runtime.shop.suppliers.get(claim.supplier_id)
    own = suppliers.return_address(claim, config) if config else claim.return_address or ""
    # A supplier without an address of its own has the parcel sent to the shop.
    address = own or runtime.policy.return_address
    return Leg(lines, claim, address, suppliers.return_number(claim), _STEPS[claim.state])


def items(leg: Leg) -> str:
    """What is in the parcel, as the shopper reads it."""
    return ", ".join(f"{line.quantity} × {line.name}" for line in leg.lines)


def shown_address(leg: Leg) -> str:
    """The address as it is told in a message, line by line."""
    return "\n".join(line.strip() for line in leg.address.splitlines() if line.strip())
