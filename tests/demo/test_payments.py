"""The reference payment service keeps the promises its clients rely on, also across its own death."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.demo_server import program

_BODY = {
    "payment_reference": "pay_1",
    "amount_minor": 990,
    "currency": "EUR",
    "metadata": {"refund_id": "ref_1", "case_reference": "RT-222222"},
}


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "payments.db"


@pytest.fixture
def url(state: Path, tmp_path: Path) -> Iterator[str]:
    with _running(state, tmp_path) as address:
        yield address


def _running(state: Path, tmp_path: Path) -> Any:
    environ = {"RETOUR_DEMO_PAYMENTS_TOKEN": "token"}
    return program("retour.demo.payments", ["--state", str(state)], log=tmp_path / "log", environ=environ)


def _call(url: str, method: str, path: str, key: str = "", **values: Any) -> requests.Response:
    headers = {"Authorization": "Bearer token"} | ({"Idempotency-Key": key} if key else {})
    return requests.request(method, url + path, headers=headers, timeout=10, **values)


def _refund(url: str, key: str, **changes: Any) -> requests.Response:
    return _call(url, "POST", "/refunds", key, json=_BODY | changes)


def test_the_whole_contract_of_one_key(url: str) -> None:
    first = _refund(url, "k")
    again = _refund(url, "k")
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert "Idempotent-Replayed" not in first.headers
    assert again.headers["Idempotent-Replayed"] == "true"
    other = _refund(url, "k", amount_minor=1)
    assert (other.status_code, other.json()["error"]["code"]) == (409, "idempotency_conflict")
    assert _call(url, "GET", "/refunds", params={"idempotency_key": "k"}).json() == {"refunds": [first.json()]}
    assert _call(url, "GET", "/refunds", params={"idempotency_key": "never"}).json() == {"refunds": []}
    assert _call(url, "GET", f"/refunds/{first.json()['id']}").json() == first.json()
    assert _call(url, "GET", "/refunds/re_none").status_code == 404
    assert _call(url, "GET", "/_calls").json()["calls"] == {"k": 3}

    assert requests.get(f"{url}/refunds", timeout=10).status_code == 401
    assert requests.get(f"{url}/health", timeout=10).json() == {"status": "ok"}


def test_no_more_than_was_captured(url: str) -> None:
    _call(url, "POST", "/payments", json={"reference": "pay_1", "amount_minor": 1000})
    assert _refund(url, "k1").status_code == 201
    refused = _refund(url, "k2", amount_minor=11)
    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "over_refund")
    assert _refund(url, "k3", amount_minor=10).status_code == 201


@pytest.mark.parametrize(
    ("key", "body"),
    [
        pytest.param("", _BODY, id="no key"),
        pytest.param("k", [], id="not an object"),
        pytest.param("k", _BODY | {"amount_minor": 0}, id="nothing"),
        pytest.param("k", _BODY | {"amount_minor": "990"}, id="text"),
        pytest.param("k", _BODY | {"amount_minor": 9.9}, id="a float"),
        pytest.param("k", _BODY | {"payment_reference": None}, id="no payment"),
    ],
)
def test_what_it_does_not_take(shared_url: str, key: str, body: object) -> None:
    assert _call(shared_url, "POST", "/refunds", key, json=body).status_code == 400


@pytest.fixture(scope="module")
def shared_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("shared")
    with _running(folder / "payments.db", folder) as address:
        yield address


def test_an_unknown_fault_is_named(shared_url: str) -> None:
    answer = _call(shared_url, "POST", "/_faults", json={"plan": ["explode"]})
    assert answer.status_code == 400
    assert "explode" in answer.json()["error"]["message"]


def test_its_own_death_loses_neither_refunds_nor_counts(state: Path, tmp_path: Path) -> None:
    with _running(state, tmp_path) as url:
        _call(url, "POST", "/_faults", json={"plan": ["drop_after"]})
        with pytest.raises(requests.ConnectionError):
            _refund(url, "k")
    with _running(state, tmp_path) as url:
        found = _call(url, "GET", "/refunds", params={"idempotency_key": "k"}).json()["refunds"]
        assert [row["status"] for row in found] == ["succeeded"]
        assert _refund(url, "k").headers["Idempotent-Replayed"] == "true"
        assert _call(url, "GET", "/_calls").json()["calls"] == {"k": 2}
