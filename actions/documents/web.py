"""`GET /returns/{token}.pdf` and `/withdrawals/{token}.pdf` for shoppers, `GET /evidence/{token}` and
`GET /claims/{token}.zip` for suppliers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from sanic import Blueprint, HTTPResponse, Request, raw, text
from sqlalchemy.orm import Session

from actions.documents import links as addresses
from actions.documents import service
from actions.documents.evidence_pack import evidence_pack
from actions.documents.pack import EvidencePack, build
from actions.documents.receipt import render as render_receipt
from actions.documents.slip import Slip, render
from actions.runtime import Runtime
from common import links
from common.database import transaction
from common.errors import NotFoundError, RefusedError, RetourError
from common.photos import store
from common.phrases import LANGUAGES

_HEADERS = {
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex, nofollow",
    # The address is a secret of its holder, so no shared cache may keep what it answers.
    "Cache-Control": "private, no-store",
}


@dataclass(frozen=True)
class _Document:
    """One kind: its path, how what its links name is looked up in a transaction, and what is answered with it.

    `sorry` is the phrase for a shopper who cannot have it; a supplier reads the error's own sentence.
    """

    name: str
    path: str
    purpose: str
    load: Callable[[Session, Runtime, dict[str, Any]], Any]
    show: Callable[[Any], HTTPResponse]
    sorry: str | None = None


def blueprint(runtime: Runtime) -> Blueprint:
    """All documents. A link that opens nothing answers 404, one that has expired 410, a slip not yet ready 409."""
    documents = Blueprint("documents")
    for document in _DOCUMENTS:
        documents.add_route(_handler(runtime, document), document.path, methods=["GET"], name=document.name)
    return documents


def _handler(runtime: Runtime, document: _Document) -> Callable[..., Coroutine[Any, Any, HTTPResponse]]:
    async def handler(_request: Request, token: str) -> HTTPResponse:
        return await asyncio.to_thread(_answer, runtime, document, token)

    return handler


def _answer(runtime: Runtime, document: _Document, token: str) -> HTTPResponse:
    try:
        named = links.read(runtime.settings.secret_key, document.purpose, token, now=runtime.clock.now())
        with transaction(runtime.engine) as session:
            found = document.load(session, runtime, named)
    except (NotFoundError, RefusedError) as error:
        return _problem(runtime, error, document.sorry)
    return document.show(found)


def _picture(session: Session, runtime: Runtime, photo_id: str) -> bytes:
    row = store.find(session, [photo_id])[0]
    try:
        return store.path_of(runtime.settings.home, row.id).read_bytes()
    except FileNotFoundError as error:
        raise NotFoundError("photo.gone", f"The file of photo {row.id} is gone; restore it from a backup.") from error


def _pdf(body: bytes, name: str) -> HTTPResponse:
    headers = _HEADERS | {"Content-Disposition": f'inline; filename="{name}.pdf"'}
    return raw(body, content_type="application/pdf", headers=headers)


def _zip(pack: EvidencePack) -> HTTPResponse:
    headers = _HEADERS | {"Content-Disposition": f'attachment; filename="{pack.name}.zip"'}
    return raw(build(pack), content_type="application/zip", headers=headers)


def _jpeg(picture: bytes) -> HTTPResponse:
    headers = _HEADERS | {"Content-Security-Policy": "default-src 'none'; sandbox"}
    return raw(picture, content_type="image/jpeg", headers=headers)


def _problem(runtime: Runtime, error: RetourError, sorry: str | None) -> HTTPResponse:
    # The link may not even be ours, so its language is unknown and the shopper gets the sentence in each.
    sentences = [runtime.phrases.render(sorry, language).text for language in LANGUAGES] if sorry else [error.message]
    return text("\n\n".join(sentences), status=_status(error), headers=_HEADERS)


def _status(error: RetourError) -> int:
    return {"link.expired": 410, "slip.not_ready": 409}.get(error.code, 404)


def _slip(session: Session, runtime: Runtime, named: dict[str, Any]) -> Slip:
    return service.return_slip(session, runtime, named["case"], named.get("leg", ""))


_DOCUMENTS = (
    _Document(
        "return_slip", r"/returns/<token:(?P<token>[\w.-]+)\.pdf>", addresses.SLIP, _slip,
        lambda slip: _pdf(render(slip), slip.reference), "utter_slip_unavailable",
    ),
    _Document(
        "withdrawal_receipt", r"/withdrawals/<token:(?P<token>[\w.-]+)\.pdf>", addresses.RECEIPT,
        lambda session, runtime, named: service.withdrawal_receipt(session, runtime, named["case"]),
        lambda receipt: _pdf(render_receipt(receipt), receipt.reference), "utter_receipt_unavailable",
    ),
    _Document(
        "evidence_pack", r"/claims/<token:(?P<token>[\w.-]+)\.zip>", addresses.PACK,
        lambda session, runtime, named: evidence_pack(session, runtime, named["claim"]), _zip,
    ),
    _Document(
        "evidence", "/evidence/<token:str>", addresses.EVIDENCE,
        lambda session, runtime, named: _picture(session, runtime, named["photo"]), _jpeg,
    ),
)  # fmt: skip
