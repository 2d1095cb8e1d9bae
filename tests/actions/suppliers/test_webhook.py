from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sanic import Sanic

from actions.runtime import Runtime
from actions.suppliers import repository
from actions.suppliers.web import blueprint
from actions.suppliers.web.webhook import SIGNATURE_HEADER, signature_of
from common.database import transaction
from tests.actions.suppliers.builders import event_body, sent_claim
from tests.actions.suppliers.conftest import Progress
from tests.loopback import serving


@pytest.fixture
def url(runtime: Runtime, progress: Progress) -> Iterator[str]:
    app = Sanic("suppliers_webhook", configure_logging=False)
    app.config.FALLBACK_ERROR_FORMAT = "json"
    app.blueprint(blueprint(runtime, progress))
    with serving(app) as base:
        yield f"{base}/webhooks/suppliers/northwind"


def send(url: str, body: bytes, *, secret: str = "w") -> requests.Response:
    return requests.post(url, data=body, headers={SIGNATURE_HEADER: signature_of(secret, body)}, timeout=10)


def stored(runtime: Runtime, external_id: str = "rma_1") -> list[str]:
    with transaction(runtime.engine) as session:
        return [event.event_id for event in repository.events(session, "northwind", external_id)]


@pytest.fixture
def claim_id(runtime: Runtime) -> str:
    with transaction(runtime.engine) as session:
        return sent_claim(session, runtime.shop.suppliers["northwind"]).id


def status(runtime: Runtime, claim_id: str) -> str:
    with transaction(runtime.engine) as session:
        return repository.get(session, claim_id).status


def test_a_signed_event_is_stored_applied_and_told_on(
    url: str, runtime: Runtime, progress: Progress, claim_id: str
) -> None:
    answer = send(url, event_body("approved", rma_number="NW-1"))
    assert (answer.status_code, answer.json()) == (200, {"result": "applied"})
    assert status(runtime, claim_id) == "approved"
    assert stored(runtime) == ["evt_1"]
    assert progress.seen == [("approved", None)]


def test_a_replay_is_answered_and_changes_nothing(
    url: str, runtime: Runtime, progress: Progress, claim_id: str
) -> None:
    send(url, event_body("approved"))
    answer = send(url, event_body("approved"))
    assert (answer.status_code, answer.json()) == (200, {"result": "repeated"})
    # The same id with other content is still the same event.
    assert send(url, event_body("rejected")).json() == {"result": "repeated"}
    assert status(runtime, claim_id) == "approved"
    assert len(progress.seen) == 1


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({}, id="missing"),
        pytest.param({SIGNATURE_HEADER: ""}, id="empty"),
        pytest.param({SIGNATURE_HEADER: "sha256=" + "0" * 64}, id="wrong"),
        pytest.param({SIGNATURE_HEADER: signature_of("other", event_body())}, id="other secret"),
        pytest.param({SIGNATURE_HEADER: signature_of("w", event_body() + b" ")}, id="other body"),
        pytest.param({SIGNATURE_HEADER: signature_of("w", event_body()).removeprefix("sha256=")}, id="no prefix"),
        pytest.param({SIGNATURE_HEADER: "sha256=é"}, id="not ASCII"),
    ],
)
def test_a_bad_signature_is_refused_before_anything_is_read(
    url: str, runtime: Runtime, claim_id: str, headers: dict[str, str]
) -> None:
    sent = {name: value.encode() for name, value in headers.items()}
    assert requests.post(url, data=event_body(), headers=sent, timeout=10).status_code == 401
    assert stored(runtime) == []
    assert status(runtime, claim_id) == "pending"


def test_malformed_but_signed_is_a_400_that_names_the_field(url: str, runtime: Runtime) -> None:
    answer = send(url, event_body("approved", rma_number=7))
    assert answer.status_code == 400
    assert "field rma_number" in answer.json()["error"]["message"]
    assert send(url, b"{").status_code == 400
    assert stored(runtime) == []


def test_an_unknown_type_is_stored_and_answered(url: str) -> None:
    body = event_body(type_="rma.photographed")
    assert send(url, body).json() == {"result": "ignored"}
    assert send(url, body).json() == {"result": "repeated"}


@pytest.mark.parametrize("name", ["nobody", "atelier"])
def test_who_sends_no_webhooks_gets_404(url: str, name: str) -> None:
    assert send(url.replace("northwind", name), event_body(), secret="").status_code == 404


def test_a_body_without_end_is_refused(url: str, runtime: Runtime) -> None:
    body = b" " * (256 * 1024 + 1)
    assert send(url, body).status_code == 413
    assert send(url, event_body().ljust(256 * 1024)).status_code == 200


def test_a_commit_that_fails_is_not_a_200(url: str, progress: Progress, claim_id: str, runtime: Runtime) -> None:
    def broken(*_args: object, **_kwargs: object) -> None:
        raise RuntimeError("the case cannot be saved")

    progress.seen = type("Broken", (list,), {"append": broken})()
    assert send(url, event_body("approved")).status_code == 500
    assert stored(runtime) == []
    assert status(runtime, claim_id) == "pending"


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.binary(max_size=200) | st.text(max_size=80).map(str.encode))
def test_no_signed_body_breaks_the_server(url: str, body: bytes) -> None:
    assert send(url, body).status_code == 400
