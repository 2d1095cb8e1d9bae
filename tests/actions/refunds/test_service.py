"""How much may go back: caps, concurrency, and any sequence of partial refunds."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from actions.cases.model import Case
from actions.credits import repository as store_credits
from actions.ledger import service as ledger
from actions.orders.model import Order
from actions.refunds import repository, service
from actions.refunds.adapters.manual import ManualRefundGateway
from actions.refunds.model import Payment, Refund
from actions.refunds.port import GatewayRefund
from actions.refunds.service import OverRefundError
from actions.runtime import Runtime
from common.clock import FixedClock
from common.database import transaction
from common.errors import RefusedError
from common.ids import new_id
from common.money import Money
from common.outbox import OutboxRow
from tests.factories import NOW, create_case, create_order, open_case, order_line
from tests.fakes import MemoryGateway


def _euros(minor: int) -> Money:
    return Money(minor, "EUR")


class TestCeiling:
    def test_money_on_its_way_counts_and_failed_money_does_not(self, runtime: Runtime) -> None:
        with transaction(runtime.engine) as session:
            order = create_order(session, lines=[order_line(unit_paid_minor=1000)], shipping_minor=0)
            case = create_case(session, order=order)
            (first,) = service.intend(session, case, _euros(600), now=NOW)
            assert service.ceiling(session, order) == _euros(400)
            assert service.quote(session, case, order) == _euros(400)
            with pytest.raises(OverRefundError) as refused:
                service.intend(session, case, _euros(401), now=NOW)
            assert refused.value.code == "refund.too_much"
            first.status = "failed"
            session.flush()
            assert service.quote(session, case, order) == _euros(1000)

    @pytest.mark.parametrize(("outside", "left"), [(0, 1000), (300, 700), (1000, 0), (1200, 0)])
    def test_money_given_back_outside_counts(self, runtime: Runtime, outside: int, left: int) -> None:
        with transaction(runtime.engine) as session:
            lines = [order_line(unit_paid_minor=1000)]
            order = create_order(session, lines=lines, shipping_minor=0, refunded_minor=outside)
            assert service.ceiling(session, order) == _euros(left)
            with pytest.raises(OverRefundError):
                service.intend(session, create_case(session, order=order), _euros(left + 1), now=NOW)

    @pytest.mark.parametrize("minor", [0, -1])
    def test_nothing_and_less_than_nothing_is_refused(self, runtime: Runtime, minor: int) -> None:
        with transaction(runtime.engine) as session:
            case = create_case(session)
            with pytest.raises(OverRefundError):
                service.intend(session, case, _euros(minor), now=NOW)

    def test_keys_follow_from_case_and_ordinal(self, runtime: Runtime) -> None:
        with transaction(runtime.engine) as session:
            case = create_case(session)
            keys = [service.intend(session, case, _euros(10), now=NOW)[0].idempotency_key for _ in range(2)]
        assert keys == [f"refund:{case.id}:1", f"refund:{case.id}:2"]

    def test_a_rollback_leaves_neither_row_nor_job(self, runtime: Runtime) -> None:
        with transaction(runtime.engine) as session:
            case = create_case(session)
        with pytest.raises(ZeroDivisionError), transaction(runtime.engine) as session:
            service.intend(session, session.get_one(Case, case.id), _euros(10), now=NOW)
            raise ZeroDivisionError
        with transaction(runtime.engine) as session:
            assert repository.of_case(session, case.id) == []

    def test_two_cases_at_once_cannot_share_the_same_money(self, runtime: Runtime) -> None:
        with transaction(runtime.engine) as session:
            order = create_order(session, lines=[order_line(unit_paid_minor=1000)], shipping_minor=0)
            cases = [create_case(session, order=order).id for _ in range(4)]
        start = threading.Barrier(len(cases))
        outcomes: list[str] = []

        def intend(case_id: str) -> None:
            start.wait()
            try:
                with transaction(runtime.engine) as session:
                    service.intend(session, session.get_one(Case, case_id), _euros(600), now=NOW)
                outcomes.append("paid")
            except OverRefundError:
                outcomes.append("refused")

        threads = [threading.Thread(target=intend, args=(case_id,)) for case_id in cases]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=60)
        assert sorted(outcomes) == ["paid", "refused", "refused", "refused"]


_STEPS = st.lists(
    st.tuples(st.sampled_from(["intend", "succeed", "fail", "pending"]), st.integers(1, 1200), st.integers(0, 5)),
    max_size=25,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=_STEPS)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_any_sequence_of_partial_refunds_stays_within_what_was_paid(
    runtime: Runtime, steps: list[tuple[str, int, int]]
) -> None:
    total = 1500
    with transaction(runtime.engine) as session:
        order = create_order(session, lines=[order_line(unit_paid_minor=1010)], shipping_minor=490)
        cases = [create_case(session, order=order, status="refunding") for _ in range(2)]
        refunds: list[Refund] = []
        for action, amount, which in steps:
            if action == "intend":
                before = service.ceiling(session, order).minor_units
                try:
                    refunds += service.intend(session, cases[which % 2], _euros(amount), now=NOW)
                    assert amount <= before
                except OverRefundError:
                    assert amount > before
            elif refunds:
                refund = refunds[which % len(refunds)]
                status = {"succeed": "succeeded", "fail": "failed", "pending": "pending"}[action]
                answer = GatewayRefund("re_1", status, _euros(refund.amount_minor))  # type: ignore[arg-type]
                if refund.status in ("created", "sent", status) or status == "pending":
                    service.settle(session, runtime, refund.id, answer)
        paid = sum(refund.amount_minor for refund in refunds if refund.status == "succeeded")
        assert 0 <= paid <= repository.committed_minor(session, order.id) <= total
        assert service.ceiling(session, order).minor_units >= 0
        books = [ledger.statement(session, case.id, "EUR").balances for case in cases]
        assert sum(book.get("shopper_refunds", 0) for book in books) == paid
        assert all(sum(book.values()) == 0 for book in books)


class TestByHand:
    def test_a_person_pays_and_records_it(self, runtime: Runtime) -> None:
        by_hand = replace(runtime, gateway=ManualRefundGateway())
        with transaction(runtime.engine) as session:
            case = open_case(session, by_hand)
            refund = repository.of_case(session, case.id)[0]
        assert service.execute(by_hand, refund.id) == "pending"
        assert service.execute(by_hand, refund.id) == "pending"
        assert service.reconcile(by_hand) == 0
        with transaction(runtime.engine) as session:
            assert service.record_by_hand(session, by_hand, refund.id, by="Dana", gateway_id="SEPA 7") == "succeeded"
        with transaction(runtime.engine) as session:
            assert service.record_by_hand(session, by_hand, refund.id, by="Dana", gateway_id="SEPA 7") == "unchanged"
            done = session.get_one(Case, case.id)
            assert done.status == "refunded"
            assert [entry.by for entry in done.journal][-2:] == ["Dana", "payment service"]

    def test_a_refund_that_failed_is_not_recorded_as_paid(self, runtime: Runtime) -> None:
        with transaction(runtime.engine) as session:
            case = create_case(session, status="refunding")
            (refund,) = service.intend(session, case, _euros(10), now=NOW)
            service.settle(session, runtime, refund.id, GatewayRefund("", "failed", _euros(10), "no"))
            with pytest.raises(RefusedError):
                service.record_by_hand(session, runtime, refund.id, by="Dana", gateway_id="x")


class TestStoreCredit:
    def test_its_code_is_made_once_told_and_never_sent_to_the_gateway(
        self, runtime: Runtime, gateway: MemoryGateway
    ) -> None:
        with transaction(runtime.engine) as session:
            case = create_case(session, status="refunding")
            (refund,) = service.intend(session, case, _euros(500), now=NOW, method="store_credit")
        assert service.execute(runtime, refund.id) == "succeeded"
        assert service.execute(runtime, refund.id) == "unchanged"
        assert gateway.paid == {}
        with transaction(runtime.engine) as session:
            (credit,) = store_credits.of_case(session, case.id)
            told = session.scalars(sa.select(OutboxRow).where(OutboxRow.key.startswith(case.id))).one()
            assert told.body["response"] == "utter_case_store_credit"
            assert told.body["parameters"]["code"] == credit.code
            assert (credit.amount_minor, credit.balance_minor) == (500, 500)
            assert ledger.statement(session, case.id, "EUR").balances == {
                "shopper_refunds": 500, "store_credit_issued": -500,
            }  # fmt: skip

    def test_one_that_was_forgotten_is_handed_out_by_reconciliation(self, runtime: Runtime, clock: FixedClock) -> None:
        with transaction(runtime.engine) as session:
            case = create_case(session, status="refunding")
            service.intend(session, case, _euros(500), now=NOW, method="store_credit")
        clock.advance(timedelta(hours=1))
        by_hand = replace(runtime, gateway=ManualRefundGateway())
        assert (service.reconcile(by_hand), service.reconcile(by_hand)) == (1, 0)


class TestSeveralPayments:
    """An order of 15.00: a gift card of 4.00 first, then a card for the rest."""

    def test_the_newest_is_drained_first_each_with_its_own_key(self, runtime: Runtime, gateway: MemoryGateway) -> None:
        with transaction(runtime.engine) as session:
            case = _paid_twice(session)
            made = service.intend(session, case, _euros(1200), now=NOW)
            assert [(row.payment_reference, row.amount_minor) for row in made] == [("card", 1100), ("gift", 100)]
            assert len({row.idempotency_key for row in made}) == 2
        assert service.execute(runtime, made[0].id) == "succeeded"
        with transaction(runtime.engine) as session:
            assert session.get_one(Case, case.id).status == "refunding"
        assert service.execute(runtime, made[1].id) == "succeeded"
        with transaction(runtime.engine) as session:
            assert session.get_one(Case, case.id).status == "refunded"
        paid = {request.payment_reference: request.amount.minor_units for request, _ in gateway.paid.values()}
        assert paid == {"card": 1100, "gift": 100}

    def test_the_next_refund_goes_on_where_the_last_one_ended(self, runtime: Runtime) -> None:
        with transaction(runtime.engine) as session:
            case = _paid_twice(session)
            parts = []
            for amount in (1000, 300, 200):
                rows = service.intend(session, case, _euros(amount), now=NOW)
                parts.append([(row.payment_reference, row.amount_minor) for row in rows])
            assert parts == [[("card", 1000)], [("card", 100), ("gift", 200)], [("gift", 200)]]
            with pytest.raises(OverRefundError):
                service.intend(session, case, _euros(1), now=NOW)

    def test_one_that_fails_gives_its_room_back_and_only_it_is_paid_again(self, runtime: Runtime) -> None:
        with transaction(runtime.engine) as session:
            case = _paid_twice(session)
            card, gift = service.intend(session, case, _euros(1500), now=NOW)
            service.settle(session, runtime, gift.id, GatewayRefund("", "failed", _euros(400), "closed"))
            service.settle(session, runtime, card.id, GatewayRefund("re_1", "succeeded", _euros(1100)))
            again = session.get_one(Case, case.id)
            assert again.status == "awaiting_review"
            assert service.quote(session, again, session.get_one(Order, case.order_id)) == _euros(400)
            assert [row.payment_reference for row in service.intend(session, again, _euros(400), now=NOW)] == ["gift"]

    def test_store_credit_and_a_refund_by_hand_take_room_too(self, runtime: Runtime) -> None:
        with transaction(runtime.engine) as session:
            case = _paid_twice(session)
            service.intend(session, case, _euros(300), now=NOW, method="store_credit")
            made = service.intend(session, case, _euros(1200), now=NOW)
            assert [(row.payment_reference, row.amount_minor) for row in made] == [("card", 800), ("gift", 400)]


def _paid_twice(session: Session) -> Case:
    order = create_order(session, lines=[order_line(unit_paid_minor=1500)], shipping_minor=0, payment_reference=None)
    for reference, minor, days in (("gift", 400, 2), ("card", 1100, 1)):
        session.add(
            Payment(
                id=new_id("pay"), order_id=order.id, reference=reference, method=reference, amount_minor=minor,
                currency="EUR", paid_at=NOW - timedelta(days=days),
            )
        )  # fmt: skip
    session.flush()
    return create_case(session, order=order, status="refunding")


def test_the_refund_that_empties_the_order_takes_the_remainder(runtime: Runtime) -> None:
    with transaction(runtime.engine) as session:
        # Three pieces for 10.00 and 1.00 of shipping: no third of either is a whole cent.
        line = order_line(quantity=3, unit_paid_minor=333)
        line.paid_minor = 1000
        order = create_order(session, lines=[line], shipping_minor=100)
        order.total_minor = 1100
        paid = []
        for number in range(3):
            case = create_case(session, order=order, status="refunding")
            share = line.paid_for(1, already=number)
            case.claim_minor, case.refund_minor = share, 1100
            session.flush()
            paid.append(service.quote(session, case, order).minor_units)
            service.intend(session, case, _euros(paid[-1]), now=NOW)
        assert paid == [333 + 33, 333 + 33, 334 + 34]
        assert sum(paid) == 1100
