"""Exact money: an integer of minor units and an ISO 4217 currency."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from common.errors import RetourError

# ISO 4217 minor units that are not two (https://www.iso.org/iso-4217-currency-codes.html, list one).
_MINOR_DIGITS = {
    "BIF": 0, "CLP": 0, "DJF": 0, "GNF": 0, "ISK": 0, "JPY": 0, "KMF": 0, "KRW": 0, "PYG": 0, "RWF": 0, "UGX": 0,
    "VND": 0, "VUV": 0, "XAF": 0, "XOF": 0, "XPF": 0, "BHD": 3, "IQD": 3, "JOD": 3, "KWD": 3, "LYD": 3, "OMR": 3,
    "TND": 3,
}  # fmt: skip
_PLAIN = re.compile(r"[+-]?(?:[0-9]{1,15}(?:\.[0-9]{0,9})?|\.[0-9]{1,9})")
_SYMBOLS = {"EUR": "€", "GBP": "£", "USD": "$"}


class MoneyError(RetourError):
    """An amount that cannot be read, or two currencies in one sum."""


def minor_digits(currency: str) -> int:
    """How many decimal places a currency has."""
    return _MINOR_DIGITS.get(currency, 2)


@dataclass(frozen=True, order=False)
class Money:
    """An amount in minor units (cents) of one currency. Sums of two currencies raise MoneyError."""

    minor_units: int
    currency: str

    def __post_init__(self) -> None:
        if not isinstance(self.minor_units, int) or isinstance(self.minor_units, bool):
            raise MoneyError("money.not_integer", f"Money takes whole minor units, not {self.minor_units!r}.")
        if len(self.currency) != 3 or not self.currency.isascii() or not self.currency.isupper():
            raise MoneyError("money.currency", f"{self.currency!r} is not an ISO 4217 currency code.")

    @classmethod
    def parse(cls, text: str, currency: str) -> Money:
        """Read a plain decimal such as `49.00` or `49,00`; more digits than the currency has raise MoneyError."""
        plain = text.strip().replace(",", ".")
        # Decimal alone would also read 1e9, 1_000, NaN and the digits of every script.
        if not _PLAIN.fullmatch(plain):
            raise MoneyError("money.unreadable", f"{text!r} is not an amount; write it like 49.00.")
        scaled = Decimal(plain).scaleb(minor_digits(currency))
        if scaled != scaled.to_integral_value():
            raise MoneyError("money.precision", f"{text!r} has more decimals than {currency} allows.")
        return cls(int(scaled), currency)

    @classmethod
    def zero(cls, currency: str) -> Money:
        return cls(0, currency)

    def _same(self, other: Money) -> None:
        if self.currency != other.currency:
            raise MoneyError("money.mixed", f"Cannot combine {self.currency} with {other.currency}.")

    def __add__(self, other: Money) -> Money:
        self._same(other)
        return Money(self.minor_units + other.minor_units, self.currency)

    def __sub__(self, other: Money) -> Money:
        self._same(other)
        return Money(self.minor_units - other.minor_units, self.currency)

    def __mul__(self, count: int) -> Money:
        return Money(self.minor_units * count, self.currency)

    def __neg__(self) -> Money:
        return Money(-self.minor_units, self.currency)

    def __lt__(self, other: Money) -> bool:
        self._same(other)
        return self.minor_units < other.minor_units

    def __le__(self, other: Money) -> bool:
        self._same(other)
        return self.minor_units <= other.minor_units

    def __gt__(self, other: Money) -> bool:
        return other < self

    def __ge__(self, other: Money) -> bool:
        return other <= self

    def percent(self, percent: Decimal) -> Money:
        """That share of the amount, rounded half up to the minor unit."""
        share = Decimal(self.minor_units) * percent / Decimal(100)
        return Money(int(share.quantize(Decimal(1), rounding=ROUND_HALF_UP)), self.currency)

    def split(self, weights: Sequence[int]) -> list[Money]:
        """Divide by weights so that the parts add up exactly; the largest remainders take the odd cents."""
        total = sum(weights)
        if not weights or total <= 0 or min(weights) < 0:
            raise MoneyError("money.weights", "An amount is split by weights that are not negative and not all zero.")
        sign = -1 if self.minor_units < 0 else 1
        amount = abs(self.minor_units)
        parts = [amount * weight // total for weight in weights]
        by_remainder = sorted(range(len(weights)), key=lambda i: (-(amount * weights[i] % total), i))
        for index in by_remainder[: amount - sum(parts)]:
            parts[index] += 1
        return [Money(sign * part, self.currency) for part in parts]

    def decimal(self) -> str:
        """The plain decimal, `49.00`."""
        digits = minor_digits(self.currency)
        return f"{Decimal(self.minor_units).scaleb(-digits):.{digits}f}"

    def format(self, language: str) -> str:
        """The amount as a shopper reads it: `€49.00` in English, `49,00 €` in French (no-break space)."""
        sign = "-" if self.minor_units < 0 else ""
        symbol = _SYMBOLS.get(self.currency)
        whole, _, cents = Money(abs(self.minor_units), self.currency).decimal().partition(".")
        if language == "fr":
            grouped = f"{int(whole):,}".replace(",", "\u202f")
            number = grouped + (f",{cents}" if cents else "")
            return f"{sign}{number}\u00a0{symbol or self.currency}"
        number = f"{int(whole):,}" + (f".{cents}" if cents else "")
        return f"{sign}{symbol}{number}" if symbol else f"{sign}{self.currency}\u00a0{number}"
