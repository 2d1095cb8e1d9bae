"""A store credit is handed out once, and every purchase comes off its balance once."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from actions.credits import repository, service
from actions.credits.model import StoreCredit
from actions.ledger import service as ledger
from actions.refunds import service as refunds
from actions.runtime import Runtime
from common.database import transaction
from common.errors import NotFoundError, RefusedError
from common.money import Money
from tests.factories import NOW, create_case

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def _credit(runtime: Runtime, minor: int = 1000) -> StoreCredit:
    with transaction(runtime.engine) as session:
        case = create_case(session, status="refunding", claim_minor=minor, refund_minor=minor)
        order_total = refunds.repository.lock_order(session, case.order_id)
        order_total.total_minor = minor
        (refund,) = refunds.intend(session, case, Money(minor, "EUR"), now=NOW, method="store_credit")
    refunds.execute(runtime, refund.id)
    with transaction(runtime.engine) as session:
        return repository.of_case(session, case.id)[0]


def _use(session: Session, credit: StoreCredit, minor: int, reference: str, currency: str = "EUR") -> StoreCredit:
    return service.redeem(session, credit.code, Money(minor, currency), reference=reference, by="Dana", now=NOW)


def test_a_purchase_comes_off_once_however_the_code_is_typed(runtime: Runtime) -> None:
    credit = _credit(runtime)
    with transaction(runtime.engine) as session:
        amount = Money(300, "EUR")
        typed = f" {credit.code.lower()} "
        assert service.redeem(session, typed, amount, reference="1050", by="Dana", now=NOW).balance_minor == 700
        assert _use(session, credit, 300, "1050").balance_minor == 700
        assert [row.amount_minor for row in repository.uses(session, credit.id)] == [300]
        books = ledger.statement(session, credit.case_id, "EUR").balances
    assert books == {"shopper_refunds": 1000, "store_credit_issued": -700, "store_credit_redeemed": -300}


@pytest.mark.parametrize(
    ("minor", "reference", "currency", "code"),
    [
        pytest.param(1001, "1050", "EUR", "credit.amount", id="more than there is"),
        pytest.param(0, "1050", "EUR", "credit.amount", id="nothing"),
        pytest.param(-5, "1050", "EUR", "credit.amount", id="less than nothing"),
        pytest.param(5, "1050", "USD", "credit.amount", id="another currency"),
        pytest.param(5, " ", "EUR", "credit.reference", id="no order"),
    ],
)
def test_what_is_refused_changes_nothing(
    runtime: Runtime, minor: int, reference: str, currency: str, code: str
) -> None:
    credit = _credit(runtime)
    with pytest.raises(RefusedError) as refused, transaction(runtime.engine) as session:
        _use(session, credit, minor, reference, currency)
    assert refused.value.code == code
    with transaction(runtime.engine) as session:
        assert repository.by_code(session, credit.code).balance_minor == 1000


def test_the_same_order_with_another_amount_is_refused(runtime: Runtime) -> None:
    credit = _credit(runtime)
    with transaction(runtime.engine) as session:
        _use(session, credit, 300, "1050")
        with pytest.raises(RefusedError):
            _use(session, credit, 400, "1050")


def test_an_unknown_code_is_said_to_be_one(runtime: Runtime) -> None:
    with transaction(runtime.engine) as session, pytest.raises(NotFoundError):
        service.redeem(session, "CREDIT-NONE", Money(1, "EUR"), reference="1", by="Dana", now=NOW)


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(uses=st.lists(st.tuples(st.integers(1, 600), st.sampled_from("abcd")), max_size=12))
def test_any_sequence_of_uses_never_takes_more_than_there_is(runtime: Runtime, uses: list[tuple[int, str]]) -> None:
    credit = _credit(runtime)
    with transaction(runtime.engine) as session:
        for minor, reference in uses:
            try:
                _use(session, credit, minor, reference)
            except RefusedError:
                continue
        rows = repository.uses(session, credit.id)
        assert repository.by_code(session, credit.code).balance_minor == 1000 - sum(row.amount_minor for row in rows)
        assert sum(ledger.statement(session, credit.case_id, "EUR").balances.values()) == 0
