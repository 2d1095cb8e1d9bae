"""`retour cases replay`: a decision made again from what the case kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from actions.cases.facts import decision_json
from actions.policy.engine import decide
from actions.policy.loader import load as load_policy
from common.database import make_engine, transaction
from common.settings import Settings
from retour.database import upgrade
from tests.actions.policy.cases import facts
from tests.factories import create_case
from tests.retour.test_cli import home, run

__all__ = ["home"]


@pytest.mark.parametrize(
    ("kept", "says", "code"),
    [
        pytest.param({}, "refund_without_return, as it was decided", 0, id="as it was"),
        pytest.param({"outcome": "refused"}, "now refund_without_return", 1, id="otherwise than it was"),
        pytest.param(None, "was never decided", 1, id="never decided"),
        pytest.param({"policy_sha256": "0" * 64}, "No policy with digest", 1, id="a policy nobody kept"),
    ],
)
def test_a_decision_is_replayed(home: Path, kept: dict[str, str] | None, says: str, code: int) -> None:
    settings = Settings.load()
    upgrade(settings)
    policy = load_policy(settings.policy_path)
    engine = make_engine(settings.database_url)
    with transaction(engine) as session:
        decision = None if kept is None else decision_json(decide(facts(), policy), facts(), policy) | kept
        reference = create_case(session, decision=decision).reference
    engine.dispose()
    done = run("cases", "replay", reference)
    assert says in (done.output or "") + str(done.exception or "")
    assert done.exit_code == code
