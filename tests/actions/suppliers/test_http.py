"""The http adapter against answers a well-behaved supplier would not give, over a real socket."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sanic import HTTPResponse, Request, Sanic, empty, raw, redirect

from actions.suppliers.adapters.http import HttpSupplier
from actions.suppliers.port import ClaimLine, ClaimRequest, SupplierBusyError
from common.errors import UpstreamError
from common.shop_config import SupplierConfig
from tests.loopback import serving

CLAIM = ClaimRequest(
    "RT-1", "1043", None, "damaged", "", "", "return", "EUR", lines=(ClaimLine("MUG-BLUE", "Mug", 1, 280),)
)
GOOD = b'{"id": "rma_1", "status": "pending"}'


class Rude:
    """Answers what it is told to and keeps what it was asked."""

    def __init__(self) -> None:
        self.answer: HTTPResponse = raw(GOOD)
        self.asked: list[Request] = []

    async def handle(self, request: Request, **_parts: str) -> HTTPResponse:
        self.asked.append(request)
        return self.answer


@pytest.fixture
def rude() -> Rude:
    return Rude()


@pytest.fixture
def supplier(rude: Rude) -> Iterator[HttpSupplier]:
    app = Sanic("rude_supplier", configure_logging=False)
    app.add_route(rude.handle, "/rmas", methods=["POST"], name="file")
    app.add_route(rude.handle, "/rmas/<rma_id:str>", methods=["GET"], name="show", unquote=True)
    app.add_route(rude.handle, "/elsewhere", methods=["GET", "POST"], name="elsewhere")
    with serving(app) as base:
        yield HttpSupplier(SupplierConfig(id="s", name="Rude", kind="http", base_url=base, token="secret-token"))


def test_key_token_and_body_go_out_as_documented(supplier: HttpSupplier, rude: Rude) -> None:
    supplier.request(CLAIM, key="claim_1")
    asked = rude.asked[0]
    assert asked.headers["Idempotency-Key"] == "claim_1"
    assert asked.headers["Authorization"] == "Bearer secret-token"
    assert asked.json["lines"] == [{"sku": "MUG-BLUE", "name": "Mug", "quantity": 1, "wholesale_minor": 280}]
    assert asked.json.keys() == {
        "reference", "order_number", "supplier_order_number", "reason", "legal_basis", "description",
        "desired_outcome", "currency", "lines", "evidence",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("status", "retryable", "code"),
    [
        (500, True, "supplier.failed"),
        (502, True, "supplier.failed"),
        (503, True, "supplier.failed"),
        (408, True, "supplier.failed"),
        (400, False, "supplier.refused_call"),
        (401, False, "supplier.denied"),
        (403, False, "supplier.denied"),
        (404, False, "supplier.refused_call"),
        (409, False, "supplier.refused_call"),
        (204, False, "supplier.refused_call"),
    ],
)
def test_each_refusal_says_whether_to_try_again(
    supplier: HttpSupplier, rude: Rude, status: int, retryable: bool, code: str
) -> None:
    rude.answer = raw(b"" if status == 204 else b'{"error": {"message": "no"}}', status=status)
    with pytest.raises(UpstreamError) as caught:
        supplier.request(CLAIM, key="claim_1")
    assert (caught.value.retryable, caught.value.code) == (retryable, code)
    assert "secret-token" not in caught.value.message


@pytest.mark.parametrize(
    ("status", "header", "wait"),
    [
        (429, "90", timedelta(seconds=90)),
        (503, "5", timedelta(seconds=5)),
        (429, "0", timedelta(seconds=1)),
        (429, "999999999", timedelta(hours=6)),
        (429, "soon", timedelta(seconds=30)),
        (429, "Wed, 21 Oct 2015 07:28:00 GMT", timedelta(seconds=1)),
    ],
)
def test_a_busy_supplier_says_when_to_come_back(
    supplier: HttpSupplier, rude: Rude, status: int, header: str, wait: timedelta
) -> None:
    rude.answer = raw(b"", status=status, headers={"Retry-After": header})
    with pytest.raises(SupplierBusyError) as caught:
        supplier.fetch("rma_1")
    assert caught.value.retry_after == wait


def test_a_redirect_is_not_followed_with_the_token(supplier: HttpSupplier, rude: Rude) -> None:
    rude.answer = redirect("/elsewhere", status=307)
    with pytest.raises(UpstreamError, match="base_url") as caught:
        supplier.request(CLAIM, key="claim_1")
    assert not caught.value.retryable
    assert [asked.path for asked in rude.asked] == ["/rmas"]


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>", b"[]", b'{"id": "rma_1", "status": "perhaps"}', b" " * 1_000_001, b"\xff"],
    ids=["empty", "html", "list", "unknown status", "endless", "not UTF-8"],
)
def test_nonsense_is_not_tried_again(supplier: HttpSupplier, rude: Rude, body: bytes) -> None:
    rude.answer = raw(body)
    with pytest.raises(UpstreamError) as caught:
        supplier.request(CLAIM, key="claim_1")
    assert (caught.value.code, caught.value.retryable) == ("supplier.malformed", False)


def test_an_answer_about_another_rma_is_nonsense(supplier: HttpSupplier, rude: Rude) -> None:
    with pytest.raises(UpstreamError, match="field id"):
        supplier.fetch("rma_2")


def test_an_id_cannot_change_the_path(supplier: HttpSupplier, rude: Rude) -> None:
    with pytest.raises(UpstreamError):
        supplier.fetch("../elsewhere?x=")
    assert [asked.path for asked in rude.asked] != ["/elsewhere"]


def test_nobody_there_is_worth_another_try() -> None:
    supplier = HttpSupplier(SupplierConfig(id="s", name="Gone", kind="http", base_url="http://127.0.0.1:9", token="t"))
    with pytest.raises(UpstreamError) as caught:
        supplier.request(CLAIM, key="claim_1")
    assert (caught.value.code, caught.value.retryable) == ("supplier.unreachable", True)


def test_an_empty_answer_with_another_status_is_refused(supplier: HttpSupplier, rude: Rude) -> None:
    rude.answer = empty()
    with pytest.raises(UpstreamError):
        supplier.fetch("rma_1")
