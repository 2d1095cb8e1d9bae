"""What should become of orders, cases and refunds, written down a second time without a database.

The policy's decision is taken as given (its own tests judge it); everything after it is predicted here.
"""

from __future__ import annotations

from dataclasses import dataclass, field

RANK = {"pending": 0, "approved": 1, "rejected": 2, "received": 3, "inspected": 4, "credited": 5}
ENDED = ("refunded", "refused", "cancelled", "expired")
_WAITING = ("awaiting_review", "awaiting_supplier", "awaiting_parcel", "in_transit", "expired")
_MAY_REFUND = ("awaiting_review", "awaiting_supplier", "awaiting_parcel", "in_transit", "received", "inspected")


class RefusedByModelError(Exception):
    """The real one has to refuse, too, and change nothing."""


@dataclass
class ModelRefund:
    amount: int
    state: str = "created"
    held: str = ""


@dataclass
class ModelCase:
    order: ModelOrder
    pieces: dict[int, int]
    claim: int
    agreed: int
    status: str = "collecting"
    resolution: str = ""
    supplier: str = ""
    returnless: bool = False
    was_received: bool = False
    refunds: list[ModelRefund] = field(default_factory=list)

    @property
    def committed(self) -> int:
        return sum(refund.amount for refund in self.refunds if refund.state != "failed")

    @property
    def paid(self) -> int:
        return sum(refund.amount for refund in self.refunds if refund.state == "succeeded")


@dataclass
class ModelOrder:
    """`lines` are (pieces, paid for them all); `outside` maps a refund made by hand to its amount and status."""

    lines: list[tuple[int, int]]
    shipping: int
    cases: list[ModelCase] = field(default_factory=list)
    outside: dict[str, tuple[int, str]] = field(default_factory=dict)
    chargeback: str = ""

    @property
    def total(self) -> int:
        return self.shipping + sum(paid for _, paid in self.lines)

    @property
    def gone(self) -> int:
        outside = sum(amount for amount, status in self.outside.values() if status in ("asked", "another"))
        lost = self.total if self.chargeback == "lost" else 0
        return sum(case.committed for case in self.cases) + outside + lost

    @property
    def frozen(self) -> str:
        if self.chargeback == "open":
            return "chargeback"
        return "by_hand" if any(status == "asked" for _, status in self.outside.values()) else ""

    def free(self, line: int) -> int:
        """Pieces of a line that no case has claimed."""
        live = [case for case in self.cases if case.status not in ("refused", "cancelled", "expired")]
        return self.lines[line][0] - sum(case.pieces.get(line, 0) for case in live)


def quote(case: ModelCase) -> int:
    order = case.order
    live = [other for other in order.cases if other is case or other.status not in ("refused", "cancelled", "expired")]
    claimed = [sum(other.pieces.get(line, 0) for other in live) for line in range(len(order.lines))]
    goods = order.total - order.shipping
    whole = all(claimed[line] >= pieces for line, (pieces, _) in enumerate(order.lines))
    share = order.shipping if whole else order.shipping * case.claim // goods
    room = min(case.claim + share - case.committed, order.total - order.gone)
    return max(0, min(case.agreed - case.committed, room))


def start_refund(case: ModelCase) -> bool:
    """Whether a refund is on its way now; otherwise a person has the case."""
    if case.status not in _MAY_REFUND and case.status != "collecting":
        raise RefusedByModelError
    amount = quote(case)
    if case.order.frozen or amount <= 0:
        case.status = "awaiting_review"
        return False
    case.status = "refunding"
    case.refunds.append(ModelRefund(amount))
    return True


def opened(case: ModelCase, outcome: str, *, supplier_answers: bool) -> None:
    case.order.cases.append(case)
    if outcome == "needs_person":
        case.status = "awaiting_review"
        return
    case.resolution = outcome
    if outcome == "refused":
        case.status = "refused"
    elif outcome == "return":
        case.status, case.supplier = "awaiting_supplier", "pending"
    elif start_refund(case) and supplier_answers:
        case.supplier, case.returnless = "pending", True


def approve(case: ModelCase, *, supplier_answers: bool) -> None:
    """A person says: money back, no parcel."""
    if case.status == "refused":
        case.status = "awaiting_review"
    case.agreed = case.agreed or case.claim
    if not start_refund(case):
        raise RefusedByModelError
    case.resolution = "refund_without_return"
    if supplier_answers and not case.supplier:
        case.supplier, case.returnless = "pending", True
    elif case.supplier in ("received", "inspected", "credited") and not case.returnless:
        case.resolution = "return"


