"""The real case work and the model of it take the same steps and never differ.

`RETOUR_TEST_MODEL_STEPS=10000` is the full size.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from actions.runtime import Runtime
from common.clock import FixedClock
from tests.fakes import MemoryGateway
from tests.model.machine import Comparison

STEPS = int(os.environ.get("RETOUR_TEST_MODEL_STEPS", "600"))
_STEPS_AT_ONCE = 60


@pytest.mark.slow
@pytest.mark.timeout(300 + STEPS // 2)
def test_the_real_one_and_the_model_never_differ(
    _sqlite_template: Path,  # noqa: PT019 (its value is the file to copy)
    app_settings: Any,
    shop: Any,
    policy: Any,
    phrases: Any,
    now: Any,
) -> None:
    def build(engine: sa.Engine, clock: FixedClock, gateway: MemoryGateway) -> Runtime:
        return Runtime(
            settings=app_settings,
            shop=shop,
            engine=engine,
            clock=clock,
            policy=policy,
            phrases=phrases,
            gateway=gateway,
        )

    machine = type(
        "Machine", (Comparison,), {"template": _sqlite_template, "build": staticmethod(build), "now": now, "steps": 0}
    )
    checks = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture, HealthCheck.filter_too_much]
    while machine.steps < STEPS:
        run_state_machine_as_test(
            machine,
            settings=settings(
                max_examples=10,
                stateful_step_count=_STEPS_AT_ONCE,
                deadline=None,
                suppress_health_check=checks,
                database=None,
                # Not shrunk: every step is a handful of commits, and a failing one is found in the printed story.
                phases=(Phase.generate,),
            ),
        )
    print(f"{machine.steps} steps without a difference")
