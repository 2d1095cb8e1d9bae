"""Questions about the policy, and reasons of decisions, as phrases with parameters."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from actions.policy.answers import answer, explain, shown_date
from actions.policy.engine import decide
from tests.actions.policy.cases import NOW, example, facts, line, with_window

TODAY = NOW.date()


@pytest.mark.parametrize(
    ("topic", "changes", "expected"),
    [
        ("window", {}, ("utter_policy_window", {"days": 30})),
        ("return_cost", {}, ("utter_policy_return_cost_shopper", {})),
        ("return_cost", {"reason": "damaged"}, ("utter_policy_return_cost_shop", {})),
        ("return_cost", {"reason": "wrong_size"}, ("utter_policy_return_cost_shop", {})),
        ("refund_time", {}, ("utter_policy_refund_time", {"days": 5})),
        ("where_to_send", {}, ("utter_policy_where_to_send", {})),
        (
            "where_to_send",
            {"return_address": "1 Road, Town", "rma_number": "R-1"},
            ("utter_policy_where_to_send_case", {"address": "1 Road, Town", "rma_number": "R-1"}),
        ),
        ("where_to_send", {"return_address": "1 Road, Town"}, ("utter_policy_where_to_send", {})),
        ("summary", {}, ("utter_policy_summary", {"days": 30, "refund_days": 5, "deadline_days": 14})),
    ],
)
def test_answers_come_from_the_policy(
    topic: Any, changes: dict[str, Any], expected: tuple[str, dict[str, Any]]
) -> None:
    assert answer(example(), topic, country="FR", on=TODAY, **changes) == expected


@pytest.mark.parametrize(("country", "days"), [("FR", 14), ("GB", 14), ("US", 7)])
def test_a_window_below_the_law_is_not_repeated_to_shoppers(country: str, days: int) -> None:
    assert answer(with_window(7), "window", country=country, on=TODAY)[1] == {"days": days}


@pytest.mark.parametrize(
    ("language", "delivered", "clause"), [("fr", "19/09/2026", "Les retours"), ("en", "19 Sep 2026", "Returns are")]
)
def test_a_refusal_shows_date_and_clause_in_the_shoppers_language(language: str, delivered: str, clause: str) -> None:
    decision = decide(facts(reason="changed_mind", days_ago=65), example())
    response, shown = explain(decision, example(), language)
    assert response == "utter_refused_window"
    assert shown["delivered"] == delivered
    assert shown["days"] == 30
    assert shown["clause"].startswith(clause)


def test_a_refusal_on_the_laws_line_quotes_the_law() -> None:
    policy = with_window(7)
    _, shown = explain(decide(facts(reason="changed_mind", days_ago=17), policy), policy, "en")
    assert shown["days"] == 14
    assert "2011/83/EU" in shown["clause"]


def test_amounts_are_written_as_the_shopper_reads_them() -> None:
    decision = decide(facts(), example())
    assert explain(decision, example(), "fr") == ("utter_decided_keep_item", {"amount": "9,90\u00a0€", "days": 5})
    assert explain(decision, example(), "en")[1]["amount"] == "€9.90"


def test_other_refusals_and_reviews() -> None:
    ring = facts(reason="changed_mind", lines=(line(name="Engraved ring", tags=("personalised",)),))
    response, shown = explain(decide(ring, example()), example(), "en")
    assert (response, shown["item"]) == ("utter_refused_excluded", "Engraved ring")
    travelling = facts(reason="not_received", days_ago=None, fulfilled_at=NOW - timedelta(days=4))
    response, shown = explain(decide(travelling, example()), example(), "en")
    assert (response, shown["until"]) == ("utter_refused_not_yet", "3 Dec 2026")
    assert (
        explain(decide(facts(already_refunded_minor=1480), example()), example(), "en")[0]
        == "utter_refused_nothing_left"
    )
    assert explain(decide(facts(paid=50000), example()), example(), "en") == ("utter_case_in_review", {})


def test_dates() -> None:
    assert shown_date(date(2026, 11, 3), "fr") == "03/11/2026"
    assert shown_date(date(2026, 11, 3), "en") == "3 Nov 2026"
