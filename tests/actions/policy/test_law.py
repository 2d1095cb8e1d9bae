"""Every row of law, just inside, at and outside its edge; the source of the rule is in the name of its tests."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from actions.policy.law import all_rows, law_of, row_of
from actions.policy.law.model import Period, Presumption, months_after
from actions.policy.law.reader import FOLDER, read_rows
from actions.policy.yaml_reader import PolicyError
from tests.actions.policy.law_cases import BUILDERS, country

CHECKS = [
    pytest.param(actual, expected, id=f"{row.source} ({row.id}): {name}")
    for row in all_rows()
    for name, actual, expected in BUILDERS[type(row.effect)](row)
]


@pytest.mark.parametrize(("actual", "expected"), CHECKS)
def test_law(actual: Callable[[], object], expected: object) -> None:
    assert actual() == expected


@pytest.mark.parametrize("row", all_rows(), ids=lambda row: row.id)
def test_every_row_is_tested_on_both_sides_of_its_edge_and_at_it(row: Any) -> None:
    names = [name for name, _, _ in BUILDERS[type(row.effect)](row)]
    assert {name.split(",")[0] for name in names} == {"inside", "edge", "outside"}


@pytest.mark.parametrize("row", all_rows(), ids=lambda row: row.id)
def test_a_row_binds_orders_from_its_first_day_on(row: Any) -> None:
    assert row in law_of(country(row), row.basis, row.valid_from).rows
    assert row not in law_of(country(row), row.basis, row.valid_from - timedelta(days=1)).rows


@pytest.mark.parametrize("row", all_rows(), ids=lambda row: row.id)
def test_a_row_says_in_both_languages_what_it_gives_and_where_it_stands(row: Any) -> None:
    english, french = row.sentence("en"), row.sentence("fr")
    assert english != french
    assert english.endswith(f" ({row.source}).")
    assert french.endswith(f" ({row.source}).")
    assert row_of(row.id) is row


def test_a_country_goes_before_its_union() -> None:
    on = date(2026, 11, 25)
    found = {where: law_of(where, "non_conformity", on).find(Presumption) for where in ("FR", "DE")}
    assert {where: row.id for where, row in found.items() if row} == {
        "FR": "fr.conformity.presumption",
        "DE": "eu.conformity.presumption",
    }


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [
        pytest.param(date(2024, 2, 29), 12, date(2025, 2, 28), id="a leap day"),
        pytest.param(date(2026, 8, 31), 6, date(2027, 2, 28), id="a short month"),
        pytest.param(date(2026, 12, 31), 1, date(2027, 1, 31), id="over the new year"),
        pytest.param(date(2026, 11, 30), 1, date(2026, 12, 30), id="into December"),
    ],
)
def test_months(start: date, months: int, end: date) -> None:
    assert months_after(start, months) == end


def test_a_period_that_ends_on_a_sunday_ends_on_the_monday() -> None:
    assert Period(14, rolls=True).last_day(date(2026, 11, 8), informed=True) == date(2026, 11, 23)
    assert Period(14).last_day(date(2026, 11, 8), informed=True) == date(2026, 11, 22)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        pytest.param("days: 14", "days: soon", "effect.days is 'soon'", id="a word for a number"),
        pytest.param("kind: own_terms", "kind: generosity", "effect.kind is 'generosity'", id="an unknown effect"),
        pytest.param("kind: own_terms", "kind: own_terms, days: 3", "effect.days is not known", id="a key too many"),
        pytest.param("where: FR", "where: Mars", "where is 'Mars'", id="an unknown place"),
        pytest.param("valid_from: 2000-01-01", "valid_from: long ago", "write a day such as", id="no day"),
        pytest.param("needs: [delivered_at, requested_at]", "needs: [mood]", "needs has 'mood'", id="an unknown fact"),
        pytest.param("after 10: 5 %", "after ten: 5 %", "write steps such as", id="a broken ladder"),
        pytest.param('fr: "Aucune loi', 'de: "Aucune loi', "says.fr is missing", id="a missing language"),
        pytest.param("grade: V", "grade: A", "grade is 'A'", id="an unknown grade"),
    ],
)
def test_a_mistake_in_the_rows_is_named_with_its_line(tmp_path: Path, old: str, new: str, says: str) -> None:
    for path in FOLDER.glob("*.yml"):
        text = path.read_text(encoding="utf-8")
        (tmp_path / path.name).write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(PolicyError) as refused:
        read_rows(tmp_path)
    assert any(says in problem for problem in refused.value.problems)


def test_a_row_that_stands_in_two_files_is_a_mistake(tmp_path: Path) -> None:
    for name in ("a.yml", "b.yml"):
        (tmp_path / name).write_text((FOLDER / "other.yml").read_text(encoding="utf-8"), encoding="utf-8")
    with pytest.raises(PolicyError, match="goodwill is in another file already"):
        read_rows(tmp_path)
