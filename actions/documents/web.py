"""`GET /returns/{token}.pdf` and `/withdrawals/{token}.pdf` for shoppers, `GET /evidence/{token}` and
`GET /claims/{token}.zip` for suppliers."""

from __future__ import annotations

import asyncio

from sanic import Blueprint, HTTPResponse, Request, raw, text

from actions.documents import links as addresses
from actions.documents import service
from actions.documents.evidence_pack import evidence_pack
from actions.documents.pack import EvidencePack, build
from actions.documents.receipt import Receipt
from actions.documents.receipt import render as render_receipt
from actions.documents.slip import Slip, render
from actions.runtime import Runtime
from common import links
from common.database import transaction
from common.errors import NotFoundError, RefusedError, RetourError
from common.photos import store

_HEADERS = {
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex, nofollow",
    # The address is a secret of its holder, so no shared cache may keep what it answers.
    "Cache-Control": "private, no-store",
}


def blueprint(runtime: Runtime) -> Blueprint:
    """All documents. A link that opens nothing answers 404, one that has expired 410, a slip not yet ready 409."""
    documents = Blueprint("documents")

    def load_slip(token: str) -> Slip:
        settings = runtime.settings
        case_id = links.read(settings.secret_key, addresses.SLIP, token, now=runtime.clock.now())["case"]
        with transaction(runtime.engine) as session:
            return service.return_slip(session, runtime, case_id)

    def load_picture(token: str) -> bytes:
        settings = runtime.settings
        photo_id = links.read(settings.secret_key, addresses.EVIDENCE, token, now=runtime.clock.now())["photo"]
        with transaction(runtime.engine) as session:
            row = store.find(session, [photo_id])[0]
        try:
            return store.path_of(settings.home, row.id).read_bytes()
        except FileNotFoundError as error:
            raise NotFoundError(
                "photo.gone", f"The file of photo {row.id} is gone; restore it from a backup."
            ) from error

    @documents.get(r"/returns/<token:(?P<token>[\w.-]+)\.pdf>", name="return_slip")
    async def return_slip(_request: Request, token: str) -> HTTPResponse:
        try:
            slip = await asyncio.to_thread(load_slip, token)
        except (NotFoundError, RefusedError) as error:
            return _problem(runtime, error, "utter_slip_unavailable")
        return _pdf(await asyncio.to_thread(render, slip), slip.reference)

    def load_pack(token: str) -> EvidencePack:
        settings = runtime.settings
        claim_id = links.read(settings.secret_key, addresses.PACK, token, now=runtime.clock.now())["claim"]
        with transaction(runtime.engine) as session:
            return evidence_pack(session, runtime, claim_id)

    @documents.get(r"/claims/<token:(?P<token>[\w.-]+)\.zip>", name="evidence_pack")
    async def pack(_request: Request, token: str) -> HTTPResponse:
        try:
            found = await asyncio.to_thread(load_pack, token)
        except (NotFoundError, RefusedError) as error:
            return text(error.message, status=_status(error), headers=_HEADERS)
        body = await asyncio.to_thread(build, found)
        return raw(
            body,
            content_type="application/zip",
            headers=_HEADERS | {"Content-Disposition": f'attachment; filename="{found.name}.zip"'},
        )

    @documents.get("/evidence/<token:str>", name="evidence")
    async def evidence(_request: Request, token: str) -> HTTPResponse:
        try:
            picture = await asyncio.to_thread(load_picture, token)
        except (NotFoundError, RefusedError) as error:
            return text(error.message, status=_status(error), headers=_HEADERS)
        return raw(
            picture,
            content_type="image/jpeg",
            headers=_HEADERS | {"Content-Security-Policy": "default-src 'none'; sandbox"},
        )

    _add_receipts(documents, runtime)
    return documents


def _add_receipts(documents: Blueprint, runtime: Runtime) -> None:
    def load_receipt(token: str) -> Receipt:
        settings = runtime.settings
        case_id = links.read(settings.secret_key, addresses.RECEIPT, token, now=runtime.clock.now())["case"]
        with transaction(runtime.engine) as session:
            return service.withdrawal_receipt(session, runtime, case_id)

    @documents.get(r"/withdrawals/<token:(?P<token>[\w.-]+)\.pdf>", name="withdrawal_receipt")
    async def withdrawal_receipt(_request: Request, token: str) -> HTTPResponse:
        try:
            receipt = await asyncio.to_thread(load_receipt, token)
        except (NotFoundError, RefusedError) as error:
            return _problem(runtime, error, "utter_receipt_unavailable")
        return _pdf(await asyncio.to_thread(render_receipt, receipt), receipt.reference)


def _pdf(body: bytes, name: str) -> HTTPResponse:
    return raw(
        body,
        content_type="application/pdf",
        headers=_HEADERS | {"Content-Disposition": f'inline; filename="{name}.pdf"'},
    )


def _problem(runtime: Runtime, error: RetourError, sentence: str) -> HTTPResponse:
    # The link may not even be ours, so its language is unknown and the shopper gets the sentence in each.
    sentences = [runtime.phrases.render(sentence, language).text for language in ("en", "fr")]
    return text("\n\n".join(sentences), status=_status(error), headers=_HEADERS)


def _status(error: RetourError) -> int:
    return {"link.expired": 410, "slip.not_ready": 409}.get(error.code, 404)
