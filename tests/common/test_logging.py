"""Logs: one JSON object a line, nothing in it that must not be there."""

from __future__ import annotations

import io
import json
import logging

import pytest

from common.logging import JsonFormatter, mask


@pytest.mark.parametrize(
    ("text", "gone", "kept"),
    [
        ("write to camille.durand@example.com today", "camille.durand", "@example.com"),
        ("card 4242 4242 4242 4242 please", "4242 4242 4242", "…4242"),
        ("card 4242424242424242", "424242424242", "…4242"),
        ("Authorization: Bearer abc.def-123456", "abc.def-123456", "Bearer"),
        ('{"token": "s3cr3tvalue"}', "s3cr3tvalue", "token"),
        ("password=hunter2hunter2", "hunter2hunter2", "password"),
    ],
)
def test_secrets_and_personal_data_are_masked(text: str, gone: str, kept: str) -> None:
    assert gone not in mask(text)
    assert kept in mask(text)


@pytest.mark.parametrize(
    "text", ["order 1042", "parcel 1234567890123456", "case_0123456789abcdef01234567", "12.50 EUR"]
)
def test_what_only_looks_like_a_secret_stays(text: str) -> None:
    assert mask(text) == text


def test_a_record_and_its_extra_fields_become_one_masked_line() -> None:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter())
    logger = logging.getLogger("tests.logging")
    logger.propagate = False
    logger.addHandler(handler)
    logger.warning("sent to %s", "lou@example.org", extra={"proof": ["lou@example.org"], "attempt": 2})
    logger.removeHandler(handler)
    line = json.loads(stream.getvalue())
    assert line["event"] == "sent to l…@example.org"
    assert line["proof"] == ["l…@example.org"]
    assert (line["level"], line["attempt"]) == ("warning", 2)
