"""Facts and policies for the tests of the policy: a case that is fine in every way, to be changed in one."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from actions.policy.engine import decide
from actions.policy.loader import load
from actions.policy.model import CaseFacts, Decision, LineFacts, Policy, Result, Window

ROOT = Path(__file__).resolve().parents[3]
EXAMPLE = ROOT / "policy.example.yml"
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def example() -> Policy:
    return load(EXAMPLE)


def with_window(days: int, non_conformity_days: int = 730, transit_days: int = 10) -> Policy:
    return replace(example(), window=Window(days, non_conformity_days, transit_days))


def line(paid: int = 990, **changes: Any) -> LineFacts:
    return replace(LineFacts("MUG", "Blue mug", 1, paid, paid, "kitchen", ()), **changes)


def facts(paid: int = 990, days_ago: int | None = 5, **changes: Any) -> CaseFacts:
    """A broken mug in France, delivered some days ago, two good photos, the whole order."""
    base = CaseFacts(
        reason="damaged",
        country="FR",
        currency="EUR",
        requested_at=NOW,
        placed_at=NOW - timedelta(days=(days_ago or 0) + 8),
        fulfilled_at=NOW - timedelta(days=(days_ago or 0) + 6),
        delivered_at=None if days_ago is None else NOW - timedelta(days=days_ago),
        tracking_status="delivered" if days_ago is not None else "in_transit",
        lines=(line(paid),),
        claim_minor=paid,
        total_minor=paid + 490,
        shipping_minor=490,
        whole_order=True,
        photos_count=2,
        photo_checks=("ok", "ok"),
    )
    return replace(base, **changes)


def result(decision: Decision, rule: str) -> Result:
    return next(item.result for item in decision.rules if item.id == rule)


def judged(rule: str, policy: Policy | None = None, **changes: Any) -> Result:
    """What one rule says of the standard case with these changes."""
    return result(decide(facts(**changes), policy or example()), rule)
