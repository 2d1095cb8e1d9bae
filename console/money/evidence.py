"""What the merchant shows the bank about a chargeback: one file with everything there is about the order."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from sqlalchemy.orm import Session

from actions.cases import repository as cases
from actions.cases.model import Case
from actions.documents.pack import EvidencePack, PackPicture
from actions.evidence import service as evidence
from actions.orders import service as orders
from actions.orders.model import Order
from actions.refunds import repository as refunds
from actions.refunds.news.model import Chargeback
from bot.outbox import service as outbox
from common.photos import store
from console.cases.view import clause
from console.render import Look
from console.visit import Visit

Facts = tuple[tuple[str, str], ...]
# What a rule said against the request or for it; the rest does not interest a bank.
_TELLING = ("accept", "refuse", "person")


def chargeback_evidence(visit: Visit, row: Chargeback) -> EvidencePack:
    """The order, its delivery, each case with its decision, what was paid back, what was said, and the photos.

    In the language of who downloads it; what shopper and shop wrote stays as it was written.
    """
    order = orders.get(visit.session, row.order_id)
    found = cases.of_order(visit.session, order.id)[::-1]
    words, look = visit.words, Look(visit.words, visit.now)
    shop = visit.context.runtime.shop.name
    return EvidencePack(
        name=f"chargeback-{order.number}".replace("/", "-").replace('"', ""),
        title=words.get("dispute.title", order=order.number),
        lead=words.get("dispute.lead", shop=shop, day=look.day(visit.now)),
        sections=(
            (words.get("dispute.chargeback"), _dispute(visit, look, row)),
            (words.get("dispute.order"), _order(visit, look, order)),
            (words.get("dispute.delivery"), _delivery(visit, look, order)),
            *((words.get("dispute.case", case=case.reference), _case(visit, look, case)) for case in found),
            (words.get("dispute.refunds"), tuple(_refunds(visit, look, found)) or (("", words.get("dispute.none")),)),
            *(
                (words.get("dispute.conversation"), said)
                for talk in dict.fromkeys(case.conversation_id for case in found)
                if (said := tuple(_conversation(visit, look, talk)))
            ),
        ),
        pictures=_pictures(visit, found),
    )


def _dispute(visit: Visit, look: Look, row: Chargeback) -> Facts:
    words = visit.words
    facts = [
        (words.get("dispute.id"), row.external_id),
        (words.get("dispute.payment"), row.payment_reference),
        (words.get("dispute.amount"), look.money(row.amount_minor, row.currency)),
        (words.get("dispute.reason"), row.reason or "–"),
        (words.get("dispute.opened"), look.day(row.opened_at)),
        (words.get("money.evidence_due"), look.day(row.evidence_due_at)),
        (words.get("dispute.status"), words.name("chargeback", row.status)),
    ]
    return tuple(facts)


def _order(visit: Visit, look: Look, order: Order) -> Facts:
    words = visit.words
    goods = "\n".join(f"{line.quantity} × {line.name} ({line.sku})" for line in order.lines)
    return (
        (words.get("case.order"), order.number),
        (words.get("case.placed"), look.day(order.placed_at)),
        (words.get("case.customer"), order.email or "–"),
        (words.get("dispute.goods"), goods),
        (words.get("case.total"), look.money(order.total_minor, order.currency)),
        (words.get("case.country"), order.country),
    )


def _delivery(visit: Visit, look: Look, order: Order) -> Facts:
    words, tracking = visit.words, order.tracking or {}
    number = " ".join(str(tracking[key]) for key in ("carrier", "number") if tracking.get(key))
    return (
        (words.get("case.fulfilled"), look.day(order.fulfilled_at)),
        (words.get("case.tracking"), number or "–"),
        (words.get("dispute.carrier_says"), words.name("tracking", tracking.get("status"))),
        (words.get("case.delivered"), look.day(order.delivered_at)),
    )


def _case(visit: Visit, look: Look, case: Case) -> Facts:
    words, decision = visit.words, case.decision or {}
    clauses = [clause(visit, rule) for rule in decision.get("rules", []) if rule.get("result") in _TELLING]
    facts = [
        (words.get("case.opened"), look.day(case.created_at)),
        (words.get("cases.reason"), words.name("reason", case.reason)),
        (words.get("dispute.said"), case.description or "–"),
        (words.get("case.decision"), words.name("outcome", case.resolution or decision.get("outcome"))),
        (words.get("case.basis"), words.name("basis", case.legal_basis)),
        (words.get("dispute.grounds"), "\n".join(dict.fromkeys(clauses)) or "–"),
        (words.get("cases.status"), words.name("status", case.status)),
    ]
    return tuple(facts)


def _refunds(visit: Visit, look: Look, found: list[Case]) -> Iterator[tuple[str, str]]:
    """Every refund with its state; the one that went out is the proof the bank asks for."""
    words = visit.words
    for case in found:
        for refund in refunds.of_case(visit.session, case.id):
            parts = (
                words.name("refund", refund.status),
                words.name("method", refund.method),
                look.day(refund.settled_at or refund.created_at),
                refund.gateway_id or refund.idempotency_key,
            )
            yield look.money(refund.amount_minor, refund.currency), " · ".join(parts)


def _conversation(visit: Visit, look: Look, conversation_id: str) -> Iterator[tuple[str, str]]:
    """What was said, by whom and when."""
    phrases, after = visit.context.runtime.phrases, 0
    while page := outbox.transcript(visit.session, phrases, conversation_id, after=after):
        after = page[-1].seq
        for message in page:
            text = message.text or visit.words.count("case.photos", len(message.photos))
            who = visit.words.get(f"dispute.by_{message.sender}")
            yield f"{who}\n{look.day(message.at)} {message.at:%H:%M} UTC", text


def _pictures(visit: Visit, found: list[Case]) -> tuple[PackPicture, ...]:
    home = visit.context.runtime.settings.home
    ids = [row.photo_id for case in found for row in evidence.of_case(visit.session, case.id)]
    return tuple(
        PackPicture(
            jpeg=(jpeg := store.path_of(home, row.id).read_bytes()),
            width=row.width,
            height=row.height,
            sha256=hashlib.sha256(jpeg).hexdigest(),
            caption=visit.words.get("case.photo_n", n=number),
        )
        for number, row in enumerate(_rows(visit.session, ids), 1)
    )


def _rows(session: Session, ids: list[str]) -> list[store.PhotoRow]:
    return store.find(session, ids) if ids else []
