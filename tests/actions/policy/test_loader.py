"""The policy file: what it gives, and what is said about mistakes in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from actions.policy.loader import check, load
from actions.policy.yaml_reader import PolicyError
from tests.actions.policy.cases import EXAMPLE


def changed(tmp_path: Path, old: str, new: str) -> Path:
    text = EXAMPLE.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path = tmp_path / "policy.yml"
    path.write_text(text.replace(old, new), encoding="utf-8")
    return path


def line_of(path: Path, start: str, *, anywhere: bool = False) -> int:
    lines = path.read_text(encoding="utf-8").splitlines()
    return next(
        number
        for number, text in enumerate(lines, 1)
        if text.strip().startswith(start) or (anywhere and text.strip().endswith(start))
    )


def test_the_example_is_in_order() -> None:
    assert check(EXAMPLE) == []
    policy = load(EXAMPLE)
    assert policy.window.days == 30
    assert policy.returnless.max_value_minor["EUR"] == 1500
    assert policy.exclusions.tags == {"personalised", "final_sale"}
    assert policy.clauses["window"]["fr"]
    assert policy.lines["window.days"] == line_of(EXAMPLE, "days: 30")


@pytest.mark.parametrize(
    ("old", "new", "at", "says"),
    [
        pytest.param("  days: 30", "  days: thirty", "days: thirty", "window.days is 'thirty'", id="not a number"),
        pytest.param("  days: 30", "  days: -1", "days: -1", "from 0 to 3650", id="below zero"),
        pytest.param("  days: 30", "  dayz: 30", "dayz", "window.dayz is not known", id="a typing error"),
        pytest.param("  days: 30", "  days: 30\n  days: 31", "days: 31", "written twice", id="twice"),
        pytest.param("  days: 30", "  days: [30]", "days: [30]", "write one value", id="a list for a number"),
        pytest.param("    EUR: 15.00", "    EUR: 15.005", "EUR: 15.005", "more decimals", id="half a cent"),
        pytest.param("    EUR: 15.00", "    EUR: cheap", "EUR: cheap", "not an amount", id="not an amount"),
        pytest.param("    EUR: 15.00", "    EUR: -15", "EUR: -15", "below zero", id="a negative amount"),
        pytest.param("    EUR: 15.00", "    eur: 15.00", "eur: 15.00", "not an ISO 4217", id="small letters"),
        pytest.param("[damaged, ", "[broken, ", "reasons:", "choose from damaged", id="an unknown reason"),
        pytest.param("changed_mind: shopper", "changed_mind: nobody", "changed_mind: nobody", "shop", id="payer"),
        pytest.param("categories: [hygiene]", "categories: hygiene", "categories:", "write a list", id="no list"),
        pytest.param("refund_days: 5", "refund_days: 0", "refund_days: 0", "from 1 to 60", id="no days"),
        pytest.param("  window:\n    en:", "  windows:\n    en:", "windows:", "clauses.windows", id="unknown clause"),
    ],
)
def test_each_mistake_is_named_with_its_line(tmp_path: Path, old: str, new: str, at: str, says: str) -> None:
    path = changed(tmp_path, old, new)
    problems = check(path)
    assert any(problem.startswith(f"{path}:{line_of(path, at)}: ") and says in problem for problem in problems), (
        problems
    )
    with pytest.raises(PolicyError):
        load(path)


def test_a_missing_section_is_one_problem(tmp_path: Path) -> None:
    path = changed(tmp_path, "window:\n  # Days", "windows:\n  # Days")
    missing, unknown = check(path)
    assert missing == f"{path}:1: window is missing; see policy.example.yml."
    assert unknown.startswith(f"{path}:{line_of(path, 'windows:')}: windows is not known")


def test_all_mistakes_are_shown_at_once(tmp_path: Path) -> None:
    text = (
        EXAMPLE.read_text(encoding="utf-8").replace("days: 30", "days: x").replace("refund_days: 5", "refund_days: y")
    )
    path = tmp_path / "policy.yml"
    path.write_text(text, encoding="utf-8")
    assert len(check(path)) == 2


@pytest.mark.parametrize(
    ("old", "new", "source"),
    [
        pytest.param("  days: 30", "  days: 13", "2011/83/EU", id="window below the law"),
        pytest.param("non_conformity_days: 730", "non_conformity_days: 365", "2019/771", id="fault below the law"),
        pytest.param("deadline_days: 14", "deadline_days: 13", "2011/83/EU", id="too little time to send"),
        pytest.param("refund_days: 5", "refund_days: 15", "2011/83/EU", id="too long for the money"),
        pytest.param("  damaged: shop", "  damaged: shopper", "2019/771", id="the shopper pays for a fault"),
    ],
)
def test_going_below_the_law_loads_but_is_reported(tmp_path: Path, old: str, new: str, source: str) -> None:
    path = changed(tmp_path, old, new)
    (problem,) = check(path)
    assert problem.startswith(f"{path}:{line_of(path, new.strip(), anywhere=True)}: ")
    assert source in problem
    load(path)


def test_exactly_the_law_is_fine(tmp_path: Path) -> None:
    assert check(changed(tmp_path, "  days: 30", "  days: 14")) == []


@pytest.mark.parametrize(
    ("content", "says"),
    [
        pytest.param(b"", ":1: the file is empty", id="empty"),
        pytest.param(b"- a\n", ":1: the file is empty or not a set of keys", id="a list"),
        pytest.param(b"window: [1,\n", ":2: this is not YAML", id="broken YAML"),
        pytest.param(b"\xff\xfe\x00", "cannot be read", id="binary"),
    ],
)
def test_files_that_are_no_policy(tmp_path: Path, content: bytes, says: str) -> None:
    path = tmp_path / "policy.yml"
    path.write_bytes(content)
    assert says in check(path)[0]


def test_a_missing_file(tmp_path: Path) -> None:
    assert "copy policy.example.yml" in check(tmp_path / "none.yml")[0]


def test_yaml_cannot_build_objects(tmp_path: Path) -> None:
    path = changed(tmp_path, "  days: 30", "  days: !!python/object/apply:os.getcwd []")
    assert "write one value" in check(path)[0]


EXTRAS = """
outcomes:
  wrong_size: [refund, store_credit]
