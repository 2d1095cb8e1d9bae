"""How likely a supplier credits a claim: its own record, held back by a prior while the record is short."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True)
class Record:
    """Claims a supplier has decided: `accepted` of `decided`, for claims with and without a parcel."""

    accepted: int = 0
    decided: int = 0
    kept_accepted: int = 0
    kept_decided: int = 0


# Beta priors, as pseudo-claims (accepted, refused). A supplier whose terms promise a credit is believed two times in
# three until its own record says more; one whose terms ask for the parcel is not expected to pay without it.
_PROMISED = (2, 1)
_AGAINST_TERMS = (0, 2)


def with_parcel(record: Record, *, covered: bool) -> Fraction:
    """The chance of a credit when the goods go back; none where the terms exclude the reason."""
    return _posterior(record.accepted, record.decided, _PROMISED) if covered else Fraction(0)


def without_parcel(record: Record, *, covered: bool, needs_parcel: bool) -> Fraction:
    """The chance of a credit on evidence alone."""
    if not covered:
        return Fraction(0)
    return _posterior(record.kept_accepted, record.kept_decided, _AGAINST_TERMS if needs_parcel else _PROMISED)


def _posterior(accepted: int, decided: int, prior: tuple[int, int]) -> Fraction:
    """Mean of the Beta distribution after `decided` claims (Gelman et al., Bayesian Data Analysis, 2.4)."""
    return Fraction(accepted + prior[0], decided + sum(prior))
