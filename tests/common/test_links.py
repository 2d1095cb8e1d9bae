"""Signed links: readable by anyone, forgeable by nobody, gone after their time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from common import links
from common.errors import RefusedError

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
KEY = "k" * 48


def test_a_link_gives_back_what_was_put_in() -> None:
    token = links.sign(KEY, "portal", {"claim": "c1"}, expires_at=NOW + timedelta(days=1))
    assert links.read(KEY, "portal", token, now=NOW) == {"claim": "c1"}


@pytest.mark.parametrize(
    ("key", "purpose", "change"),
    [
        pytest.param("x" * 48, "portal", "", id="another key"),
        pytest.param(KEY, "slip", "", id="another purpose"),
        pytest.param(KEY, "portal", "A", id="altered"),
        pytest.param(KEY, "portal", None, id="not a token"),
    ],
)
def test_a_forged_link_is_refused(key: str, purpose: str, change: str | None) -> None:
    token = links.sign(KEY, "portal", {"claim": "c1"}, expires_at=NOW + timedelta(days=1))
    altered = "nonsense" if change is None else change + token
    with pytest.raises(RefusedError) as refusal:
        links.read(key, purpose, altered, now=NOW)
    assert refusal.value.code == "link.invalid"


def test_a_link_expires_at_its_second() -> None:
    token = links.sign(KEY, "portal", {}, expires_at=NOW)
    assert links.read(KEY, "portal", token, now=NOW) == {}
    with pytest.raises(RefusedError) as refusal:
        links.read(KEY, "portal", token, now=NOW + timedelta(seconds=1))
    assert refusal.value.code == "link.expired"
