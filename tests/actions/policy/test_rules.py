"""Each rule just inside, at and outside its edge."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from actions.policy.engine import decide
from actions.policy.model import Window
from tests.actions.policy.cases import NOW, example, facts, judged, line, result, with_window


@pytest.mark.parametrize(
    ("reason", "country", "policy_days", "days_ago", "expected"),
    [
        pytest.param("changed_mind", "FR", 30, 29, "accept", id="inside the shop's window"),
        pytest.param("changed_mind", "FR", 30, 30, "accept", id="the last day counts"),
        pytest.param("changed_mind", "FR", 30, 31, "refuse", id="the day after"),
        pytest.param("changed_mind", "FR", 7, 13, "accept", id="below the law, inside the law"),
        pytest.param("changed_mind", "FR", 7, 14, "accept", id="below the law, its last day"),
        pytest.param("changed_mind", "FR", 7, 17, "refuse", id="below the law, after it"),
        pytest.param("wrong_size", "GB", 7, 14, "accept", id="Britain has 14 days too"),
        pytest.param("changed_mind", "NO", 7, 14, "accept", id="the EEA has 14 days too"),
        pytest.param("changed_mind", "US", 7, 8, "refuse", id="no statute, the shop's own window"),
        pytest.param("changed_mind", "US", 7, 7, "accept", id="no statute, its last day"),
        pytest.param("damaged", "FR", 30, 730, "accept", id="two years for a fault"),
        pytest.param("defective", "FR", 30, 731, "refuse", id="two years and a day"),
        pytest.param("wrong_item", "FR", 0, 100, "accept", id="a fault does not know the shop's window"),
    ],
)
def test_window(reason: Any, country: str, policy_days: int, days_ago: int, expected: str) -> None:
    assert judged("window", with_window(policy_days), reason=reason, country=country, days_ago=days_ago) == expected


def test_a_fault_window_below_the_law_is_lifted() -> None:
    decision = decide(facts(days_ago=400), with_window(30, non_conformity_days=90))
    window = next(item for item in decision.rules if item.id == "window")
    assert window.result == "accept"
    assert "2019/771" in window.clause
    assert window.facts["window_days"] == 730


def test_an_unknown_delivery_date_is_estimated_and_never_refuses_by_itself() -> None:
    sent: dict[str, Any] = {"days_ago": None, "reason": "changed_mind"}
    assert judged("window", fulfilled_at=NOW - timedelta(days=40), **sent) == "accept"
    assert judged("window", fulfilled_at=NOW - timedelta(days=41), **sent) == "person"
    assert judged("window", fulfilled_at=None, **sent) == "accept"


def test_the_day_is_counted_by_the_calendar() -> None:
    late = NOW.replace(hour=0, minute=5)
    assert judged("window", reason="changed_mind", delivered_at=late - timedelta(days=30, minutes=-1)) == "accept"
    assert judged("window", reason="changed_mind", delivered_at=late - timedelta(days=31)) == "refuse"


@pytest.mark.parametrize(
    ("reason", "country", "days_ago", "tags", "category", "opened", "expected"),
    [
        pytest.param("changed_mind", "FR", 5, (), "kitchen", None, "accept", id="an ordinary product"),
        pytest.param("changed_mind", "FR", 5, ("personalised",), "kitchen", None, "refuse", id="made for the shopper"),
        pytest.param("damaged", "FR", 5, ("personalised",), "kitchen", None, "info", id="but broken"),
        pytest.param("wrong_item", "FR", 5, ("final_sale",), "kitchen", None, "info", id="final sale, wrong item"),
        pytest.param("changed_mind", "FR", 5, ("final_sale",), "kitchen", None, "info", id="no final sale in 14 days"),
        pytest.param("changed_mind", "FR", 20, ("final_sale",), "kitchen", None, "refuse", id="final sale later"),
        pytest.param("changed_mind", "US", 5, ("final_sale",), "kitchen", None, "refuse", id="final sale elsewhere"),
        pytest.param("changed_mind", "FR", 5, (), "hygiene", None, "person", id="is the seal intact?"),
        pytest.param("changed_mind", "FR", 5, (), "hygiene", True, "refuse", id="unsealed"),
        pytest.param("changed_mind", "FR", 5, (), "hygiene", False, "accept", id="sealed"),
        pytest.param("changed_mind", "FR", 20, (), "hygiene", None, "refuse", id="hygiene after the 14 days"),
        pytest.param("wrong_size", "FR", 5, ("hygiene",), "jewellery", None, "person", id="category given as a tag"),
    ],
)
def test_exclusions(
    reason: Any, country: str, days_ago: int, tags: tuple[str, ...], category: str, opened: bool | None, expected: str
) -> None:
    lines = (line(tags=tags, category=category),)
    assert (
        judged("exclusions", reason=reason, country=country, days_ago=days_ago, lines=lines, opened=opened) == expected
    )


def test_one_excluded_line_among_others_is_sorted_out_by_a_person() -> None:
    lines = (line(), line(sku="RING", name="Engraved ring", tags=("personalised",)))
    assert judged("exclusions", reason="changed_mind", lines=lines) == "person"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({"paid": 1499}, "accept", id="below the value"),
        pytest.param({"paid": 1500}, "accept", id="at the value"),
        pytest.param({"paid": 1501}, "info", id="above the value"),
        pytest.param({"photo_checks": ("ok",), "photos_count": 1}, "info", id="one photo too few"),
        pytest.param({"photo_checks": ("ok", "ask_again")}, "info", id="an unclear photo does not count"),
        pytest.param({"returnless_before": 1}, "accept", id="second in the period"),
        pytest.param({"returnless_before": 2}, "info", id="third in the period"),
        pytest.param({"reason": "changed_mind"}, "info", id="not for a change of mind"),
        pytest.param({"currency": "CHF"}, "info", id="a currency the policy does not name"),
        pytest.param({"reason": "not_received", "paid": 5000}, "accept", id="what never came cannot come back"),
    ],
)
def test_returnless(changes: dict[str, Any], expected: str) -> None:
    assert judged("returnless", **changes) == expected


def test_returnless_names_every_condition_that_misses() -> None:
    decision = decide(facts(paid=5000, photo_checks=(), photos_count=0, returnless_before=9), example())
    keep = next(item for item in decision.rules if item.id == "returnless")
    assert keep.facts["missing"] == ["value", "photos", "per_shopper"]


@pytest.mark.parametrize(
    ("paid", "reason", "expected"),
    [
        pytest.param(10000, "damaged", "accept", id="at the limit"),
        pytest.param(10001, "damaged", "person", id="a cent above"),
        pytest.param(9510, "changed_mind", "accept", id="with shipping at the limit"),
        pytest.param(9511, "changed_mind", "person", id="with shipping a cent above"),
    ],
)
def test_automatic_limit(paid: int, reason: Any, expected: str) -> None:
    assert judged("automatic_refund_limit", paid=paid, reason=reason) == expected


def test_a_currency_without_a_limit_is_never_automatic() -> None:
    assert judged("automatic_refund_limit", currency="CHF") == "person"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({"silent": 13}, "refuse", id="a day too early"),
        pytest.param({"silent": 14}, "accept", id="on the day"),
        pytest.param({"silent": 60}, "accept", id="long after"),
        pytest.param({"silent": 3, "tracking_status": "lost"}, "accept", id="the carrier says lost"),
        pytest.param({"silent": 3, "tracking_status": "returned_to_sender"}, "accept", id="on its way back"),
        pytest.param({"silent": 60, "tracking_status": "delivered"}, "person", id="the carrier says delivered"),
        pytest.param({"silent": 60, "delivered_at": NOW - timedelta(days=2)}, "person", id="a delivery date"),
    ],
)
def test_not_received(changes: dict[str, Any], expected: str) -> None:
    silent = timedelta(days=changes.pop("silent"))
    moves: dict[str, Any] = {"fulfilled_at": NOW - timedelta(days=90), "tracking_last_event_at": NOW - silent}
    assert judged("not_received", reason="not_received", days_ago=None, **moves, **changes) == expected


def test_without_any_scan_the_dispatch_counts() -> None:
    lost: dict[str, Any] = {"reason": "not_received", "days_ago": None}
    assert judged("not_received", fulfilled_at=NOW - timedelta(days=14), **lost) == "accept"
    assert judged("not_received", fulfilled_at=NOW - timedelta(days=13), **lost) == "refuse"


def test_an_order_that_was_never_sent() -> None:
    unsent: dict[str, Any] = {"reason": "not_received", "days_ago": None, "fulfilled_at": None, "tracking_status": None}
    assert judged("not_received", placed_at=NOW - timedelta(days=30), **unsent) == "person"
    assert judged("not_received", placed_at=NOW - timedelta(days=31), **unsent) == "accept"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({}, "accept", id="nothing given back yet"),
        pytest.param({"already_refunded_minor": 490}, "accept", id="what is left is just enough"),
        pytest.param({"already_refunded_minor": 491}, "person", id="less is left than is claimed"),
        pytest.param({"already_refunded_minor": 1480}, "refuse", id="nothing left"),
        pytest.param({"already_refunded_minor": 2000}, "refuse", id="more than all"),
        pytest.param({"lines": (), "claim_minor": 0}, "refuse", id="nothing claimed"),
    ],
)
def test_ceiling(changes: dict[str, Any], expected: str) -> None:
    assert judged("ceiling", **changes) == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({"photo_checks": ("ok", "person")}, "person", id="a doubt"),
        pytest.param({"photo_checks": (), "photos_count": 0}, "info", id="no photo"),
        pytest.param({"photo_checks": ("person",), "reason": "changed_mind"}, "info", id="never for a withdrawal"),
        pytest.param({"photo_checks": ("person",), "reason": "wrong_size"}, "info", id="wrong size is a withdrawal"),
    ],
)
def test_photos(changes: dict[str, Any], expected: str) -> None:
    assert judged("photos", **changes) == expected


def test_order_state() -> None:
    assert judged("order_state") == "accept"
    assert judged("order_state", order_cancelled=True) == "person"
    assert judged("order_state", open_chargeback=True) == "person"
    assert judged("order_state", unpaid=True) == "person"


@pytest.mark.parametrize(
    ("wish", "expected"),
    [(None, "info"), ("return", "info"), ("replacement", "accept"), ("store_credit", "person")],
)
def test_wish(wish: Any, expected: str) -> None:
    assert judged("wish", desired_outcome=wish) == expected


@pytest.mark.parametrize(
    ("reason", "country", "payer"),
    [
        pytest.param("changed_mind", "FR", "shopper", id="a change of mind"),
        pytest.param("wrong_size", "FR", "shop", id="the shop is more generous"),
        pytest.param("damaged", "FR", "shop", id="a fault"),
        pytest.param("damaged", "US", "shop", id="a fault elsewhere"),
    ],
)
def test_return_cost(reason: Any, country: str, payer: str) -> None:
    decision = decide(facts(reason=reason, country=country), example())
    assert decision.who_pays_return == payer
    assert result(decision, "return_cost") == "info"


WINDOWS = replace(
    example(),
    window=Window(
        days=30,
        non_conformity_days=730,
        transit_days=10,
        by_market={"US": 20},
        by_category={"electronics": 25},
        by_reason={"wrong_size": 45},
        by_tag={"xmas": 60},
    ),
)


@pytest.mark.parametrize(
    ("reason", "country", "category", "tags", "days"),
    [
        pytest.param("changed_mind", "FR", "kitchen", (), 30, id="the general days"),
        pytest.param("changed_mind", "US", "kitchen", (), 20, id="a market"),
        pytest.param("wrong_size", "US", "kitchen", (), 45, id="a reason before a market"),
        pytest.param("wrong_size", "US", "electronics", (), 25, id="a category before a reason"),
        pytest.param("wrong_size", "US", "electronics", ("xmas",), 60, id="a tag before a category"),
    ],
)
def test_the_window_that_fits_most_closely(
    reason: Any, country: str, category: str, tags: tuple[str, ...], days: int
) -> None:
    lines = (line(category=category, tags=tags),)
    case: dict[str, Any] = {"reason": reason, "country": country, "lines": lines}
    assert judged("window", WINDOWS, days_ago=days, **case) == "accept"
    assert judged("window", WINDOWS, days_ago=days + 1, **case) == "refuse"


def test_lines_with_different_windows_are_sorted_out_by_a_person() -> None:
    lines = (line(tags=("xmas",)), line(sku="LAMP", category="electronics"))
    assert judged("window", WINDOWS, reason="changed_mind", days_ago=40, lines=lines) == "person"


@pytest.mark.parametrize(
    ("standing", "rule", "changes", "expected"),
    [
        ("ordinary", "shopper", {}, "info"),
        ("watched", "shopper", {}, "person"),
        ("trusted", "shopper", {}, "info"),
        ("trusted", "automatic_refund_limit", {"paid": 90000}, "accept"),
        ("watched", "automatic_refund_limit", {"paid": 90000}, "person"),
        ("trusted", "returnless", {"returnless_before": 9}, "accept"),
        ("watched", "returnless", {"returnless_before": 9}, "info"),
    ],
)
def test_lists_of_shoppers(standing: str, rule: str, changes: dict[str, Any], expected: str) -> None:
    assert judged(rule, shopper_standing=standing, **changes) == expected


@pytest.mark.parametrize(
    ("paid", "category", "expected"),
    [
        pytest.param(700, "jewellery", "accept", id="below the category's value"),
        pytest.param(800, "jewellery", "accept", id="at it"),
        pytest.param(801, "jewellery", "info", id="above it"),
        pytest.param(801, "kitchen", "accept", id="another category"),
    ],
)
def test_returnless_by_category(paid: int, category: str, expected: str) -> None:
    policy = replace(example(), returnless=replace(example().returnless, by_category={"jewellery": {"EUR": 800}}))
    assert judged("returnless", policy, paid=paid, lines=(line(paid, category=category),)) == expected


def test_a_fee_is_kept_back_only_where_no_law_forbids_it() -> None:
    policy = replace(example(), fee_percent={"changed_mind": 15})
    after = decide(facts(paid=1999, reason="changed_mind", days_ago=20), policy)
    assert (after.legal_basis, after.refund_minor) == ("goodwill", 1999 - 299)
    within = decide(facts(paid=1999, reason="changed_mind", days_ago=5, whole_order=False), policy)
    assert (within.legal_basis, within.refund_minor) == ("withdrawal", 1999)
