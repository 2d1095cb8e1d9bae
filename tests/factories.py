"""Rows for tests. Everything is keyword-only and has a default that is lawful on its own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from actions.cases import service as cases
from actions.cases.model import Case, CaseDraft, CaseLine, DraftLine
from actions.orders.model import Order, OrderLine
from actions.policy.model import Outcome, Reason
from actions.runtime import Runtime
from actions.suppliers import repository as claims
from actions.suppliers.model import SupplierClaim
from common.ids import new_id, new_reference, new_token
from common.outbox import Conversation
from common.photos.store import PhotoRow

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)


def create_conversation(
    session: Session, *, language: str = "en", channel: str = "web", now: datetime = NOW
) -> Conversation:
    row = Conversation(
        id=new_id("conv"),
        channel=channel,
        channel_user=new_token(),
        token_sha256=None,
        language=language,
        created_at=now,
    )
    session.add(row)
    session.flush()
    return row


def order_line(
    *,
    sku: str = "MUG-BLUE",
    name: str = "Blue ceramic mug",
    quantity: int = 1,
    unit_paid_minor: int = 990,
    supplier_id: str | None = "northwind",
    wholesale_minor: int | None = 280,
    category: str | None = "kitchen",
    tags: list[str] | None = None,
) -> OrderLine:
    return OrderLine(
        id=new_id("line"), sku=sku, name=name, quantity=quantity, unit_paid_minor=unit_paid_minor,
        paid_minor=unit_paid_minor * quantity, supplier_id=supplier_id, wholesale_minor=wholesale_minor,
        category=category, tags=tags or [], position=0,
    )  # fmt: skip


def create_order(
    session: Session,
    *,
    number: str | None = None,
    lines: list[OrderLine] | None = None,
    email: str = "camille@example.com",
    delivered_days_ago: int | None = 4,
    shipping_minor: int = 490,
    payment_reference: str | None = "pay_1",
    country: str = "FR",
    now: datetime = NOW,
    **values: Any,
) -> Order:
    lines = lines if lines is not None else [order_line()]
    shipped = now - timedelta(days=(delivered_days_ago or 20) + 5)
    row = Order(
        id=new_id("order"),
        shop="Maison Lumen",
        number=number or new_reference("", 10).strip("-"),
        email=email,
        currency="EUR",
        placed_at=shipped - timedelta(days=1),
        fulfilled_at=shipped,
        delivered_at=None if delivered_days_ago is None else now - timedelta(days=delivered_days_ago),
        country=country,
        shipping_minor=shipping_minor,
        total_minor=shipping_minor + sum(line.paid_minor for line in lines),
        payment_reference=payment_reference,
        lines=lines,
        **values,
    )
    session.add(row)
    session.flush()
    return row


def create_photo(session: Session, *, conversation_id: str, number: int = 1, now: datetime = NOW) -> PhotoRow:
    """A sharp, bright photo that is like no other."""
    row = PhotoRow(
        id=new_id("photo"), conversation_id=conversation_id, client_id=new_id("client"), sha256=f"{number:064x}",
        phash=f"{(number * 0x9E3779B97F4A7C15) % 2**64:016x}", width=800, height=600, size=90_000, sharpness=900.0,
        brightness=130.0, received_at=now,
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row


def draft_for(
    order: Order,
    conversation: Conversation,
    *,
    reason: Reason = "damaged",
    photo_ids: tuple[str, ...] = (),
    desired_outcome: Outcome | None = None,
    quantity: int | None = None,
) -> CaseDraft:
    """A case about every line of the order, or about `quantity` of the first one."""
    lines = tuple(DraftLine(line.id, line.quantity) for line in order.lines)
    if quantity is not None:
        lines = (DraftLine(order.lines[0].id, quantity),)
    return CaseDraft(
        conversation_id=conversation.id,
        channel=conversation.channel,
        language=conversation.language,
        order_id=order.id,
        lines=lines,
        reason=reason,
        description="It is not as it should be.",
        photo_ids=photo_ids,
        desired_outcome=desired_outcome,
    )


def open_case(
    session: Session,
    runtime: Runtime,
    *,
    order: Order | None = None,
    reason: Reason = "damaged",
    photos: int = 2,
    language: str = "en",
    key: str | None = None,
    desired_outcome: Outcome | None = None,
    quantity: int | None = None,
) -> Case:
    """A case opened the way the dialogue does, decided and set going."""
    conversation = create_conversation(session, language=language)
    order = order or create_order(session)
    seed = int(new_id("")[-6:], 16)
    photo_ids = tuple(
        create_photo(session, conversation_id=conversation.id, number=seed + index).id for index in range(photos)
    )
    draft = draft_for(
        order, conversation, reason=reason, photo_ids=photo_ids, desired_outcome=desired_outcome, quantity=quantity
    )
    return cases.open_case(session, runtime, draft, key=key or new_id("open"), now=runtime.clock.now())


def create_case(session: Session, *, order: Order | None = None, status: str = "collecting", **values: Any) -> Case:
    """A bare case in any status, without a decision and without a past."""
    order = order or create_order(session)
    first = order.lines[0]
    row = Case(
        **{
            "id": new_id("case"),
            "reference": new_reference("RT"),
            "key": new_id("key"),
            "shop": order.shop,
            "order_id": order.id,
            "order_number": order.number,
            "customer_email": order.email or "",
            "channel": "web",
            "language": "en",
            "status": status,
            "reason": "damaged",
            "description": "",
            "currency": order.currency,
            "claim_minor": first.paid_minor,
            "refund_minor": first.paid_minor,
            "created_at": NOW,
            "updated_at": NOW,
        }
        | values
        | ({} if "conversation_id" in values else {"conversation_id": create_conversation(session).id})
    )
    row.lines = [
        CaseLine(
            id=new_id("cline"), order_line_id=first.id, position=0, sku=first.sku, name=first.name, quantity=1,
            unit_price_minor=first.unit_paid_minor, paid_minor=first.unit_paid_minor, reason=row.reason,
        )
    ]  # fmt: skip
    session.add(row)
    session.flush()
    return row


def claim_of(session: Session, case_id: str) -> SupplierClaim | None:
    """The claim of a case that has at most one."""
    found = claims.of_case(session, case_id)
    assert len(found) <= 1
    return next(iter(found), None)
