"""What an importer makes of a file: whole orders and problems, before anything touches the database."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal

from common.errors import RetourError
from common.money import Money, MoneyError, minor_digits

_OFFSET = re.compile(r"\s+([+-]\d{2}):?(\d{2})$")
# Systems that calculate in binary write 8.264463 or more digits before tax.
_PLAIN = re.compile(r"[+-]?[0-9]{1,12}(?:\.[0-9]{0,20})?")
_SLASHED = "%m/%d/%Y"


@dataclass(frozen=True)
class Row:
    """One record of the file: the line it begins at, and its cells by column name in small letters."""

    line: int
    cells: Mapping[str, str]

    def get(self, *columns: str) -> str:
        """The first of these cells that holds something, without blanks around; else empty."""
        for column in columns:
            value = self.cells.get(column, "").strip()
            if value:
                return value
        return ""


@dataclass(frozen=True)
class Problem:
    """A row, or the order it belongs to, that was left out, and why. `row` is what could still be read of it."""

    line: int
    reason: str
    row: Row | None = field(default=None, compare=False, repr=False)

    def __str__(self) -> str:
        return f"line {self.line}: {self.reason}"


class RowError(RetourError):
    """A cell that cannot be used; becomes a Problem of its line."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__("import.row", f"line {line}: {reason}")
        self.problem = Problem(line, reason)


@dataclass(frozen=True)
class Defaults:
    """What a file may leave out."""

    country: str | None = None
    currency: str | None = None


@dataclass(frozen=True)
class ImportedLine:
    """A line with its share of what was paid. `vendor` is the shop system's word for who supplies it."""

    sku: str
    name: str
    quantity: int
    paid_minor: int
    vendor: str = ""


@dataclass(frozen=True)
class PricedLine:
    """A line before money is shared out: `weight` is its price for all pieces, in millionths of the currency."""

    sku: str
    name: str
    quantity: int
    weight: int
    vendor: str = ""


@dataclass(frozen=True)
class ImportedOrder:
    """One order of a file; `paid_minor` of its lines and `shipping_minor` add up to `total_minor`."""

    line: int
    number: str
    email: str | None
    phone: str | None
    currency: str
    country: str
    placed_at: datetime
    fulfilled_at: datetime | None
    cancelled_at: datetime | None
    shipping_minor: int
    total_minor: int
    refunded_minor: int
    financial_status: str | None
    payment_method: str | None
    payment_reference: str | None
    external_id: str | None
    lines: tuple[ImportedLine, ...] = field(default=())

    def digest(self, *extra: object) -> str:
        """Changes when anything of the order changes, but not with the line of the file it stands in."""
        values = asdict(self)
        del values["line"]
        text = json.dumps([values, extra], default=str, sort_keys=True, ensure_ascii=True)
        return hashlib.sha256(text.encode("ascii")).hexdigest()


def share_out(line: int, total: Money, shipping: Money, lines: list[PricedLine]) -> tuple[ImportedLine, ...]:
    """Give every line its share of what was paid for the goods (total less shipping), in proportion to its price, so
    that discounts and taxes on top are spread exactly. Raises RowError when there is money and no line to carry it."""
    goods = total - shipping
    if goods.minor_units < 0:
        raise RowError(line, f"shipping {shipping.decimal()} is more than the total {total.decimal()}")
    if goods.minor_units == 0:
        shares = [Money.zero(total.currency)] * len(lines)
    elif not any(item.weight for item in lines):
        raise RowError(line, f"{goods.decimal()} {total.currency} was paid for goods, but every line costs nothing")
    else:
        shares = goods.split([item.weight for item in lines])
    return tuple(
        ImportedLine(item.sku, item.name, item.quantity, share.minor_units, item.vendor)
        for item, share in zip(lines, shares, strict=True)
    )


def read_money(row: Row, currency: str, *columns: str) -> Money:
    """An amount, zero when the cell is empty. More decimals than the currency has are rounded half up, as shop systems
    write taxes that way."""
    text = row.get(*columns)
    if not text:
        return Money.zero(currency)
    try:
        return Money.parse(text, currency)
    except MoneyError:
        value = _decimal(row, columns[0], text)
    scaled = (value * 10 ** minor_digits(currency)).quantize(Decimal(1), rounding=ROUND_HALF_UP)
    return Money(int(scaled), currency)


def read_weight(row: Row, *columns: str) -> int:
    """A price as millionths: enough for the four or six decimals some systems keep before tax."""
    text = row.get(*columns)
    return int(_decimal(row, columns[0], text) * 10**6) if text else 0


def read_quantity(row: Row, *columns: str) -> int:
    text = row.get(*columns)
    # Some systems write 2.0 or 2,00.
    whole, _, rest = text.replace(",", ".").partition(".")
    if not (whole.isascii() and whole.isdigit() and len(whole) < 7 and not rest.strip("0")):
        raise RowError(row.line, f"{columns[0]} is {text!r}, not a whole number of pieces")
    if int(whole) == 0:
        raise RowError(row.line, f"{columns[0]} is 0; a line has at least one piece")
    return int(whole)


def read_time(row: Row, *columns: str) -> datetime | None:
    """An instant, None when the cell is empty. `2026-05-14 11:23:45 +0100` and ISO 8601 are read with their offset;
    without one UTC is taken. `09/06/2026 16:29:00` is read month first."""
    text = row.get(*columns)
    if not text:
        return None
    try:
        if "/" in text:
            day, _, clock = text.partition(" ")
            at = datetime.fromisoformat(
                f"{datetime.strptime(day, _SLASHED).date()}T{_padded(clock)}"  # noqa: DTZ007 (zone added below)
            )
        else:
            at = datetime.fromisoformat(_OFFSET.sub(r"\1:\2", text.removesuffix(" UTC")))
    except ValueError as error:
        raise RowError(row.line, f"{columns[0]} {text!r} is not a date and time") from error
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def read_currency(row: Row, default: str | None, *columns: str) -> str:
    text = row.get(*columns).upper() or (default or "")
    if not (len(text) == 3 and text.isascii() and text.isalpha()):
        raise RowError(row.line, f"the currency is {text!r}, not three letters such as EUR")
    return text


def read_country(row: Row, default: str | None, *columns: str) -> str:
    text = row.get(*columns).upper() or (default or "")
    if not (len(text) == 2 and text.isascii() and text.isalpha()):
        raise RowError(row.line, f"the country is {text!r}, not two letters such as FR")
    # The code of the European institutions and of older exports for the United Kingdom; Greece likewise.
    return {"UK": "GB", "EL": "GR"}.get(text, text)


def read_email(row: Row, *columns: str) -> str | None:
    text = row.get(*columns)
    if not text:
        return None
    if "@" not in text or any(char.isspace() for char in text) or len(text) > 254:
        raise RowError(row.line, f"{columns[0]} {text[:60]!r} is not an e-mail address")
    return text


def clipped(text: str, most: int) -> str | None:
    """The text as far as its column holds it, None when empty."""
    return text[:most] or None


def _decimal(row: Row, column: str, text: str) -> Decimal:
    plain = text.replace(",", ".")
    if not _PLAIN.fullmatch(plain):
        raise RowError(row.line, f"{column} {text[:40]!r} is not an amount")
    return Decimal(plain)


def _padded(clock: str) -> str:
    parts = [part.zfill(2) for part in clock.split(":")] if clock else ["00", "00"]
    return ":".join(parts)
