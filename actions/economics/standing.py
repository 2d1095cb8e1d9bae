"""What the shop may choose by itself, what only the shopper may choose, and what cannot be done.

Money back in the means of payment is always open: it is the most a shopper can be given. Anything else is an offer:
after a withdrawal the law owes money (Directive 2011/83/EU, art. 13), and against a fault the choice between repair
and replacement, and then a price cut, is the shopper's (Directive (EU) 2019/771, art. 13). No legal advice.
"""

from __future__ import annotations

from actions.economics.model import CaseCosts, Remedy, Standing


def standing(costs: CaseCosts, remedy: Remedy) -> tuple[Standing, str]:
    """The standing of an outcome and the word for why."""
    lost = costs.reason == "not_received"
    if remedy == "return":
        if lost:
            return "barred", "nothing_to_send"
        if costs.returns_to == "nowhere":
            return "barred", "no_address"
        return "open", "money_back"
    if remedy == "refund_without_return":
        return "open", "money_back"
    if remedy == "replacement" and not costs.shares:
        return "barred", "no_supplier"
    if remedy == "partial_refund" and lost:
        return "barred", "nothing_to_keep"
    if remedy == costs.wish:
        return "open", "wished"
    return "on_wish", "withdrawal" if costs.basis == "withdrawal" else "offer"


def acceptable(costs: CaseCosts, remedy: Remedy) -> bool:
    """Whether the shopper would take it without being asked: what they wished for, or else their money.

    A wish that can be carried out is the shopper's choice and leaves no other.
    """
    if costs.wish in ("return", "refund_without_return", None):
        # Who wants the money loses nothing by keeping the item; who has not said so is owed no less than the money.
        return remedy in ("return", "refund_without_return")
    return remedy == costs.wish
