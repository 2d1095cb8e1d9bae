"""What a supplier asks for and gives, as `retour.toml` says it: until when, with which evidence, at whose cost.

Every supplier has terms of its own, mostly in prose on its website. Here they become values: one table for all reasons,
and one below it for each reason that differs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import datetime, timedelta
from typing import Any, Literal, get_args

from common import config_values as values
from common.errors import SettingsError

CountsFrom = Literal["delivery", "dispatch", "order"]
EvidenceKind = Literal["photos", "description", "tracking", "proof_of_refund"]
FreightPayer = Literal["shop", "supplier"]

# The reasons of a case. They belong to the policy, which this layer may not know; a test keeps both alike.
REASONS = (
    "damaged", "defective", "not_as_described", "wrong_item", "wrong_size", "not_received", "changed_mind", "other",
)  # fmt: skip
_LONGEST_DAYS = 3650


@dataclass(frozen=True)
class ReasonTerms:
    """The terms for one reason. `covered` false: the supplier never answers for it.

    A claim has to be with the supplier `deadline_days` after the event `counts_from` names; None is no deadline.
    Without `needs_parcel` the supplier credits on evidence alone.
    """

    covered: bool = True
    deadline_days: int | None = None
    counts_from: CountsFrom = "delivery"
    evidence: tuple[EvidenceKind, ...] = ()
    needs_parcel: bool = True


@dataclass(frozen=True)
class SupplierTerms:
    """One supplier's terms. Amounts are minor units of the shop's currency.

    `return_freight_minor` is what a parcel back costs, `return_freight_paid_by` who bears it when the shopper does not;
    `handling_minor` what the supplier keeps of each returned parcel; `dispatch_minor` what it asks to send one. While
    it owes a step it is reminded after each of `chase_days`, and `alarm_days` before a deadline the shop is warned.
    """

    usual: ReasonTerms = ReasonTerms()
    by_reason: Mapping[str, ReasonTerms] = field(default_factory=dict)
    return_freight_minor: int = 0
    return_freight_paid_by: FreightPayer = "shop"
    handling_minor: int = 0
    dispatch_minor: int = 0
    chase_days: tuple[int, ...] = ()
    alarm_days: tuple[int, ...] = (5, 1)

    def of(self, reason: str) -> ReasonTerms:
        """The terms for that reason."""
        return self.by_reason.get(reason, self.usual)

    def deadline(self, reason: str, event: datetime | None) -> datetime | None:
        """Until when a claim must be with the supplier; None when there is no such limit or no such event yet."""
        days = self.of(reason).deadline_days
        return None if days is None or event is None else event + timedelta(days=days)


_REASON_KEYS = tuple(item.name for item in fields(ReasonTerms))
_OTHER_KEYS = (
    "return_freight", "return_freight_paid_by", "handling", "dispatch", "chase_days", "alarm_days", "reasons",
)  # fmt: skip


def read_terms(content: dict[str, Any], where: str, *, currency: str, answer_within_days: int) -> SupplierTerms:
    """The table `[suppliers.NAME.terms]`. Raises SettingsError with one sentence that names the key and what fits."""
    values.only(content, (*_REASON_KEYS, *_OTHER_KEYS), where)
    usual = _reason_terms(content, ReasonTerms(), where)

    def price(key: str) -> int:
        return values.amount(content.get(key, "0"), where, key, currency)

    terms = SupplierTerms(
        usual=usual,
        by_reason=_by_reason(values.table(content, "reasons", where), usual, where),
        return_freight_minor=price("return_freight"),
        handling_minor=price("handling"),
        dispatch_minor=price("dispatch"),
    )
    if "return_freight_paid_by" in content:
        payer = content["return_freight_paid_by"]
        values.choice(payer, get_args(FreightPayer), where, "return_freight_paid_by")
        terms = replace(terms, return_freight_paid_by=payer)
    if "alarm_days" in content:
        terms = replace(terms, alarm_days=tuple(reversed(_days(content, "alarm_days", where))))
    if "chase_days" in content:
        terms = replace(terms, chase_days=_days(content, "chase_days", where))
    late = [day for day in terms.chase_days if day >= answer_within_days]
    if late:
        raise SettingsError(
            "config.value",
            f"{where} chase_days has {late[0]}, but after answer_within_days = {answer_within_days} a person "
            "takes over; write smaller numbers.",
        )
    return terms


def _by_reason(content: dict[str, Any], usual: ReasonTerms, where: str) -> dict[str, ReasonTerms]:
    values.only(content, REASONS, f"{where} reasons")
    found = {}
    for reason in content:
        table = values.table(content, reason, f"{where} reasons")
        place = f"{where} reasons.{reason}"
        values.only(table, _REASON_KEYS, place)
        found[reason] = _reason_terms(table, usual, place)
    return found


def _reason_terms(content: Mapping[str, Any], usual: ReasonTerms, where: str) -> ReasonTerms:
    found: dict[str, Any] = {}
    for key in ("covered", "needs_parcel"):
        if key in content:
            found[key] = values.yes_or_no(content[key], where, key)
    if "deadline_days" in content:
        found["deadline_days"] = values.whole(content["deadline_days"], where, "deadline_days", most=_LONGEST_DAYS)
    if "counts_from" in content:
        found["counts_from"] = values.choice(content["counts_from"], get_args(CountsFrom), where, "counts_from")
    if "evidence" in content:
        kinds = get_args(EvidenceKind)
        items = values.items(content["evidence"], where, "evidence")
        found["evidence"] = tuple(values.choice(item, kinds, where, "evidence") for item in items)
    return replace(usual, **found)


def _days(content: Mapping[str, Any], key: str, where: str) -> tuple[int, ...]:
    items = values.items(content[key], where, key)
    return tuple(sorted({values.whole(item, where, key, most=_LONGEST_DAYS) for item in items}))
