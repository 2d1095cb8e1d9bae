"""Every page with data behind it."""

from __future__ import annotations

import pytest

from actions.runtime import Runtime
from common.database import transaction
from tests.console.visitor import Visitor
from tests.factories import create_order, open_case, order_line


@pytest.fixture
def review_case(runtime: Runtime) -> str:
    """A case above the automatic limit."""
    with transaction(runtime.engine) as session:
        order = create_order(session, number="1077", lines=[order_line(unit_paid_minor=64900, wholesale_minor=30000)])
        return open_case(session, runtime, order=order, reason="damaged").id


def test_the_overview_shows_what_waits(owner: Visitor, review_case: str) -> None:
    page = owner.get("/console")
    assert page.status == 200
    assert "Cases to decide" in page.words
    assert "€649.00" in page.words


def test_a_case_shows_facts_rules_and_the_panel(owner: Visitor, review_case: str) -> None:
    page = owner.get(f"/console/cases/{review_case}")
    assert page.status == 200, page.html
    for expected in ("1077", "camille@example.com", "Limit for automatic refunds", "Your decision"):
        assert expected in page.words
