"""The receipt of a withdrawal: sent at once, the same later, only where the law asks for it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from actions.cases import service as cases
from actions.documents.receipt import render
from actions.documents.service import withdrawal_receipt
from actions.runtime import Runtime
from common.errors import RefusedError
from common.outbox import OutboxRow
from tests.factories import NOW, create_order, open_case, order_line


def receipts(session: Session) -> list[dict[str, Any]]:
    rows = session.scalars(sa.select(OutboxRow).order_by(OutboxRow.seq))
    return [row.body for row in rows if row.body["response"] == "utter_withdrawal_receipt"]


@pytest.mark.parametrize(
    ("language", "title", "received"),
    [("en", "Receipt of withdrawal", "23 Nov 2026, 10:00:00 UTC"), ("fr", "Accusé de réception", "23/11/2026, 10:00")],
)
def test_the_receipt_has_content_date_and_time(
    session: Session, runtime: Runtime, language: str, title: str, received: str
) -> None:
    case = open_case(session, runtime, reason="changed_mind", photos=0, language=language)
    (message,) = receipts(session)
    assert message["attachments"][0]["url"].endswith(".pdf")
    assert "/withdrawals/" in message["attachments"][0]["url"]
    receipt = withdrawal_receipt(session, runtime, case.id)
    assert receipt.title.startswith(title)
    assert case.order_number in receipt.statement
    assert runtime.shop.name in receipt.statement
    values = [value for _, value in receipt.rows]
    assert values[0].startswith(received)
    assert values[1] == case.reference
    assert values[2].startswith(case.order_number)
    assert values[3] == case.customer_email
    assert receipt.items == ("1 × Blue ceramic mug (MUG-BLUE)",)
    assert render(receipt).startswith(b"%PDF-")


def test_the_receipt_is_the_same_whenever_it_is_asked_for(session: Session, runtime: Runtime) -> None:
    case = open_case(session, runtime, reason="wrong_size", photos=0)
    first = render(withdrawal_receipt(session, runtime, case.id))
    cases.cancel(session, case.id, by="shopper", why="Keeps it", now=NOW + timedelta(days=3))
    assert render(withdrawal_receipt(session, runtime, case.id)) == first


def test_opening_again_sends_no_second_receipt(session: Session, runtime: Runtime) -> None:
    order = create_order(session)
    for _ in range(2):
        open_case(session, runtime, order=order, reason="changed_mind", photos=0, key="same")
    assert len(receipts(session)) == 1


@pytest.mark.parametrize(
    ("changes", "placed"),
    [
        pytest.param({"reason": "damaged"}, None, id="a fault is no withdrawal"),
        pytest.param({"reason": "wrong_size", "desired_outcome": "replacement"}, None, id="another one instead"),
        pytest.param({"reason": "changed_mind"}, datetime(2026, 6, 18, tzinfo=UTC), id="ordered before the rule"),
    ],
)
def test_no_receipt_where_none_is_owed(
    session: Session, runtime: Runtime, changes: dict[str, Any], placed: datetime | None
) -> None:
    order = create_order(session)
    order.placed_at = placed or order.placed_at
    session.flush()
    case = open_case(session, runtime, order=order, **{"photos": 0, **changes})
    assert receipts(session) == []
    with pytest.raises(RefusedError, match="no withdrawal"):
        withdrawal_receipt(session, runtime, case.id)


def test_goods_the_law_excepts_are_refused_without_a_receipt(session: Session, runtime: Runtime) -> None:
    order = create_order(session, lines=[order_line(tags=["personalised"])])
    open_case(session, runtime, order=order, reason="changed_mind", photos=0)
    assert receipts(session) == []


def test_a_long_list_goes_on_to_another_page(session: Session, runtime: Runtime) -> None:
    lines = [order_line(sku=f"SKU-{at}", name=f"Candle number {at}") for at in range(60)]
    case = open_case(session, runtime, order=create_order(session, lines=lines), reason="changed_mind", photos=0)
    short = open_case(session, runtime, reason="changed_mind", photos=0)
    pages = [render(withdrawal_receipt(session, runtime, found.id)).count(b"/Type /Page\n") for found in (case, short)]
    assert pages == [3, 1]
