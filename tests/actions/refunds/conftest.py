"""The reference payment service over real HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import requests

from actions.refunds.adapters.http import HttpRefundGateway
from common.shop_config import PaymentConfig
from tests.demo_server import program

_TOKEN = "a payment token"


@dataclass(frozen=True)
class PaymentService:
    """The running service, seen by the test."""

    url: str

    def plan(self, *faults: str) -> None:
        answer = requests.post(f"{self.url}/_faults", json={"plan": list(faults)}, headers=self.headers, timeout=5)
        answer.raise_for_status()

    def calls(self, key: str) -> int:
        return int(self._seen()["calls"].get(key, 0))

    def paid(self, key: str) -> dict[str, Any] | None:
        row: dict[str, Any] | None = self._seen()["refunds"].get(key)
        return row

    def _seen(self) -> dict[str, Any]:
        content: dict[str, Any] = requests.get(f"{self.url}/_calls", headers=self.headers, timeout=5).json()
        return content

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {_TOKEN}"}


@pytest.fixture(scope="session")
def _payment_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("payments")
    arguments = ["--state", str(folder / "payments.db")]
    environ = {"RETOUR_DEMO_PAYMENTS_TOKEN": _TOKEN}
    with program("retour.demo.payments", arguments, log=folder / "log", environ=environ) as url:
        yield url


@pytest.fixture
def payments(_payment_url: str) -> PaymentService:
    service = PaymentService(_payment_url)
    service.plan()
    return service


@pytest.fixture
def http_gateway(payments: PaymentService) -> Iterator[HttpRefundGateway]:
    session = requests.Session()
    config = PaymentConfig("http", payments.url, _TOKEN)
    yield HttpRefundGateway(config, session=session, timeout=(2.0, 0.5))
    session.close()
