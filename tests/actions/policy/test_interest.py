"""Legal interest: rates as data with their first day and source, and sums across a change of rate."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import pytest

from actions.policy.law.interest import all_rates, interest, rate_on, read_rates
from actions.policy.yaml_reader import PolicyError


def test_every_half_year_since_the_first_has_one_rate_with_its_source() -> None:
    for before, after in pairwise(all_rates()):
        assert timedelta(days=180) < after.valid_from - before.valid_from < timedelta(days=185)
    assert all(rate.source and 0 < rate.hundredths < 2000 for rate in all_rates())


@pytest.mark.parametrize(
    ("day", "hundredths"),
    [
        pytest.param(date(2025, 12, 31), 665, id="Arrêté ECOT2516925A, its last day"),
        pytest.param(date(2026, 1, 1), 667, id="Arrêté du 15 décembre 2025, its first day"),
        pytest.param(date(2031, 5, 5), 667, id="the last known rate counts on"),
        pytest.param(date(2022, 12, 31), None, id="before the first"),
    ],
)
def test_the_rate_of_a_day(day: date, hundredths: int | None) -> None:
    rate = rate_on("fr_consumer", day)
    assert (rate.hundredths if rate else None) == hundredths


def test_each_day_grows_at_its_own_rate() -> None:
    # 30 and 31 December at 6.65 %, 1 to 3 January at 6.67 %.
    grown = interest(100_000, "fr_consumer", date(2025, 12, 29), date(2026, 1, 3))
    assert grown == Fraction(100_000 * (2 * 665 + 3 * 667), 10_000 * 365)
    assert interest(100_000, "fr_consumer", date(2026, 2, 1), date(2026, 2, 1)) == 0


def test_a_rate_that_cannot_be_read_is_named_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "fr.yml").write_text(
        "a:\n  series: fr_consumer\n  valid_from: 2026-07-01\n  percent: 6.7\n  source: x\n  grade: K\n"
    )
    with pytest.raises(PolicyError, match="percent"):
        read_rates(tmp_path)
