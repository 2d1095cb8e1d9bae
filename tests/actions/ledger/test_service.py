"""The books balance, whatever happens to a claim."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from actions.ledger import service
from actions.ledger.model import Posting
from actions.ledger.service import UnbalancedError
from common.money import Money
from tests.factories import NOW, create_case


def _post(session: Session, case_id: str, *postings: Posting, key: str = "t1") -> bool:
    return service.post(session, key, postings, case_id=case_id, currency="EUR", at=NOW, memo="test")


@pytest.mark.parametrize(
    "postings",
    [
        pytest.param([], id="nothing"),
        pytest.param([Posting("shopper_refunds", debit=5)], id="one side only"),
        pytest.param([Posting("shopper_refunds", debit=5), Posting("payment_service", credit=4)], id="a cent short"),
        pytest.param([Posting("shopper_refunds", debit=5, credit=5)], id="both sides in one row"),
        pytest.param([Posting("shopper_refunds"), Posting("payment_service")], id="zero"),
        pytest.param([Posting("shopper_refunds", debit=-5), Posting("payment_service", credit=-5)], id="negative"),
    ],
)
def test_what_does_not_balance_is_not_written(session: Session, postings: list[Posting]) -> None:
    case = create_case(session)
    with pytest.raises(UnbalancedError):
        _post(session, case.id, *postings)
    assert service.statement(session, case.id, "EUR").entries == []


def test_the_same_transaction_twice_is_written_once(session: Session) -> None:
    case = create_case(session)
    sides = (Posting("shopper_refunds", debit=5), Posting("payment_service", credit=5))
    assert _post(session, case.id, *sides)
    assert not _post(session, case.id, *sides)
    assert service.statement(session, case.id, "EUR").balances == {"shopper_refunds": 5, "payment_service": -5}


@pytest.mark.parametrize(
    ("received", "expected"),
    [
        pytest.param(280, {"supplier_credit_received": 280, "supplier_recovery": -280}, id="exactly"),
        pytest.param(200, {"supplier_credit_received": 200, "write_off": 80, "supplier_recovery": -280}, id="short"),
        pytest.param(300, {"supplier_credit_received": 300, "supplier_recovery": -300}, id="more"),
        pytest.param(0, {"write_off": 280, "supplier_recovery": -280}, id="nothing"),
    ],
)
def test_a_credit_closes_the_expectation(
    session: Session, now: datetime, received: int, expected: dict[str, int]
) -> None:
    case = create_case(session)
    _expect(session, case.id)
    for _ in range(2):
        service.credit_received(session, case_id=case.id, claim_id=case.id, total=Money(received, "EUR"), at=now)
    assert _balances(session, case.id) == expected


def test_a_credit_after_a_refusal_takes_the_loss_back(session: Session, now: datetime) -> None:
    case = create_case(session)
    _expect(session, case.id)
    for _ in range(2):
        service.credit_lost(session, case_id=case.id, claim_id=case.id, currency="EUR", at=now)
    assert _balances(session, case.id) == {"write_off": 280, "supplier_recovery": -280}
    service.credit_received(session, case_id=case.id, claim_id=case.id, total=Money(280, "EUR"), at=now)
    assert _balances(session, case.id) == {"supplier_credit_received": 280, "supplier_recovery": -280}


def test_two_claims_of_one_case_have_books_of_their_own(session: Session, now: datetime) -> None:
    case = create_case(session)
    for claim_id, amount in (("one", 280), ("two", 500)):
        service.credit_expected(session, case_id=case.id, claim_id=claim_id, amount=Money(amount, "EUR"), at=now)
    service.credit_received(session, case_id=case.id, claim_id="one", total=Money(280, "EUR"), at=now)
    service.credit_lost(session, case_id=case.id, claim_id="two", currency="EUR", at=now)
    assert _balances(session, case.id) == {
        "supplier_credit_received": 280, "write_off": 500, "supplier_recovery": -780,
    }  # fmt: skip
    # A late credit takes back the loss of its own claim alone.
    service.credit_received(session, case_id=case.id, claim_id="one", total=Money(300, "EUR"), at=now)
    assert _balances(session, case.id)["write_off"] == 500


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.one_of(st.none(), st.integers(0, 500)), max_size=8))
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_refusals_and_credits_in_any_order_balance(session: Session, steps: list[int | None]) -> None:
    case = create_case(session)
    _expect(session, case.id)
    for step in steps:
        if step is None:
            service.credit_lost(session, case_id=case.id, claim_id=case.id, currency="EUR", at=NOW)
        else:
            service.credit_received(session, case_id=case.id, claim_id=case.id, total=Money(step, "EUR"), at=NOW)
    balances = service.statement(session, case.id, "EUR").balances
    credits_seen = [step for step in steps if step is not None]
    assert sum(balances.values()) == 0
    assert balances.get("supplier_credit_received", 0) == max(credits_seen, default=0)
    assert all(balances.get(account, 0) >= 0 for account in ("write_off", "supplier_credit_expected"))


def _expect(session: Session, case_id: str) -> None:
    assert service.credit_expected(session, case_id=case_id, claim_id=case_id, amount=Money(280, "EUR"), at=NOW)


def _balances(session: Session, case_id: str) -> dict[str, int]:
    return {name: total for name, total in service.statement(session, case_id, "EUR").balances.items() if total}
