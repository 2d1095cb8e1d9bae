"""Where a policy promises less than a row of the law gives. Deciding lifts such a value; `policy check` refuses it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

from actions.policy.law import all_rows
from actions.policy.law.model import (
    Effect,
    NoFee,
    Period,
    RefundDue,
    Remedies,
    ReturnCost,
    Row,
    SendWithin,
)
from actions.policy.model import LegalBasis, Policy, Reason

K = TypeVar("K", bound=Effect)
_FAULTLESS: tuple[Reason, ...] = ("wrong_size", "changed_mind", "other")
_FAULTS: tuple[Reason, ...] = ("damaged", "defective", "not_as_described", "wrong_item")


def below_the_law(policy: Policy) -> list[str]:
    """One sentence for each value below the law, with its line, the row it breaks and what to write instead."""
    return [
        *_windows(policy),
        *_deadlines(policy),
        *_payers(policy),
        *_fees(policy),
        *_offers(policy),
    ]


def _rows(kind: type[K], basis: LegalBasis) -> list[Row[K]]:
    return [row for row in all_rows() if row.basis == basis and isinstance(row.effect, kind)]  # type: ignore[misc]


def _windows(policy: Policy) -> Iterator[str]:
    strictest = max(_rows(Period, "withdrawal"), key=lambda row: row.effect.days)
    window = policy.window
    general = (("by_category", window.by_category), ("by_reason", window.by_reason), ("by_tag", window.by_tag))
    values = [("window.days", window.days)]
    values += [(f"window.{name}.{key}", days) for name, named in general for key, days in named.items()]
    for key, days in values:
        if days < strictest.effect.days:
            yield _at_least(policy, key, days, strictest.effect.days, strictest)
    for country, days in window.by_market.items():
        for row in _rows(Period, "withdrawal"):
            if (row.countries is None or country in row.countries) and days < row.effect.days:
                yield _at_least(policy, f"window.by_market.{country}", days, row.effect.days, row)
    fault = max(_rows(Period, "non_conformity"), key=lambda row: row.effect.days)
    if window.non_conformity_days < fault.effect.days:
        yield _at_least(policy, "window.non_conformity_days", window.non_conformity_days, fault.effect.days, fault)


def _deadlines(policy: Policy) -> Iterator[str]:
    send = max(_rows(SendWithin, "withdrawal"), key=lambda row: row.effect.days)
    if policy.return_deadline_days < send.effect.days:
        yield _at_least(policy, "return_deadline_days", policy.return_deadline_days, send.effect.days, send)
    due = min(_rows(RefundDue, "withdrawal"), key=lambda row: row.effect.days)
    if policy.refund_days > due.effect.days:
        yield _sentence(
            policy,
            "refund_days",
            f"is {policy.refund_days}, above the {due.effect.days} days of",
            due,
            f"write {due.effect.days} or less",
        )


def _payers(policy: Policy) -> Iterator[str]:
    bases: tuple[tuple[LegalBasis, tuple[Reason, ...]], ...] = (
        ("non_conformity", _FAULTS),
        ("transport_risk", ("not_received",)),
    )
    for basis, reasons in bases:
        row = _rows(ReturnCost, basis)[0]
        for reason in reasons:
            if policy.who_pays_return[reason] == "shopper":
                yield _sentence(policy, f"who_pays_return.{reason}", "is shopper, against", row, "write shop")
    told = next(row for row in _rows(ReturnCost, "withdrawal") if row.effect.payer == "shopper_if_informed")
    for reason in _FAULTLESS if not policy.informed.return_cost else ():
        if policy.who_pays_return[reason] == "shopper":
            what = "is shopper although informed.return_cost is no, against"
            yield _sentence(policy, f"who_pays_return.{reason}", what, told, "write shop, or tell it before the order")


def _fees(policy: Policy) -> Iterator[str]:
    row = _rows(NoFee, "non_conformity")[0]
    for reason, percent in policy.fee_percent.items():
        if percent and reason not in _FAULTLESS:
            yield _sentence(policy, f"fee_percent.{reason}", f"is {percent}, against", row, "write 0")


def _offers(policy: Policy) -> Iterator[str]:
    due, remedies = _rows(RefundDue, "withdrawal")[0], _rows(Remedies, "non_conformity")[0]
    for reason, offered in policy.outcomes.items():
        key = f"outcomes.{reason}"
        if "refund" not in offered:
            yield _sentence(policy, key, "lacks refund, against", remedies if reason in _FAULTS else due, "add refund")
        if reason in _FAULTS and "replacement" not in offered:
            yield _sentence(policy, key, "lacks replacement, against", remedies, "add replacement")


def _at_least(policy: Policy, key: str, value: int, least: int, row: Row[Effect]) -> str:
    return _sentence(policy, key, f"is {value}, below the {least} days of", row, f"write {least} or more")


def _sentence(policy: Policy, key: str, what: str, row: Row[Effect], instead: str) -> str:
    return f"{policy.path}:{policy.lines.get(key, 1)}: {key} {what} {row.source} (row {row.id}); {instead}."
