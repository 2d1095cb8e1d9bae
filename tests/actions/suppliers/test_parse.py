from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actions.suppliers.parse import parse_event, parse_report
from actions.suppliers.port import Inspection, RmaReport, RmaStatus
from common.errors import UpstreamError
from tests.actions.suppliers.builders import event_body, patient


def test_a_full_answer_becomes_a_report() -> None:
    answer = {
        "id": "rma_1",
        "status": "credited",
        "rma_number": " NW-1 ",
        "return_address": "Dock 4\nRotterdam",
        "instructions": "",
        "reason": None,
        "inspection": {"condition": "as_new", "note": "Complete."},
        "credit_minor": 1900,
        "something_new": True,
    }
    assert parse_report(answer, "test") == RmaReport(
        "rma_1",
        RmaStatus.CREDITED,
        rma_number="NW-1",
        return_address="Dock 4\nRotterdam",
        inspection=Inspection("as_new", "Complete."),
        credit_minor=1900,
    )


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"id": None}, "id"),
        ({"id": "  "}, "id"),
        ({"id": 7}, "id"),
        ({"id": "x" * 129}, "id"),
        ({"status": "perhaps"}, "status"),
        ({"status": None}, "status"),
        ({"status": ["approved"]}, "status"),
        ({"rma_number": 12}, "rma_number"),
        ({"rma_number": "a\x00b"}, "rma_number"),
        ({"rma_number": "x" * 65}, "rma_number"),
        ({"return_address": {"street": "Dock 4"}}, "return_address"),
        ({"inspection": "fine"}, "inspection"),
        ({"inspection": {"note": "fine"}}, "inspection.condition"),
        ({"status": "credited"}, "credit_minor"),
        ({"status": "credited", "credit_minor": -1}, "credit_minor"),
        ({"status": "credited", "credit_minor": 19.0}, "credit_minor"),
        ({"status": "credited", "credit_minor": True}, "credit_minor"),
        ({"status": "credited", "credit_minor": "1900"}, "credit_minor"),
        ({"status": "credited", "credit_minor": 10**30}, "credit_minor"),
    ],
)
def test_what_makes_no_sense_is_refused_by_field_name(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(UpstreamError, match=f"field {field} ") as caught:
        parse_report({"id": "rma_1", "status": "approved"} | changes, "test")
    assert caught.value.code == "supplier.malformed"
    assert not caught.value.retryable


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"[]", id="not an object"),
        pytest.param(b"\xff\xfe{}", id="not UTF-8"),
        pytest.param(b'{"event_id": "\\ud800", "type": "x"}', id="lone surrogate"),
        pytest.param(b'{"event_id": "e", "type": "x", "n": NaN}', id="not a number"),
        pytest.param(b'{"a":' * 5000 + b"1" + b"}" * 5000, id="nested without end"),
        pytest.param(b'{"n": ' + b"9" * 5000 + b"}", id="number without end"),
        pytest.param(b'{"type": "rma.approved", "rma": {"id": "r", "status": "approved"}}', id="no event_id"),
        pytest.param(b'{"event_id": "e", "rma": {"id": "r", "status": "approved"}}', id="no type"),
        pytest.param(b'{"event_id": "e", "type": "rma.approved"}', id="no rma"),
        pytest.param(b'{"event_id": "e", "type": "rma.approved", "rma": []}', id="rma is a list"),
    ],
)
def test_a_malformed_event_is_refused(raw: bytes) -> None:
    with pytest.raises(UpstreamError):
        parse_event(raw, "test")


def test_an_unknown_type_is_kept_without_a_report() -> None:
    message = parse_event(event_body(type_="rma.photographed", event_id="evt_9"), "test")
    assert (message.event_id, message.type, message.report) == ("evt_9", "rma.photographed", None)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
NAMES = st.sampled_from(["id", "status", "rma_number", "inspection", "credit_minor", "event_id", "type", "rma"])


@patient
@given(st.dictionaries(NAMES, JSON | st.sampled_from(list(RmaStatus)), max_size=8))
def test_no_json_gets_past_the_parser_half_read(value: dict[str, Any]) -> None:
    try:
        report = parse_report(value, "test")
    except UpstreamError:
        return
    assert report.external_id
    assert report.credit_minor is None or report.credit_minor >= 0


@patient
@given(st.binary(max_size=300) | JSON.map(lambda value: json.dumps(value).encode()))
def test_no_body_crashes_the_parser(raw: bytes) -> None:
    with contextlib.suppress(UpstreamError):
        assert parse_event(raw, "test").event_id
