"""A few simulated shoppers against the running system; `make simulate` plays hundreds."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from benchmarks.shoppers.report import summary, table
from benchmarks.shoppers.run import simulate
from tests.stack import running

# One conversation a goal; RETOUR_TEST_SHOPPERS asks for more.
_CONVERSATIONS = int(os.environ.get("RETOUR_TEST_SHOPPERS", "25"))


@pytest.mark.slow
@pytest.mark.stack
def test_simulated_shoppers_get_what_they_came_for(tmp_path: Path) -> None:
    with running(tmp_path) as stack:
        results = simulate(stack, seed=11, conversations=_CONVERSATIONS)
    figures = summary(results)
    failed = [item.played.transcript for item in results if not item.verdict.success]
    told = "\n\n".join([table(results), *failed])
    assert figures.wrong == 0, told
    assert figures.success >= 0.92, told
    assert figures.unwanted <= 0.03 * figures.count, told
