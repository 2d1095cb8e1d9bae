"""Money: exact, one currency at a time, whatever the amounts."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.money import Money, MoneyError, minor_digits

CURRENCIES = st.sampled_from(["EUR", "GBP", "USD", "JPY", "KWD"])
AMOUNTS = st.integers(-(10**12), 10**12)
WEIGHTS = st.lists(st.integers(0, 10**9), min_size=1, max_size=30).filter(any)


@given(AMOUNTS, CURRENCIES, WEIGHTS)
def test_parts_of_a_split_add_up_to_the_whole(amount: int, currency: str, weights: list[int]) -> None:
    parts = Money(amount, currency).split(weights)
    assert sum(part.minor_units for part in parts) == amount
    assert len(parts) == len(weights)


@given(st.integers(0, 10**12), WEIGHTS)
def test_every_part_is_its_fair_share_to_within_a_cent(amount: int, weights: list[int]) -> None:
    for part, weight in zip(Money(amount, "EUR").split(weights), weights, strict=True):
        exact = Decimal(amount) * weight / sum(weights)
        assert abs(Decimal(part.minor_units) - exact) < 1
        assert weight > 0 or part.minor_units == 0


@given(AMOUNTS, WEIGHTS)
def test_a_negative_amount_splits_like_the_positive_one(amount: int, weights: list[int]) -> None:
    assert Money(-amount, "EUR").split(weights) == [-part for part in Money(amount, "EUR").split(weights)]


def test_the_largest_remainder_takes_the_odd_cent() -> None:
    assert [part.minor_units for part in Money(100, "EUR").split([1, 1, 1])] == [34, 33, 33]
    assert [part.minor_units for part in Money(10, "EUR").split([3, 4])] == [4, 6]


@pytest.mark.parametrize("weights", [[], [0, 0], [1, -1], [-1]])
def test_weights_that_mean_nothing_are_refused(weights: list[int]) -> None:
    with pytest.raises(MoneyError) as caught:
        Money(100, "EUR").split(weights)
    assert caught.value.code == "money.weights"


@given(AMOUNTS, CURRENCIES)
def test_the_plain_decimal_reads_back(amount: int, currency: str) -> None:
    money = Money(amount, currency)
    assert Money.parse(money.decimal(), currency) == money
    assert Money.parse(money.decimal().replace(".", ","), currency) == money


@given(st.integers(0, 10**9), st.decimals(0, 100, places=2))
def test_a_percentage_is_rounded_half_up_to_one_cent(amount: int, percent: Decimal) -> None:
    share = Money(amount, "EUR").percent(percent).minor_units
    assert abs(Decimal(share) - Decimal(amount) * percent / 100) <= Decimal("0.5")
    assert 0 <= share <= amount


def test_half_a_cent_goes_up() -> None:
    assert Money(5, "EUR").percent(Decimal(50)).minor_units == 3


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        pytest.param("49", "EUR", 4900, id="no decimals"),
        pytest.param(" 49.5 ", "EUR", 4950, id="one decimal and blanks"),
        pytest.param("49,00", "EUR", 4900, id="comma"),
        pytest.param("49.000", "EUR", 4900, id="zeros beyond the cents"),
        pytest.param("-0.01", "EUR", -1, id="below zero"),
        pytest.param("500", "JPY", 500, id="no minor unit"),
        pytest.param("1.234", "KWD", 1234, id="three digits"),
    ],
)
def test_amounts_people_write(text: str, currency: str, minor: int) -> None:
    assert Money.parse(text, currency).minor_units == minor


@pytest.mark.parametrize(
    "text", ["", "abc", "1.234,56", "1 000", "NaN", "sNaN", "Infinity", "1e9", "1e999999999", "1_000", "0x10", "٤٩"]
)
def test_what_is_not_an_amount_is_refused(text: str) -> None:
    with pytest.raises(MoneyError):
        Money.parse(text, "EUR")


@pytest.mark.parametrize(("text", "currency"), [("0.005", "EUR"), ("1.5", "JPY"), ("0.0001", "KWD")])
def test_more_decimals_than_the_currency_has_are_refused(text: str, currency: str) -> None:
    with pytest.raises(MoneyError) as caught:
        Money.parse(text, currency)
    assert caught.value.code == "money.precision"


def test_two_currencies_never_meet() -> None:
    euro, pound = Money(1, "EUR"), Money(1, "GBP")
    for attempt in (lambda: euro + pound, lambda: euro - pound, lambda: euro < pound, lambda: euro >= pound):
        with pytest.raises(MoneyError) as caught:
            attempt()
        assert caught.value.code == "money.mixed"


@pytest.mark.parametrize("wrong", [1.0, True, "1", None])
def test_only_whole_numbers_are_minor_units(wrong: object) -> None:
    with pytest.raises(MoneyError):
        Money(wrong, "EUR")  # type: ignore[arg-type]


@pytest.mark.parametrize("wrong", ["", "eur", "EURO", "€"])
def test_only_three_capital_letters_are_a_currency(wrong: str) -> None:
    with pytest.raises(MoneyError):
        Money(1, wrong)


@pytest.mark.parametrize(
    ("minor", "currency", "language", "shown"),
    [
        (4900, "EUR", "en", "€49.00"),
        (4900, "EUR", "fr", "49,00\u00a0€"),
        (123456789, "EUR", "en", "€1,234,567.89"),
        (123456789, "EUR", "fr", "1\u202f234\u202f567,89\u00a0€"),
        (-1, "GBP", "en", "-£0.01"),
        (500, "JPY", "en", "JPY\u00a0500"),
        (500, "JPY", "fr", "500\u00a0JPY"),
        (4900, "CHF", "fr", "49,00\u00a0CHF"),
    ],
)
def test_amounts_as_shoppers_read_them(minor: int, currency: str, language: str, shown: str) -> None:
    assert Money(minor, currency).format(language) == shown


@given(AMOUNTS, CURRENCIES)
def test_shown_amounts_keep_every_digit(amount: int, currency: str) -> None:
    for language in ("en", "fr"):
        digits = "".join(char for char in Money(amount, currency).format(language) if char.isdigit())
        assert int(digits) == abs(amount)
        assert len(digits) > minor_digits(currency)