def refuse(case: ModelCase) -> None:
    if case.status not in ("awaiting_review", "awaiting_supplier", "awaiting_parcel"):
        raise RefusedByModelError
    case.status, case.resolution = "refused", "refused"


def cancel(case: ModelCase) -> None:
    if case.status not in ("awaiting_review", "awaiting_supplier", "awaiting_parcel", "cancelled"):
        raise RefusedByModelError
    case.status = "cancelled"


def report_sent(case: ModelCase) -> None:
    if case.status not in ("awaiting_parcel", "in_transit", "expired"):
        raise RefusedByModelError
    case.status = "in_transit"


def refund_due(case: ModelCase) -> None:
    if case.status in ("received", "inspected"):
        start_refund(case)


def supplier_says(case: ModelCase, status: str) -> None:
    if RANK[status] <= RANK[case.supplier]:
        return
    case.supplier = status
    if case.returnless or case.resolution == "refund_without_return":
        return
    if status == "approved":
        if case.status in ("awaiting_supplier", "awaiting_review"):
            case.status = "awaiting_parcel"
    elif status == "rejected":
        if case.status not in ("awaiting_supplier", "awaiting_parcel", "in_transit"):
            return
        if case.resolution == "return":
            # The return was accepted, and this shop has no address of its own to send it to.
            start_refund(case)
        else:
            case.status = "awaiting_review"
    else:
        _came_back(case, status)


def _came_back(case: ModelCase, status: str) -> None:
    if case.status in _WAITING and not case.was_received:
        case.status, case.was_received = "received", True
    if status != "received" and case.status == "received":
        case.status = "inspected"
    if case.status == "inspected":
        start_refund(case)


def settle(case: ModelCase, refund: ModelRefund, state: str) -> None:
    if refund.state in ("succeeded", "failed"):
        return
    refund.state, refund.held = state, ""
    if case.status != "refunding":
        return
    if state == "failed":
        case.status = "awaiting_review"
    elif all(other.state not in ("created", "sent") for other in case.refunds):
        case.status = "refunded"


def give_up(case: ModelCase, refund: ModelRefund) -> None:
    if refund.state == "created":
        refund.state, refund.held = "failed", ""
    else:
        refund.held = "compare"
    if case.status == "refunding":
        case.status = "awaiting_review"


def release(order: ModelOrder) -> None:
    if order.frozen:
        return
    for case in order.cases:
        for refund in case.refunds:
            if refund.state in ("created", "sent") and refund.held in ("chargeback", "by_hand"):
                if order.gone > order.total:
                    give_up(case, refund)
                else:
                    refund.held = ""


def chargeback(order: ModelOrder, status: str) -> None:
    ranks = {"": -1, "open": 0, "won": 1, "lost": 2}
    if ranks[status] <= ranks[order.chargeback]:
        return
    order.chargeback = status
    if status == "won":
        release(order)
    elif status == "lost":
        for case in order.cases:
            for refund in case.refunds:
                if refund.state in ("created", "sent") and refund.held == "chargeback":
                    give_up(case, refund)


def found_by_hand(order: ModelOrder, gateway_id: str, amount: int) -> None:
    if gateway_id not in order.outside:
        waiting = any(case.status not in ENDED for case in order.cases)
        order.outside[gateway_id] = (amount, "asked" if waiting else "another")


def answer(order: ModelOrder, gateway_id: str, said: str, case: ModelCase | None) -> None:
    amount, status = order.outside[gateway_id]
    if status != "asked":
        raise RefusedByModelError
    if said == "this_case":
        assert case is not None
        if case.status != "refunding" and case.status not in _MAY_REFUND:
            raise RefusedByModelError
        if any(refund.state == "sent" for refund in case.refunds):
            raise RefusedByModelError
    order.outside[gateway_id] = (amount, said)
    if said == "this_case" and case is not None:
        _paid_by_hand(case, amount)
    release(order)


def _paid_by_hand(case: ModelCase, amount: int) -> None:
    for refund in case.refunds:
        if refund.state == "created":
            refund.state, refund.held = "failed", ""
    case.status = "refunding"
    paid = ModelRefund(amount, "sent")
    case.refunds.append(paid)
    rest = quote(case)
    if rest > 0:
        case.refunds.append(ModelRefund(rest))
    settle(case, paid, "succeeded")
