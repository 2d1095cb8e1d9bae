"""A decision can be made again from what the case shows of it, and comes out the same."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from actions.cases.facts import facts_of, replay
from actions.cases.view import case_json
from actions.policy.model import Reason
from actions.runtime import Runtime
from retour.demo.shop import PRODUCTS, SITUATIONS, Situation
from tests.factories import NOW, create_order, open_case, order_line

# What the shopper of each of the demo shop's situations says, and what is decided.
ASKED: dict[str, tuple[Reason, int, str]] = {
    "damaged_low_value": ("damaged", 2, "refund_without_return"),
    "wrong_size": ("wrong_size", 0, "return"),
    "not_as_described": ("not_as_described", 2, "return"),
    "not_received": ("not_received", 0, "refund_without_return"),
    "above_limit": ("damaged", 2, "needs_person"),
    "outside_window": ("changed_mind", 0, "refused"),
    "several_items": ("wrong_item", 2, "return"),
    "excluded": ("changed_mind", 0, "needs_person"),
}


def case_of(session: Session, runtime: Runtime, situation: Situation, reason: Reason, photos: int) -> dict[str, Any]:
    lines = [
        order_line(
            sku=sku, name=PRODUCTS[sku].name_en, quantity=quantity, unit_paid_minor=PRODUCTS[sku].price_minor,
            supplier_id=PRODUCTS[sku].supplier_id, category=PRODUCTS[sku].category, tags=list(PRODUCTS[sku].tags),
        )
        for sku, quantity in situation.items
    ]  # fmt: skip
    shipped = NOW - timedelta(days=situation.shipped_days_ago)
    order = create_order(session, lines=lines, delivered_days_ago=situation.delivered_days_ago, email=situation.email)
    order.placed_at, order.fulfilled_at = shipped - timedelta(days=2), shipped
    session.flush()
    return case_json(session, open_case(session, runtime, order=order, reason=reason, photos=photos))


def test_every_situation_of_the_demo_shop_is_asked_about() -> None:
    assert set(ASKED) == {situation.key for situation in SITUATIONS}


@pytest.mark.parametrize("situation", SITUATIONS, ids=lambda situation: situation.key)
def test_replaying_what_a_case_shows_gives_the_same_decision(
    session: Session, runtime: Runtime, situation: Situation
) -> None:
    reason, photos, outcome = ASKED[situation.key]
    shown = json.loads(json.dumps(case_of(session, runtime, situation, reason, photos)))["decision"]
    assert shown["outcome"] == outcome
    again = replay(shown, runtime.policy)
    assert again == {name: shown[name] for name in again}
    assert all(rule["clause"] and rule["ground"] for rule in shown["rules"])


def test_a_changed_fact_changes_the_replay(session: Session, runtime: Runtime) -> None:
    shown = case_of(session, runtime, SITUATIONS[0], "damaged", 2)["decision"]
    dearer = shown | {"facts": shown["facts"] | {"claim_minor": 20000, "total_minor": 20490}}
    assert replay(dearer, runtime.policy)["outcome"] == "needs_person"


def test_a_decision_from_before_a_fact_was_known_can_be_replayed(session: Session, runtime: Runtime) -> None:
    shown = case_of(session, runtime, SITUATIONS[1], "wrong_size", 0)["decision"]
    older = {name: value for name, value in shown["facts"].items() if name not in ("shopper_standing", "opened")}
    assert replay(shown | {"facts": older}, runtime.policy)["outcome"] == shown["outcome"]


def test_facts_come_back_as_they_were(session: Session, runtime: Runtime) -> None:
    facts = facts_of(case_of(session, runtime, SITUATIONS[0], "damaged", 2)["decision"])
    assert isinstance(facts.requested_at, datetime)
    assert facts.requested_at.tzinfo is not None
    assert facts.lines[0].tags == ()
    assert facts.photo_checks == ("ok", "ok")
