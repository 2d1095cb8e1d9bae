"""What the database says about a case, read beside the running system."""

from __future__ import annotations

import time
from dataclasses import dataclass

from tests.browser.browser_shopper import BrowserShopper
from tests.phrasebook import name_of
from tests.stack import Stack


@dataclass(frozen=True)
class CaseRow:
    id: str
    status: str
    reference: str
    refunds: tuple[tuple[str, int], ...]


def case_of(stack: Stack, number: str) -> CaseRow:
    """The newest case of an order; AssertionError when there is none."""
    rows = stack.rows(
        "SELECT c.id, c.status, c.reference FROM rd_case c JOIN rd_order o ON o.id = c.order_id "
        "WHERE o.number = :number ORDER BY c.created_at DESC",
        number=number,
    )
    assert rows, f"no case for order {number}"
    case_id, status, reference = (str(value) for value in rows[0])
    refunds = stack.rows("SELECT status, amount_minor FROM rd_refund WHERE case_id = :id", id=case_id)
    return CaseRow(case_id, status, reference, tuple((str(row[0]), int(str(row[1]))) for row in refunds))


def until_claim(stack: Stack, case: CaseRow, status: str, *, seconds: float = 60) -> int:
    """Wait until the supplier's leg is there; the credit received, in minor units."""
    deadline = time.monotonic() + seconds
    while True:
        rows = stack.rows("SELECT status, credit_received_minor FROM rd_supplier_claim WHERE case_id = :id", id=case.id)
        if rows and rows[0][0] == status:
            return int(str(rows[0][1]))
        assert time.monotonic() < deadline, f"the claim is {rows}, not {status}"
        time.sleep(0.2)


def until_said(shopper: BrowserShopper, name: str, *, seconds: float = 60, start: int = 0) -> str:
    """Wait, without saying anything, until the bot says this response after message `start`."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        shopper.receive(wait=1)
        for message in shopper.seen[start:]:
            if message["from"] == "bot" and name_of(message["text"]) == name:
                return str(message["text"])
    raise AssertionError(f"{name} was not said:\n{shopper.transcript()}")


def said(shopper: BrowserShopper) -> set[str | None]:
    """The responses the bot has given so far."""
    return {name_of(message["text"]) for message in shopper.seen if message["from"] == "bot"}
