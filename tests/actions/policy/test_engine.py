"""The decision as a whole."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actions.policy.engine import RULES, decide
from actions.policy.law import EEA, row_of
from actions.policy.model import REASONS
from actions.policy.rules.base import SENTENCES
from tests.actions.policy.cases import NOW, example, facts, line, result, with_window


@pytest.mark.parametrize(
    ("reason", "country", "days_ago", "basis"),
    [
        pytest.param("damaged", "FR", 400, "non_conformity", id="damaged"),
        pytest.param("defective", "US", 5, "non_conformity", id="defective"),
        pytest.param("wrong_item", "FR", 5, "non_conformity", id="wrong item"),
        pytest.param("not_as_described", "FR", 5, "non_conformity", id="not as described"),
        pytest.param("not_received", "FR", None, "transport_risk", id="lost"),
        pytest.param("wrong_size", "FR", 14, "withdrawal", id="wrong size on the last day"),
        pytest.param("wrong_size", "FR", 15, "withdrawal", id="its last day was a Sunday"),
        pytest.param("wrong_size", "FR", 17, "goodwill", id="wrong size after it"),
        pytest.param("changed_mind", "FR", None, "withdrawal", id="before it has come"),
        pytest.param("changed_mind", "GB", 3, "withdrawal", id="Britain"),
        pytest.param("changed_mind", "US", 3, "goodwill", id="no federal right in the United States"),
        pytest.param("other", "FR", 3, "withdrawal", id="no reason is needed"),
    ],
)
def test_legal_basis_comes_first(reason: Any, country: str, days_ago: int | None, basis: str) -> None:
    assert decide(facts(reason=reason, country=country, days_ago=days_ago), example()).legal_basis == basis


def test_broken_mug_with_photos_is_paid_at_once_and_stays() -> None:
    decision = decide(facts(), example())
    assert (decision.outcome, decision.refund_minor) == ("refund_without_return", 990)
    assert decision.reason_response == "utter_decided_keep_item"


def test_broken_mug_without_photos_comes_back() -> None:
    decision = decide(facts(photo_checks=(), photos_count=0), example())
    assert decision.outcome == "return"
    assert decision.reason_response == "utter_decided_return_shop"


def test_wrong_size_comes_back_and_the_outbound_shipping_too() -> None:
    decision = decide(facts(paid=4900, reason="wrong_size"), example())
    assert (decision.outcome, decision.refund_minor) == ("return", 4900 + 490)


def test_part_of_an_order_gives_no_outbound_shipping_back() -> None:
    decision = decide(facts(paid=4900, reason="changed_mind", whole_order=False), example())
    assert decision.refund_minor == 4900


def test_lost_parcel_is_paid_with_its_shipping_and_needs_no_photo() -> None:
    lost = facts(paid=2990, reason="not_received", days_ago=None, photo_checks=(), photos_count=0)
    decision = decide(
        replace(lost, tracking_last_event_at=NOW - timedelta(days=24), fulfilled_at=NOW - timedelta(days=27)), example()
    )
    assert (decision.outcome, decision.refund_minor) == ("refund_without_return", 2990 + 490)
    assert decision.reason_response == "utter_decided_not_received"


def test_who_asks_for_another_one_of_what_was_lost_is_not_told_of_money() -> None:
    lost = facts(reason="not_received", days_ago=None, desired_outcome="replacement")
    decision = decide(replace(lost, fulfilled_at=NOW - timedelta(days=40)), example())
    assert (decision.outcome, decision.reason_response) == ("replacement", "utter_decided_replacement")


def test_above_the_limit_a_person_decides_on_what_the_policy_proposes() -> None:
    decision = decide(facts(paid=18900), example())
    assert (decision.outcome, decision.proposed_outcome) == ("needs_person", "return")
    assert decision.reason_response == "utter_case_in_review"


def test_a_refusal_pays_nothing_and_says_why() -> None:
    decision = decide(facts(paid=2400, reason="changed_mind", days_ago=65), example())
    assert (decision.outcome, decision.refund_minor) == ("refused", 0)
    assert decision.reason_response == "utter_refused_window"
    assert decision.parameters["window_days"] == 30


def test_all_rules_speak_even_after_a_refusal() -> None:
    decision = decide(facts(paid=20000, reason="changed_mind", days_ago=65, open_chargeback=True), example())
    assert [item.id for item in decision.rules] == [rule.id for rule in RULES]
    assert {item.id for item in decision.rules if item.result == "person"} == {"order_state", "automatic_refund_limit"}
    assert decision.outcome == "refused"


def test_a_wish_that_the_policy_offers_needs_no_person_and_any_other_is_proposed_to_one() -> None:
    offered = decide(facts(desired_outcome="replacement"), example())
    assert (offered.outcome, offered.reason_response) == ("replacement", "utter_decided_replacement")
    other = decide(facts(desired_outcome="store_credit"), example())
    assert (other.outcome, other.proposed_outcome) == ("needs_person", "store_credit")


def test_rule_names_are_unique_and_refusals_have_words() -> None:
    assert len({rule.id for rule in RULES}) == len(RULES)
    assert all(rule.response.startswith("utter_") for rule in RULES)


CASES = st.builds(
    lambda reason, country, days, paid, refunded, photos, before, whole: facts(
        paid=paid,
        days_ago=days,
        reason=reason,
        country=country,
        already_refunded_minor=refunded,
        photo_checks=tuple(photos),
        photos_count=len(photos),
        returnless_before=before,
        whole_order=whole,
    ),
    st.sampled_from(REASONS),
    st.sampled_from(["FR", "DE", "GB", "US", "NO", "CH"]),
    st.none() | st.integers(0, 900),
    st.integers(1, 50000),
    st.integers(0, 60000),
    st.lists(st.sampled_from(["ok", "ask_again", "person"]), max_size=4),
    st.integers(0, 4),
    st.booleans(),
)


@given(CASES)
def test_money_never_exceeds_what_is_left_of_the_order(case: Any) -> None:
    decision = decide(case, example())
    assert 0 <= decision.refund_minor <= max(0, case.total_minor - case.already_refunded_minor)
    assert decision == decide(case, example())


@given(CASES, st.integers(0, 40))
def test_no_policy_takes_the_fourteen_days_away(case: Any, window: int) -> None:
    days = None if case.delivered_at is None else (NOW - case.delivered_at).days
    within = case.delivered_at is not None and days is not None and days <= 14
    if case.country in EEA and case.reason in ("changed_mind", "wrong_size", "other") and within:
        decision = decide(replace(case, already_refunded_minor=0), with_window(window))
        assert decision.outcome != "refused"
        assert result(decision, "photos") == "info"


@given(CASES)
def test_a_fault_is_never_excluded(case: Any) -> None:
    excluded = replace(case, lines=(line(tags=("personalised", "final_sale"), category="hygiene"),))
    decision = decide(excluded, example())
    if decision.legal_basis == "non_conformity":
        assert result(decision, "exclusions") == "info"
        assert decision.who_pays_return == "shop"


@given(CASES)
def test_every_word_of_a_decision_has_a_known_ground(case: Any) -> None:
    keys = {"window", "exclusions", "returnless", "automatic_refund_limit", "who_pays_return", "shoppers"}
    for item in decide(case, example()).rules:
        known = row_of(item.ground) is not None or item.ground in SENTENCES
        assert known or item.ground.partition(".")[0] in keys | {"not_received_after_days"}, item
