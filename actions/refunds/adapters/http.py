"""The generic payment API over HTTP: POST /refunds with an idempotency key, and a look-up by that key."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import requests

from actions.refunds.port import (
    GatewayRefund,
    GatewayStatus,
    GatewayUnavailableError,
    RefundContradictionError,
    RefundDeclinedError,
    RefundRequest,
)
from common.errors import RetourError
from common.money import Money
from common.shop_config import PaymentConfig

# Connect, then read: long enough for a slow bank, short enough not to fill the workers.
_TIMEOUT = (5.0, 20.0)
_STATUSES: Mapping[str, GatewayStatus] = {"pending": "pending", "succeeded": "succeeded", "failed": "failed"}


class HttpRefundGateway:
    """Speaks to the configured service with a bearer token, which never appears in an error."""

    by_hand = False

    def __init__(
        self,
        config: PaymentConfig,
        *,
        session: requests.Session | None = None,
        timeout: tuple[float, float] = _TIMEOUT,
    ) -> None:
        self._base_url = config.base_url.rstrip("/")
        self._headers = {"Authorization": f"Bearer {config.token}"}
        self._session = session
        self._timeout = timeout

    def refund(self, request: RefundRequest) -> GatewayRefund:
        body = {
            "payment_reference": request.payment_reference,
            "amount_minor": request.amount.minor_units,
            "currency": request.amount.currency,
            "metadata": {"refund_id": request.refund_id, "case_reference": request.case_reference},
        }
        response = self._call("POST", "/refunds", json=body, headers={"Idempotency-Key": request.idempotency_key})
        if response.status_code == 409:
            raise RefundContradictionError(
                f"The payment service knows refund {request.refund_id} with other content: {_message(response)}"
            )
        if 400 <= response.status_code < 500:
            raise RefundDeclinedError(_message(response))
        return _refund(_json(response))

    def find(self, idempotency_key: str) -> GatewayRefund | None:
        found = self._look_up({"idempotency_key": idempotency_key})
        return found[0] if found else None

    def of_payment(self, payment_reference: str) -> list[GatewayRefund]:
        return self._look_up({"payment_reference": payment_reference})

    def _look_up(self, params: Mapping[str, str]) -> list[GatewayRefund]:
        response = self._call("GET", "/refunds", params=params)
        if response.status_code != 200:
            raise GatewayUnavailableError(f"The payment service answered a look-up with {response.status_code}.")
        rows = _json(response).get("refunds")
        if not isinstance(rows, list):
            raise GatewayUnavailableError("The payment service answered a look-up without a list of refunds.")
        return [_refund(row) for row in rows]

    def _call(
        self, method: str, path: str, *, headers: Mapping[str, str] | None = None, **arguments: Any
    ) -> requests.Response:
        try:
            response = self._send(
                method,
                self._base_url + path,
                headers={**self._headers, **(headers or {})},
                timeout=self._timeout,
                allow_redirects=False,
                **arguments,
            )
        except requests.RequestException as error:
            kind = type(error).__name__
            raise GatewayUnavailableError(f"The payment service gave no answer ({kind}); it is asked again.") from error
        code = response.status_code
        if code in (401, 403):
            raise GatewayUnavailableError(
                f"The payment service refuses our token ({code}); correct it in the settings."
            )
        # 408, 425 and 429 say "later"; 3xx is no answer of this API.
        if code >= 500 or code in (408, 425, 429) or 300 <= code < 400:
            raise GatewayUnavailableError(f"The payment service answered {code}; it is asked again.")
        return response

    def _send(self, method: str, url: str, **arguments: Any) -> requests.Response:
        if self._session is not None:
            return self._session.request(method, url, **arguments)
        # A session of its own for each call: jobs run in several threads, and a shared one is not made for that.
        with requests.Session() as session:
            return session.request(method, url, **arguments)


def _json(response: requests.Response) -> dict[str, Any]:
    try:
        content = response.json()
    except requests.JSONDecodeError as error:
        raise GatewayUnavailableError("The payment service answered something that is not JSON.") from error
    if not isinstance(content, dict):
        raise GatewayUnavailableError("The payment service answered something that is not an object.")
    return content


def _refund(row: Any) -> GatewayRefund:
    try:
        metadata = row.get("metadata") or {}
        return GatewayRefund(
            id=str(row["id"]),
            status=_STATUSES[row["status"]],
            amount=Money(row["amount_minor"], row["currency"]),
            failure_reason=row.get("failure_reason"),
            idempotency_key=str(row.get("idempotency_key") or ""),
            payment_reference=str(row.get("payment_reference") or ""),
            refund_id=str(metadata.get("refund_id") or ""),
        )
    except (KeyError, TypeError, AttributeError, RetourError) as error:
        # A status we do not know is not a failure: money may have moved.
        raise GatewayUnavailableError(f"The payment service's answer cannot be read: {error!r}.") from error


def _message(response: requests.Response) -> str:
    try:
        return str(response.json()["error"]["message"])[:250]
    except (requests.JSONDecodeError, KeyError, TypeError):
        return f"The payment service answered {response.status_code}."
