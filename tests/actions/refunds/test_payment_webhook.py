"""The payment service's events over real HTTP: verified before they are read, stored once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest
import requests
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sanic import Sanic

from actions.refunds.news.model import PaymentEvent
from actions.refunds.news.webhook import blueprint
from actions.runtime import Runtime
from actions.suppliers.web.webhook import SIGNATURE_HEADER, signature_of
from common.database import transaction
from common.shop_config import PaymentConfig
from tests.actions.refunds.news import chargeback_event, refund_event
from tests.loopback import serving

_SECRET = "shared with the payment service"

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def url(runtime: Runtime) -> Iterator[str]:
    yield from _served(runtime, _SECRET)


def _served(runtime: Runtime, secret: str) -> Iterator[str]:
    payment = PaymentConfig("http", "http://127.0.0.1:9", "t", secret)
    app = Sanic("payment_webhook", configure_logging=False)
    app.config.FALLBACK_ERROR_FORMAT = "json"
    app.blueprint(blueprint(replace(runtime, shop=replace(runtime.shop, payment=payment))))
    with serving(app) as base:
        yield f"{base}/webhooks/payments"


def _send(url: str, body: bytes, *, secret: str = _SECRET) -> requests.Response:
    return requests.post(url, data=body, headers={SIGNATURE_HEADER: signature_of(secret, body)}, timeout=10)


def _stored(runtime: Runtime) -> list[tuple[str, str]]:
    with transaction(runtime.engine) as session:
        return [(row.event_id, row.outcome) for row in session.scalars(sa.select(PaymentEvent))]


def test_an_event_is_stored_and_a_repeat_changes_nothing(url: str, runtime: Runtime) -> None:
    body = refund_event(event_id="evt_1")
    assert (_send(url, body).status_code, _send(url, body).json()) == (200, {"result": "repeated"})
    # No order has this payment: the event is kept all the same.
    assert _stored(runtime) == [("evt_1", "unknown")]


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({}, id="missing"),
        pytest.param({SIGNATURE_HEADER: "sha256=" + "0" * 64}, id="wrong"),
        pytest.param({SIGNATURE_HEADER: signature_of("other", refund_event(event_id="evt_1"))}, id="other secret"),
        pytest.param({SIGNATURE_HEADER: "été"}, id="not ascii"),
    ],
)
def test_what_is_not_signed_is_not_read(url: str, runtime: Runtime, headers: dict[str, str]) -> None:
    encoded = {name: value.encode("utf-8") for name, value in headers.items()}
    answer = requests.post(url, data=refund_event(event_id="evt_1"), headers=encoded, timeout=10)
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "payment.signature")
    assert _stored(runtime) == []


def test_without_a_secret_nobody_is_believed(runtime: Runtime) -> None:
    for url in _served(runtime, ""):
        assert _send(url, refund_event(), secret="").status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"[1]", id="no object"),
        pytest.param(b"\xff", id="not utf-8"),
        pytest.param(b"[" * 100_000, id="deep"),
        pytest.param(refund_event(amount_minor=0), id="nothing"),
        pytest.param(refund_event(amount_minor=-5), id="less than nothing"),
        pytest.param(refund_event(currency="euro"), id="currency"),
        pytest.param(refund_event(id=""), id="no id"),
        pytest.param(refund_event(id="x" * 129), id="long id"),
        pytest.param(refund_event(payment_reference=7), id="reference"),
        pytest.param(refund_event().replace(b"990", b"true"), id="true"),
        pytest.param(refund_event().replace(b"990", b"9.9"), id="fraction"),
        pytest.param(refund_event().replace(b"990", b"NaN"), id="no number"),
        pytest.param(chargeback_event("perhaps"), id="status"),
        pytest.param(chargeback_event("open").replace(b"opened", b"closed"), id="status against type"),
        pytest.param(chargeback_event(evidence_due_at="soon"), id="due"),
        pytest.param(chargeback_event(fee_minor=-1), id="fee"),
    ],
)
def test_what_cannot_be_read_is_refused_by_name(url: str, runtime: Runtime, body: bytes) -> None:
    answer = _send(url, body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "payment.malformed")
    assert _stored(runtime) == []


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    value=st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=8),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
        max_leaves=8,
    )
)
def test_nothing_signed_brings_the_server_down(url: str, value: object) -> None:
    body = {"event_id": "e", "type": "refund.succeeded", "refund": value, "chargeback": value}
    assert _send(url, json.dumps(body).encode()).status_code in (200, 400)
