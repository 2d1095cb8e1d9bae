"""The comparison as text, for the terminal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args

from actions.policy.model import Outcome
from common.money import Money
from retour.simulation.replay import PARCEL_COST, PERSON_COST, Comparison, Tally

OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
Figure = tuple[str, str, str, str]


def figures(result: Comparison) -> Iterator[Figure]:
    """Rows of the comparison: what, under the first policy, under the other, and the difference."""
    base, other = result.base, result.other
    yield _count("requests", base.requests, other.requests)
    for outcome in OUTCOMES:
        if base.outcomes[outcome] or other.outcomes[outcome]:
            yield _count(outcome.replace("_", " "), base.outcomes[outcome], other.outcomes[outcome])
    yield _count("parcels back", base.parcels, other.parcels)
    yield _count("  of them at the shop's cost", base.parcels_paid_by_shop, other.parcels_paid_by_shop)
    for currency in sorted(base.refunds_minor.keys() | other.refunds_minor.keys()):
        yield _money("refunds", base.refunds_minor[currency], other.refunds_minor[currency], currency)
        yield _money("cost", base.cost_minor[currency], other.cost_minor[currency], currency)


def rules(base: Tally, other: Tally) -> Iterator[Figure]:
    """How often each rule refused or called a person, by rule."""
    for rule, said in sorted(base.rules.keys() | other.rules.keys()):
        words = "refuses" if said == "refuse" else "calls a person"
        yield _count(f"{rule} {words}", base.rules[rule, said], other.rules[rule, said])


def table(result: Comparison, names: tuple[str, str]) -> str:
    """Everything the terminal shows."""
    wide = max(len(name) for name in (*names, "difference"))
    rows: list[Figure | None] = [("", *names, "difference"), None, *figures(result), None]
    rows += [*rules(result.base, result.other)]
    first = max(len(row[0]) for row in rows if row)
    wide = max([wide, *(len(cell) for row in rows if row for cell in row[1:])])
    lines = [
        f"{row[0]:<{first}}  {row[1]:>{wide}}  {row[2]:>{wide}}  {row[3]:>{wide}}".rstrip() if row else ""
        for row in rows
    ]
    changed = sum(result.changed.values())
    lines += [
        "",
        f"{changed:,} of {result.base.requests:,} decisions change; {result.amounts_changed} keep their outcome",
    ]
    lines[-1] += " with another amount."
    lines += [
        f"  {count:>6}  {before.replace('_', ' ')} -> {after.replace('_', ' ')}"
        for (before, after), count in result.changed.most_common()
    ]
    return "\n".join([*lines, "", *notes(result)])


def notes(result: Comparison) -> list[str]:
    """What the figures rest on."""
    real, assumed = result.origins["case"], result.origins["assumed"]
    return [
        f"{real:,} requests are your cases with their facts of then; {assumed:,} are assumed for orders of a file:",
        "an order export does not say who asked for what. Reasons and days are drawn from the order's number.",
        f"Cost is refunds, {PARCEL_COST}.00 for each parcel at the shop's cost and {PERSON_COST}.00 for each look by a",
        "person; a case that waits for a person counts as approved, and goods that come back are not taken off.",
    ]


def _count(name: str, base: int, other: int) -> Figure:
    return name, f"{base:,}", f"{other:,}", f"{other - base:+,}" if other != base else "="


def _money(name: str, base: int, other: int, currency: str) -> Figure:
    def shown(minor: int) -> str:
        return Money(minor, currency).format("en")

    difference = "=" if base == other else ("+" if other > base else "-") + shown(abs(other - base))
    return f"{name} {currency}", shown(base), shown(other), difference