fee_percent:
  changed_mind: 10
shoppers:
  trusted: [Camille@Example.com]
  watched: []
"""


def extended(tmp_path: Path, old: str = "", new: str = "") -> Path:
    lines = EXAMPLE.read_text(encoding="utf-8").splitlines()
    text = "\n".join(text for text in lines if not text.strip().startswith("#")) + EXTRAS
    window = "  by_market: {US: 20}\n  by_category: {electronics: 15}\n  by_reason: {wrong_size: 45}\n"
    text = text.replace("  transit_days: 10\n", f"  transit_days: 10\n{window}")
    path = tmp_path / "policy.yml"
    assert text.count(old) == 1 or not old
    path.write_text(text.replace(old, new) if old else text, encoding="utf-8")
    return path


def test_keys_that_may_be_left_out(tmp_path: Path) -> None:
    path = extended(tmp_path)
    assert check(path) == []
    policy = load(path)
    assert policy.window.by_market == {"US": 20}
    assert policy.window.by_category == {"electronics": 15}
    assert policy.fee_percent == {"changed_mind": 10}
    assert policy.outcomes["wrong_size"] == {"refund", "store_credit"}
    assert policy.outcomes["damaged"] == {"refund", "replacement"}
    assert policy.shoppers.standing(" camille@example.COM ") == "trusted"
    assert policy.lines["window.by_reason.wrong_size"] == line_of(path, "by_reason")


@pytest.mark.parametrize(
    ("old", "new", "key", "row"),
    [
        ("electronics: 15", "electronics: 13", "window.by_category.electronics", "eu.withdrawal.period"),
        ("wrong_size: 45", "wrong_size: 7", "window.by_reason.wrong_size", "eu.withdrawal.period"),
        ("{US: 20}", "{FR: 10}", "window.by_market.FR", "eu.withdrawal.period"),
        ("{US: 20}", "{GB: 10}", "window.by_market.GB", "uk.withdrawal.period"),
        ("  changed_mind: 10", "  damaged: 10", "fee_percent.damaged", "eu.conformity.no_fee"),
        ("[refund, store_credit]", "[store_credit]", "outcomes.wrong_size", "eu.withdrawal.refund"),
        ("wrong_size: [refund, store_credit]", "damaged: [refund]", "outcomes.damaged", "eu.conformity.remedies"),
        ("  return_cost: yes", "  return_cost: no", "who_pays_return.changed_mind", "eu.withdrawal.return_cost"),
    ],
)
def test_a_policy_below_the_law_is_refused_with_the_row_it_breaks(
    tmp_path: Path, old: str, new: str, key: str, row: str
) -> None:
    path = extended(tmp_path, old, new)
    problem = check(path)[0]
    assert f": {key} " in problem
    assert f"(row {row})" in problem
    load(path)


def test_a_market_without_a_statute_may_have_fewer_days(tmp_path: Path) -> None:
    assert check(extended(tmp_path, "{US: 20}", "{US: 5}")) == []


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        pytest.param("wrong_size: 45", "boredom: 45", "window.by_reason.boredom is no reason", id="an unknown reason"),
        pytest.param("changed_mind: 10", "changed_mind: 101", "from 0 to 100", id="more than all"),
        pytest.param("[refund, store_credit]", "[flowers]", "choose from refund", id="an unknown offer"),
        pytest.param("  withdrawal: yes", "  withdrawal: maybe", "choose from no, yes", id="neither yes nor no"),
        pytest.param("  watched: []", "  hated: []", "shoppers.watched is missing", id="an unknown list"),
    ],
)
def test_mistakes_in_them(tmp_path: Path, old: str, new: str, says: str) -> None:
    assert any(says in problem for problem in check(extended(tmp_path, old, new)))
