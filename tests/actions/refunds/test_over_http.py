"""One refund through the generic payment API, with every way the other side can fail."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import requests
import sqlalchemy as sa

from actions.cases.model import Case
from actions.ledger import service as ledger
from actions.refunds import repository, service
from actions.refunds.adapters.http import HttpRefundGateway
from actions.refunds.model import Refund
from actions.refunds.port import GatewayRefund, GatewayUnavailableError, RefundContradictionError
from actions.runtime import Runtime
from common.clock import FixedClock
from common.database import transaction
from common.ids import new_id
from common.money import Money
from common.outbox import OutboxRow
from common.shop_config import PaymentConfig
from tests.actions.refunds.conftest import PaymentService
from tests.factories import create_order, open_case


@pytest.fixture
def runtime(runtime: Runtime, http_gateway: HttpRefundGateway) -> Runtime:
    return replace(runtime, gateway=http_gateway)


@pytest.fixture
def refund(runtime: Runtime) -> Refund:
    """The refund of a broken mug, intended and committed."""
    with transaction(runtime.engine) as session:
        order = create_order(session, payment_reference=new_id("pay"))
        case = open_case(session, runtime, order=order)
        return repository.of_case(session, case.id)[0]


def _case(runtime: Runtime, refund: Refund) -> Case:
    with transaction(runtime.engine) as session:
        case = session.get_one(Case, refund.case_id)
        assert case.journal
        return case


def _now(runtime: Runtime, refund: Refund) -> Refund:
    with transaction(runtime.engine) as session:
        return repository.get(session, refund.id)


def _told(runtime: Runtime, refund: Refund) -> list[str]:
    with transaction(runtime.engine) as session:
        rows = session.scalars(sa.select(OutboxRow).order_by(OutboxRow.seq)).all()
        return [row.body["response"] for row in rows if row.key.startswith(refund.case_id)]


def test_paid_once_told_once_and_booked_once(runtime: Runtime, payments: PaymentService, refund: Refund) -> None:
    assert service.execute(runtime, refund.id) == "succeeded"
    assert service.execute(runtime, refund.id) == "unchanged"

    settled, case = _now(runtime, refund), _case(runtime, refund)
    paid = payments.paid(refund.idempotency_key)
    assert paid is not None
    assert (settled.status, settled.gateway_id, settled.settled_at) == ("succeeded", paid["id"], runtime.clock.now())
    assert paid["amount_minor"] == refund.amount_minor == 990
    assert payments.calls(refund.idempotency_key) == 1
    assert case.status == "refunded"
    assert [entry.to_status for entry in case.journal] == ["collecting", "refunding", "refunded"]
    assert _told(runtime, refund) == ["utter_case_refunded"]
    with transaction(runtime.engine) as session:
        books = ledger.statement(session, case.id, "EUR").balances
    assert books["shopper_refunds"] == 990
    assert books["payment_service"] == -990
    assert sum(books.values()) == 0


@pytest.mark.parametrize(
    ("faults", "calls"),
    [
        pytest.param(["drop_after"], 1, id="paid, then the line went dead"),
        pytest.param(["500_after"], 1, id="paid, then answered 500"),
        pytest.param(["garbage"], 1, id="paid, then answered a web page"),
        pytest.param(["drop_before"], 2, id="line dead before it paid"),
        pytest.param(["500_before"], 2, id="500 before it paid"),
        pytest.param(["500_before", "drop_before", "500_after"], 3, id="one after the other"),
        pytest.param(["delay:1"], 1, id="paid, answered later than we wait"),
    ],
)
def test_an_unknown_outcome_is_looked_up_before_it_is_tried_again(
    runtime: Runtime, payments: PaymentService, refund: Refund, faults: list[str], calls: int
) -> None:
    payments.plan(*faults)
    for _ in faults:
        with pytest.raises(GatewayUnavailableError) as unknown:
            service.execute(runtime, refund.id)
        assert unknown.value.retryable
        assert _now(runtime, refund).status == "sent"
        assert _case(runtime, refund).status == "refunding"

    assert service.execute(runtime, refund.id) == "succeeded"
    assert payments.calls(refund.idempotency_key) == calls
    assert _case(runtime, refund).status == "refunded"
    assert _told(runtime, refund) == ["utter_case_refunded"]


def test_pending_is_asked_again_until_it_is_decided(runtime: Runtime, payments: PaymentService, refund: Refund) -> None:
    payments.plan("pending:2")
    assert service.execute(runtime, refund.id) == "pending"
    assert _case(runtime, refund).status == "refunding"
    assert service.execute(runtime, refund.id) == "pending"
    assert service.execute(runtime, refund.id) == "succeeded"
    assert payments.calls(refund.idempotency_key) == 1
    assert _case(runtime, refund).status == "refunded"


def test_declined_goes_to_a_person_and_gives_its_room_back(
    runtime: Runtime, payments: PaymentService, refund: Refund
) -> None:
    payments.plan("declined")
    assert service.execute(runtime, refund.id) == "failed"

    failed, case = _now(runtime, refund), _case(runtime, refund)
    assert (failed.status, failed.failure) == ("failed", "The card was closed.")
    assert case.status == "awaiting_review"
    assert _told(runtime, refund) == ["utter_case_refund_trouble"]
    with transaction(runtime.engine) as session:
        assert repository.committed_minor(session, refund.order_id) == 0
        assert "shopper_refunds" not in ledger.statement(session, case.id, "EUR").balances


def test_another_amount_at_the_service_is_held_for_a_person(
    runtime: Runtime, payments: PaymentService, refund: Refund
) -> None:
    payments.plan("wrong_amount")
    with pytest.raises(RefundContradictionError) as held:
        service.execute(runtime, refund.id)
    assert not held.value.retryable
    now = _now(runtime, refund)
    assert now.status == "sent"
    assert now.failure is not None
    assert _case(runtime, refund).journal[-1].why.startswith("Refund 1 is held")
    assert service.reconcile(runtime) == 0
    assert payments.calls(refund.idempotency_key) == 1


def test_a_key_used_for_something_else_is_held_too(
    runtime: Runtime, payments: PaymentService, refund: Refund, http_gateway: HttpRefundGateway
) -> None:
    with transaction(runtime.engine) as session:
        repository.get_for_change(session, refund.id).amount_minor = 500
    assert service.execute(runtime, refund.id) == "succeeded"
    with transaction(runtime.engine) as session:
        row = repository.get_for_change(session, refund.id)
        row.status, row.amount_minor = "created", 400
    assert service.execute(runtime, refund.id) == "unchanged"
    now = _now(runtime, refund)
    assert now.status == "created"
    assert "5.00 EUR" in (now.failure or "")
    assert _case(runtime, refund).journal[-1].why.startswith("Refund 1 is held")
    paid = payments.paid(refund.idempotency_key)
    assert paid is not None
    assert paid["amount_minor"] == 500


def test_a_wrong_token_is_our_fault_and_no_refusal(runtime: Runtime, payments: PaymentService, refund: Refund) -> None:
    wrong = replace(runtime, gateway=HttpRefundGateway(PaymentConfig("http", payments.url, "an old token")))
    with pytest.raises(GatewayUnavailableError, match="token") as error:
        service.execute(wrong, refund.id)
    assert "an old token" not in error.value.message
    assert service.execute(runtime, refund.id) == "succeeded"


def test_more_than_the_service_has_left_is_declined(runtime: Runtime, payments: PaymentService) -> None:
    reference = new_id("pay")
    with transaction(runtime.engine) as session:
        order = create_order(session, payment_reference=reference)
        case = open_case(session, runtime, order=order)
        refund = repository.of_case(session, case.id)[0]
    capture = {"reference": reference, "amount_minor": 100}
    requests.post(f"{payments.url}/payments", json=capture, headers=payments.headers, timeout=5).raise_for_status()
    assert service.execute(runtime, refund.id) == "failed"
    assert "left" in (_now(runtime, refund).failure or "")


def test_an_order_without_payment_reference_goes_to_a_person(runtime: Runtime, payments: PaymentService) -> None:
    with transaction(runtime.engine) as session:
        case = open_case(session, runtime, order=create_order(session, payment_reference=None))
        refund = repository.of_case(session, case.id)[0]
    assert service.execute(runtime, refund.id) == "failed"
    assert payments.calls(refund.idempotency_key) == 0
    assert _case(runtime, refund).status == "awaiting_review"


def test_reconciliation_finishes_what_was_left_without_an_answer(
    runtime: Runtime, payments: PaymentService, refund: Refund, clock: FixedClock
) -> None:
    payments.plan("drop_after")
    with pytest.raises(GatewayUnavailableError):
        service.execute(runtime, refund.id)
    assert service.reconcile(runtime) == 0, "the job that retries is still expected to be at work"
    clock.advance(timedelta(hours=1))
    assert service.reconcile(runtime) == 1
    assert service.reconcile(runtime) == 0
    assert payments.calls(refund.idempotency_key) == 1
    assert _case(runtime, refund).status == "refunded"


def test_a_contradiction_found_by_reconciliation_is_shown_once(
    runtime: Runtime, payments: PaymentService, refund: Refund, clock: FixedClock
) -> None:
    payments.plan("drop_after")
    with pytest.raises(GatewayUnavailableError):
        service.execute(runtime, refund.id)
    with transaction(runtime.engine) as session:
        repository.get_for_change(session, refund.id).amount_minor = 500
    clock.advance(timedelta(hours=1))
    with pytest.raises(RefundContradictionError):
        service.reconcile(runtime)
    assert service.reconcile(runtime) == 0
    assert _now(runtime, refund).status == "sent"


def test_the_gateway_answers_nothing_for_a_key_it_never_saw(http_gateway: HttpRefundGateway) -> None:
    assert http_gateway.find("never") is None


def test_a_settled_refund_contradicted_later_is_refused(runtime: Runtime, refund: Refund) -> None:
    service.execute(runtime, refund.id)
    other = GatewayRefund("re_x", "failed", Money(990, "EUR"))
    with transaction(runtime.engine) as session, pytest.raises(RefundContradictionError):
        service.settle(session, runtime, refund.id, other)
    assert _case(runtime, refund).status == "refunded"
