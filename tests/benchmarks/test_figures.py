"""The arithmetic of the understanding benchmarks."""

from __future__ import annotations

from collections import Counter
from datetime import date
from xml.etree import ElementTree as ET

import pytest

from benchmarks import pictures
from benchmarks.entities import Sentence, day, products, table
from benchmarks.understanding import OUT_OF_SCOPE, TASKS, Row, accuracy, macro_f1, taken_as_task

ROWS = [
    Row("a", "en", "track_order", "track_order", 0.9),
    Row("b", "en", "track_order", "cancel_order", 0.4),
    Row("c", "fr", OUT_OF_SCOPE, "track_order", 0.6),
    Row("d", "fr", OUT_OF_SCOPE, OUT_OF_SCOPE, 0.2, acts=False),
]


def test_accuracy_and_its_relatives() -> None:
    assert accuracy(ROWS) == 0.5
    assert accuracy([]) == 0.0
    assert macro_f1(ROWS) == pytest.approx((0.5 + 2 / 3) / 2)
    assert taken_as_task(ROWS) == 0.5


@pytest.mark.parametrize(
    ("threshold", "expected"),
    [(0.0, (0 + 3 * 2) / 4), (0.3, (1 + 3 * 2) / 4), (0.5, (2 + 3 * 1) / 4), (0.7, (3 + 0) / 4), (1.0, 1.0)],
)
def test_a_question_costs_one_and_a_wrong_task_three(threshold: float, expected: float) -> None:
    assert pictures.cost(ROWS, TASKS, threshold, 3) == pytest.approx(expected)


def test_the_pictures_are_well_formed_and_hold_every_label() -> None:
    drawn = pictures.all_of(ROWS, OUT_OF_SCOPE, TASKS)
    texts = {name: [node.text for node in ET.fromstring(svg).iter() if node.text] for name, svg in drawn.items()}
    assert set(drawn) == {"confusion.svg", "labels.svg", "thresholds.svg"}
    assert {"track_order (2)", "out_of_scope (2)", "cancel_order (0)"} <= set(texts["confusion.svg"])


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("today", "2026-03-04"),
        ("today-3", "2026-03-01"),
        ("today-1m", "2026-02-04"),
        ("last-wed", "2026-02-25"),
        ("last-tue", "2026-03-03"),
        ("past-03-04", "2026-03-04"),
        ("past-03-05", "2025-03-05"),
        ("2025-04-02", "2025-04-02"),
    ],
)
def test_days_relative_to_the_run(written: str, expected: str) -> None:
    assert day(written, date(2026, 3, 4)) == expected


def test_facts_are_counted_one_by_one() -> None:
    row = Sentence("en", "", Counter({("email", "a"): 1, ("email", "b"): 1}), Counter({("email", "a"): 1}))
    assert table([row])[1].split() == ["email", "both", "2", "1.000", "0.500", "0.667"]


def test_products_are_matched_as_labelled_but_for_few() -> None:
    rows = products()
    assert len(rows) >= 100
    assert sum(row.expected == row.found for row in rows) / len(rows) >= 0.95
