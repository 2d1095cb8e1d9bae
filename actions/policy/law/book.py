"""Which rows of law bind a case. The rows are read once; asking costs a look into a table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from functools import cache, lru_cache
from typing import Any, TypeVar

from actions.policy.law.interest import interest
from actions.policy.law.model import (
    Effect,
    NoFee,
    OwnTerms,
    RefundDue,
    ReturnCost,
    Row,
    SendWithin,
    Surcharge,
    TwoSteps,
)
from actions.policy.law.reader import read_rows
from actions.policy.model import LegalBasis

# Far enough to see the next step of every ladder; the longest pause between two of them is a month.
_LOOK_AHEAD = 62
K = TypeVar("K", bound=Effect)


@dataclass(frozen=True)
class Law:
    """The rows for one country, legal basis and day of order, those of the country itself before those of its union."""

    country: str
    basis: LegalBasis
    rows: tuple[Row[Effect], ...]
    by_kind: Mapping[type[Any], tuple[Row[Any], ...]]

    def find(self, kind: type[K]) -> Row[K] | None:
        """The row with that kind of effect, the country's own first; None where no statute we know has one."""
        found = self.by_kind.get(kind)
        return found[0] if found else None

    def all(self, kind: type[K]) -> tuple[Row[K], ...]:
        return self.by_kind.get(kind, ())

    @property
    def binds(self) -> bool:
        """Whether a statute stands behind the claim, and not the shop's terms alone."""
        return any(not isinstance(row.effect, OwnTerms) for row in self.rows)

    def shop_pays_return(self, *, informed: bool) -> bool:
        row = self.find(ReturnCost)
        return row is not None and row.effect.shop_pays(informed=informed)

    @property
    def refunds_outbound(self) -> bool:
        row = self.find(RefundDue)
        return row is not None and row.effect.outbound

    @property
    def forbids_fees(self) -> bool:
        return self.find(NoFee) is not None

    @property
    def asks_two_steps(self) -> bool:
        return self.find(TwoSteps) is not None

    def surcharge_minor(self, price_minor: int, due_by: date, days_late: int) -> int:
        """What a refund that was due by a day and is so many days late costs on top, rounded half up; 0 where no law
        asks for more."""
        row = self.find(Surcharge)
        if row is None or days_late <= 0:
            return 0
        ladder, today = row.effect, due_by + timedelta(days=days_late)
        owed = Fraction(price_minor * ladder.percent(days_late), 100)
        # A percentage of the price takes the place of the interest, and interest follows once the price is reached.
        since = due_by if owed == 0 else _after(due_by, ladder.most_after)
        if ladder.interest and since is not None and since < today:
            owed += interest(price_minor, ladder.interest, since, today)
        return int(owed + Fraction(1, 2))

    def next_step(self, days_late: int) -> int | None:
        """In how many days the next step of the ladder is reached; None when there is none."""
        row = self.find(Surcharge)
        if row is None:
            return None
        now = row.effect.percent(days_late)
        return next((day for day in range(1, _LOOK_AHEAD) if row.effect.percent(days_late + day) > now), None)


def _after(due_by: date, days: int | None) -> date | None:
    return None if days is None else due_by + timedelta(days=days)


@cache
def all_rows() -> tuple[Row[Effect], ...]:
    """Every row of every file. Raises PolicyError naming each mistake with file and line."""
    return read_rows()


@lru_cache(maxsize=4096)
def law_of(country: str, basis: LegalBasis, on: date) -> Law:
    """What binds an order of that day in that country on this basis."""
    bound = [
        row
        for row in all_rows()
        if row.basis == basis and on >= row.valid_from and (row.countries is None or country in row.countries)
    ]
    bound.sort(key=lambda row: len(row.countries) if row.countries is not None else 1000)
    kinds: dict[type[Any], tuple[Row[Any], ...]] = {}
    for row in bound:
        kinds[type(row.effect)] = (*kinds.get(type(row.effect), ()), row)
    return Law(country, basis, tuple(bound), kinds)


@cache
def _by_id() -> dict[str, Row[Effect]]:
    return {row.id: row for row in all_rows()}


def row_of(row_id: str) -> Row[Effect] | None:
    """A row by its id, for showing a decision of the past; None when it is not in the files."""
    return _by_id().get(row_id)


def days_to_send(own_days: int, law: Law) -> int:
    """Days a shopper has to send the parcel: the shop's, never fewer than the law gives."""
    row = law.find(SendWithin)
    return own_days if row is None else max(own_days, row.effect.days)
