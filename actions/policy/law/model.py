"""A row of law as a value: where and since when it binds, and what it gives. What it gives is one kind of effect."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Generic, Literal, TypeVar

from actions.policy.model import LegalBasis

Since = Literal["declared", "goods_or_proof", "agreed", "terminated"]
Grade = Literal["V", "S", "K"]


@dataclass(frozen=True)
class Period:
    """Days from delivery in which the claim may be made; the day of delivery itself does not count.

    `uninformed_months`: how much longer, when the shop did not give the information the law asks for. `rolls`: a period
    that would end on a Saturday or Sunday ends on the Monday (Regulation 1182/71, art. 3(4)); public holidays, which
    would lengthen it too, are not known here.
    """

    days: int
    uninformed_months: int = 0
    rolls: bool = False

    def last_day(self, start: date, *, informed: bool) -> date:
        """The last day on which the claim is in time, counted from the day of delivery."""
        last = start + timedelta(days=self.days)
        if not informed:
            last = months_after(last, self.uninformed_months)
        if self.rolls and last.weekday() >= 5:
            last += timedelta(days=7 - last.weekday())
        return last


@dataclass(frozen=True)
class Presumption:
    """A fault that shows within these months of delivery counts as there from the start: the shopper proves nothing."""

    months: int

    def last_day(self, start: date) -> date:
        return months_after(start, self.months)


@dataclass(frozen=True)
class Rejection:
    """Days from delivery in which faulty goods may be rejected for the whole price, before any repair."""

    days: int


@dataclass(frozen=True)
class Limitation:
    """Months from delivery until a court no longer hears the claim. Before that no machine turns it away."""

    months: int

    def last_day(self, start: date) -> date:
        return months_after(start, self.months)


@dataclass(frozen=True)
class ReturnCost:
    """Who pays the way back: the shop, or the shopper if the shop said so before the order."""

    payer: Literal["shop", "shopper_if_informed"]

    def shop_pays(self, *, informed: bool) -> bool:
        return self.payer == "shop" or not informed


@dataclass(frozen=True)
class RefundDue:
    """Days until the money must be back, and from when they count. `outbound`: with the standard delivery paid for the
    whole order. `working`: Saturdays and Sundays do not count."""

    days: int
    since: Since
    outbound: bool = False
    working: bool = False


@dataclass(frozen=True)
class SendWithin:
    """Days after the declaration in which the shopper sends the goods."""

    days: int


@dataclass(frozen=True)
class NoFee:
    """Nothing may be kept back for using the right."""


@dataclass(frozen=True)
class Excluded:
    """Goods a shop may except, by the category or tag that names them; `unsealed`: only once their seal is broken."""

    words: frozenset[str]
    unsealed: bool = False


@dataclass(frozen=True)
class Delivery:
    """Days from the order in which a shop that agreed on nothing else delivers."""

    days: int


@dataclass(frozen=True)
class Possession:
    """The loss is the shop's until the goods are in the shopper's hands."""


@dataclass(frozen=True)
class Remedies:
    """What the shopper may choose first, and what follows when that fails, is refused or comes late."""

    first: frozenset[str]
    then: frozenset[str]


@dataclass(frozen=True)
class ReplaceWithin:
    """Days from the request until goods are repaired or replaced."""

    days: int


@dataclass(frozen=True)
class Surcharge:
    """Percent owed on top of a late refund: `steps` are (days late that must be exceeded, percent), rising.

    After the last step `monthly` points come on top for each further month begun, up to `most`. `interest` names a
    series of legal interest (`interest.py`), which is owed before the first step, and once `most` is reached.
    """

    steps: tuple[tuple[int, int], ...]
    monthly: int = 0
    monthly_after: int = 0
    most: int = 100
    interest: str = ""

    @property
    def most_after(self) -> int | None:
        """Days late that must be exceeded until `most` is owed; None when it never is."""
        last_after, last = self.steps[-1] if self.steps else (0, 0)
        if last >= self.most:
            return last_after
        if not self.monthly:
            return None
        return self.monthly_after + 30 * (-(-(self.most - last) // self.monthly) - 1)

    def percent(self, days_late: int) -> int:
        reached = [percent for after, percent in self.steps if days_late > after]
        if not reached:
            return 0
        further = -(-(days_late - self.monthly_after) // 30) if self.monthly and days_late > self.monthly_after else 0
        return min(self.most, reached[-1] + further * self.monthly)


@dataclass(frozen=True)
class TwoSteps:
    """The right is used by declaring and then confirming, and acknowledged on a durable medium with its date."""


@dataclass(frozen=True)
class OwnTerms:
    """No statute gives anything: what the shop promises is what there is."""


Effect = (
    Period
    | Presumption
    | Rejection
    | Limitation
    | ReturnCost
    | RefundDue
    | SendWithin
    | NoFee
    | Excluded
    | Delivery
    | Possession
    | Remedies
    | ReplaceWithin
    | Surcharge
    | TwoSteps
    | OwnTerms
)
E_co = TypeVar("E_co", bound=Effect, covariant=True)


@dataclass(frozen=True)
class Row(Generic[E_co]):
    """One rule of law. Orders placed before `valid_from` are not under it; `countries` is None for everywhere.

    `needs` names the facts of a case the effect depends on; `says` is the rule in one plain sentence by language;
    `grade` how sure the source is: V read in the text itself, S a second-hand source, K known but not looked up.
    """

    id: str
    countries: frozenset[str] | None
    basis: LegalBasis
    valid_from: date
    needs: tuple[str, ...]
    effect: E_co
    source: str
    grade: Grade
    says: tuple[tuple[str, str], ...]

    def sentence(self, language: str) -> str:
        """The rule in plain words with its source: French, or else English."""
        words = dict(self.says)
        return f"{(words.get(language) or words['en']).rstrip('.')} ({self.source})."


def months_after(day: date, months: int) -> date:
    """The same day so many months later, or the last day of that month (Regulation 1182/71, art. 3(2)(c))."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    following = date(year + (month == 11), (month + 1) % 12 + 1, 1)
    return date(year, month + 1, min(day.day, (following - timedelta(days=1)).day))
