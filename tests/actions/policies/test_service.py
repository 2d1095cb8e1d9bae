"""An order is judged by the policy of its own day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from actions.policies import service as policies
from actions.policies.model import PolicyVersion
from actions.policy.loader import load, load_text
from actions.policy.model import Policy
from actions.runtime import Runtime
from common.errors import NotFoundError
from tests.actions.policy.cases import EXAMPLE
from tests.factories import NOW, create_order, open_case

TEXT = EXAMPLE.read_text(encoding="utf-8")


def policy(days: int, extra: str = "") -> Policy:
    return load_text(TEXT.replace("  days: 30", f"  days: {days}") + extra, Path("policy.yml"))


def versions(session: Session) -> list[PolicyVersion]:
    return list(session.scalars(sa.select(PolicyVersion).order_by(PolicyVersion.recorded_at)))


def test_a_policy_is_kept_once_and_again_when_it_comes_back(session: Session) -> None:
    first, second = policy(30), policy(20)
    assert policies.record(session, first, now=NOW) is True
    assert policies.record(session, first, now=NOW + timedelta(days=1)) is False
    assert policies.record(session, second, now=NOW + timedelta(days=2)) is True
    assert policies.record(session, first, now=NOW + timedelta(days=3)) is True
    assert [row.sha256 for row in versions(session)] == [first.sha256, second.sha256, first.sha256]


@pytest.mark.parametrize(
    ("placed", "days"),
    [
        pytest.param(timedelta(days=-400), 30, id="before the first one that was kept"),
        pytest.param(timedelta(0), 30, id="the instant it came into force"),
        pytest.param(timedelta(days=10, seconds=-1), 30, id="just before the next"),
        pytest.param(timedelta(days=10), 20, id="the instant of the next"),
        pytest.param(timedelta(days=99), 20, id="long after"),
    ],
)
def test_the_policy_in_force_on_the_day_of_the_order(session: Session, placed: timedelta, days: int) -> None:
    policies.record(session, policy(30), now=NOW)
    policies.record(session, policy(20), now=NOW + timedelta(days=10))
    assert policies.in_force(session, policy(20), NOW + placed).window.days == days


def test_a_policy_may_say_since_when_it_holds(session: Session) -> None:
    policies.record(session, policy(30), now=NOW)
    policies.record(session, policy(20, "valid_from: 2026-01-01\n"), now=NOW + timedelta(days=1))
    assert versions(session)[1].valid_from == datetime(2026, 1, 1, tzinfo=UTC)
    assert policies.in_force(session, policy(20), datetime(2026, 3, 1, tzinfo=UTC)).window.days == 20


def test_without_any_version_the_present_policy_decides(session: Session) -> None:
    present = policy(30)
    assert policies.in_force(session, present, NOW) is present


def test_a_policy_is_found_by_its_digest_or_missed(session: Session) -> None:
    old, present = policy(30), policy(20)
    policies.record(session, old, now=NOW)
    assert policies.of_digest(session, present, old.sha256).window.days == 30
    assert policies.of_digest(session, present, present.sha256) is present
    with pytest.raises(NotFoundError):
        policies.of_digest(session, present, "0" * 64)


def test_a_stricter_policy_does_not_reach_orders_placed_before_it(session: Session, runtime: Runtime) -> None:
    placed = NOW - timedelta(days=40)
    policies.record(session, policy(40), now=placed - timedelta(days=1))
    policies.record(session, load(EXAMPLE), now=placed + timedelta(days=2))
    order = create_order(session, delivered_days_ago=33)
    assert order.placed_at < placed + timedelta(days=2)
    case = open_case(session, runtime, order=order, reason="changed_mind", photos=0)
    assert case.decision is not None
    assert case.decision["outcome"] == "return"
    window = next(rule for rule in case.decision["rules"] if rule["id"] == "window")
    assert window["facts"]["window_days"] == 40
    # The clause points into the text of that day and says so.
    assert window["clause"].startswith(f"policy.example@{case.decision['policy_sha256'][:8]}.yml:")
