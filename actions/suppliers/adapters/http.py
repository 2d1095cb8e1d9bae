"""A supplier that implements the generic API (docs/supplier-api.md)."""

from __future__ import annotations

import threading
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import quote

import requests
from requests.auth import AuthBase

from actions.suppliers.parse import load_json, malformed, parse_report
from actions.suppliers.port import Capabilities, ClaimRequest, RmaReport, SupplierBusyError
from common.errors import UpstreamError
from common.shop_config import SupplierConfig

_CONNECT_SECONDS, _READ_SECONDS = 5, 20
_LARGEST_ANSWER = 1_000_000
_DEFAULT_WAIT = timedelta(seconds=30)
_LONGEST_WAIT = timedelta(hours=6)


class _Bearer(AuthBase):
    """As an auth object, because requests would let a .netrc entry replace a plain Authorization header."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


class HttpSupplier:
    """Files and follows claims over HTTP. Redirects are refused: they could carry the token to another host."""

    capabilities = Capabilities(api=True, polling=True, webhook=True, rma_number=True)

    def __init__(self, config: SupplierConfig) -> None:
        self._base = config.base_url
        self._name = config.name
        self._auth = _Bearer(config.token)
        # Jobs run on several threads, and a requests.Session is not promised to be safe across them.
        self._local = threading.local()

    def request(self, claim: ClaimRequest, key: str) -> RmaReport:
        return self._call("POST", "/rmas", json=asdict(claim), headers={"Idempotency-Key": key})

    def fetch(self, external_id: str) -> RmaReport:
        report = self._call("GET", f"/rmas/{quote(external_id, safe='')}")
        if report.external_id != external_id:
            raise malformed(self._where("GET", "/rmas/{id}"), f"the field id is not the {external_id!r} asked for")
        return report

    def _call(self, method: str, path: str, **options: Any) -> RmaReport:
        where = self._where(method, path)
        try:
            with self._session().request(
                method,
                self._base + path,
                auth=self._auth,
                timeout=(_CONNECT_SECONDS, _READ_SECONDS),
                allow_redirects=False,
                stream=True,
                **options,
            ) as response:
                body = self._body(response, where)
                self._check(response, body, where)
        except requests.RequestException as error:
            raise UpstreamError(
                "supplier.unreachable",
                f"{where} failed: {type(error).__name__}; it will be tried again.",
                retryable=True,
            ) from error
        return parse_report(load_json(body, where), where)

    def _session(self) -> requests.Session:
        session: requests.Session | None = getattr(self._local, "session", None)
        if session is None:
            session = self._local.session = requests.Session()
            session.headers["Accept"] = "application/json"
        return session

    def _where(self, method: str, path: str) -> str:
        return f"{self._name} {method} {self._base}{path}"

    @staticmethod
    def _body(response: requests.Response, where: str) -> bytes:
        body = b""
        for chunk in response.iter_content(65_536):
            body += chunk
            if len(body) > _LARGEST_ANSWER:
                raise malformed(where, f"the answer is larger than {_LARGEST_ANSWER} bytes")
        return body

    @staticmethod
    def _check(response: requests.Response, body: bytes, where: str) -> None:
        status = response.status_code
        if status in (200, 201):
            return
        said = " ".join(body[:200].decode("utf-8", "replace").split())
        if status == 429 or (status == 503 and "Retry-After" in response.headers):
            raise SupplierBusyError(f"{where} answered {status}; asked again later.", _wait(response))
        if status >= 500 or status == 408:
            raise UpstreamError("supplier.failed", f"{where} answered {status}: {said}", retryable=True)
        if status in (401, 403):
            raise UpstreamError("supplier.denied", f"{where} answered {status}; check the supplier's token.")
        if 300 <= status < 400:
            raise UpstreamError("supplier.redirect", f"{where} answered {status}; put the final address into base_url.")
        raise UpstreamError("supplier.refused_call", f"{where} answered {status}: {said}")


def _wait(response: requests.Response) -> timedelta:
    """What Retry-After says, in seconds or as a date, within reason."""
    text = response.headers.get("Retry-After", "").strip()
    try:
        wait = timedelta(seconds=int(text)) if text.isdigit() else parsedate_to_datetime(text) - datetime.now(UTC)
    except (ValueError, TypeError, OverflowError):
        return _DEFAULT_WAIT
    return min(max(wait, timedelta(seconds=1)), _LONGEST_WAIT)
