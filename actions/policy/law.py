"""What the law asks at least, as data with its source. Not legal advice; a merchant's lawyer must confirm it.

`source` names the text a rule was taken from; `valid_from` is the day from which it binds.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from actions.policy.model import LegalBasis

EU = frozenset(
    "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK".split()  # noqa: SIM905
)
# The consumer rules of the EEA agreement are the same ones.
EEA = EU | {"IS", "LI", "NO"}
UK = frozenset({"GB"})

# Directive 2011/83/EU art. 13 and 14, and the British regulations 34 and 35: after a withdrawal the shopper has this
# long to send the goods, and the shop this long to give the money back.
WITHDRAWAL_SEND_DAYS = 14
WITHDRAWAL_REFUND_DAYS = 14


@dataclass(frozen=True)
class Floor:
    """The least a shopper of these countries has for one legal basis: days from delivery, and who pays the way back."""

    id: str
    countries: frozenset[str]
    basis: LegalBasis
    days: int
    shop_pays_return: bool
    shop_refunds_outbound: bool
    valid_from: date
    source: str


FLOORS: tuple[Floor, ...] = (
    Floor(
        "eu.withdrawal", EEA, "withdrawal", 14, shop_pays_return=False, shop_refunds_outbound=True,
        valid_from=date(2014, 6, 13), source="Directive 2011/83/EU, art. 9, 13 and 14",
    ),
    Floor(
        "uk.cancellation", UK, "withdrawal", 14, shop_pays_return=False, shop_refunds_outbound=True,
        valid_from=date(2014, 6, 13), source="Consumer Contracts Regulations 2013, reg. 29 to 35",
    ),
    Floor(
        "eu.conformity", EEA, "non_conformity", 730, shop_pays_return=True, shop_refunds_outbound=False,
        valid_from=date(2022, 1, 1), source="Directive (EU) 2019/771, art. 10, 13 and 14",
    ),
    Floor(
        "uk.conformity", UK, "non_conformity", 730, shop_pays_return=True, shop_refunds_outbound=False,
        valid_from=date(2015, 10, 1), source="Consumer Rights Act 2015, s. 19 to 24",
    ),
    Floor(
        "eu.transport_risk", EEA, "transport_risk", 730, shop_pays_return=True, shop_refunds_outbound=True,
        valid_from=date(2014, 6, 13), source="Directive 2011/83/EU, art. 18 and 20",
    ),
    Floor(
        "uk.transport_risk", UK, "transport_risk", 730, shop_pays_return=True, shop_refunds_outbound=True,
        valid_from=date(2015, 10, 1), source="Consumer Rights Act 2015, s. 28 and 29",
    ),
)  # fmt: skip


def floor(country: str, basis: LegalBasis, on: date) -> Floor | None:
    """The rule of law for this country and basis on that day; None where no statute we know gives one."""
    for item in FLOORS:
        if item.basis == basis and country in item.countries and on >= item.valid_from:
            return item
    return None


def days_to_send(own_days: int, basis: str | None) -> int:
    """Days a shopper has to send the parcel: the shop's, never fewer than a withdrawal gives."""
    return max(own_days, WITHDRAWAL_SEND_DAYS) if basis == "withdrawal" else own_days
