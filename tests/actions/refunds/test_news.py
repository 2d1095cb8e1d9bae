"""What happens at the payment service without us: chargebacks, refunds by hand, answers by event."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from actions.cases import review
from actions.cases.model import Case
from actions.ledger import service as ledger
from actions.orders.model import Order
from actions.refunds import freeze, repository, service
from actions.refunds.model import Refund
from actions.refunds.news import audit, outside
from actions.refunds.news import repository as news
from actions.refunds.news import service as news_service
from actions.refunds.news.parse import parse_event
from actions.refunds.port import GatewayRefund, GatewayUnavailableError
from actions.runtime import Runtime
from common.database import transaction
from common.errors import RefusedError
from common.ids import new_id
from common.money import Money
from common.outbox import OutboxRow
from tests.actions.refunds.news import chargeback_event, refund_event
from tests.factories import NOW, create_order, open_case, order_line
from tests.fakes import MemoryGateway

Told = Callable[[bytes], str]


@pytest.fixture
def told(runtime: Runtime) -> Told:
    def tell(body: bytes) -> str:
        with transaction(runtime.engine) as session:
            return news_service.receive(session, runtime, parse_event(body), now=runtime.clock.now())

    return tell


@pytest.fixture
def refund(runtime: Runtime) -> Refund:
    """An intended refund of 9.90: all that was paid for the order."""
    with transaction(runtime.engine) as session:
        case = open_case(session, runtime, order=create_order(session, shipping_minor=0))
        found = repository.of_case(session, case.id)[0]
        assert (case.status, found.amount_minor) == ("refunding", 990)
        return found


def _now(runtime: Runtime, refund: Refund) -> tuple[str, str, str | None]:
    """Status of the case and of the refund, and what holds it."""
    with transaction(runtime.engine) as session:
        row = repository.get(session, refund.id)
        return session.get_one(Case, row.case_id).status, row.status, row.failure


def _books(runtime: Runtime, refund: Refund) -> dict[str, int]:
    with transaction(runtime.engine) as session:
        balances = ledger.statement(session, refund.case_id, "EUR").balances
    assert sum(balances.values()) == 0
    return {account: total for account, total in balances.items() if account != "payment_service"}


class TestChargeback:
    def test_an_open_one_freezes_what_was_not_sent(self, runtime: Runtime, refund: Refund, told: Told) -> None:
        assert told(chargeback_event("open")) == "applied"
        assert service.execute(runtime, refund.id) == "unchanged"
        assert isinstance(runtime.gateway, MemoryGateway)
        assert runtime.gateway.paid == {}
        assert _now(runtime, refund) == ("refunding", "created", freeze.CHARGEBACK)
        assert service.reconcile(runtime) == 0

    def test_won_lets_it_go_on(self, runtime: Runtime, refund: Refund, told: Told) -> None:
        told(chargeback_event("open"))
        service.execute(runtime, refund.id)
        assert told(chargeback_event("won", fee_minor=0)) == "applied"
        assert service.execute(runtime, refund.id) == "succeeded"
        assert _now(runtime, refund) == ("refunded", "succeeded", None)
        assert _books(runtime, refund)["shopper_refunds"] == 990

    def test_lost_pays_the_shopper_and_nobody_pays_again(self, runtime: Runtime, refund: Refund, told: Told) -> None:
        told(chargeback_event("open"))
        service.execute(runtime, refund.id)
        assert told(chargeback_event("lost")) == "applied"
        assert service.execute(runtime, refund.id) == "unchanged"
        status, state, why = _now(runtime, refund)
        assert (status, state) == ("awaiting_review", "failed")
        assert "chargeback" in (why or "")
        books = _books(runtime, refund)
        assert (books["chargebacks"], books["payment_fees"]) == (990, 1500)
        assert "shopper_refunds" not in books
        with transaction(runtime.engine) as session, pytest.raises(RefusedError):
            review.approve(session, runtime, refund.case_id, by="Dana", why="Pay", now=NOW)

    @pytest.mark.parametrize("order", [("open", "lost"), ("lost", "open"), ("lost", "lost", "open", "lost")])
    def test_any_order_and_number_of_events_ends_the_same(
        self, runtime: Runtime, refund: Refund, told: Told, order: tuple[str, ...]
    ) -> None:
        for status in order:
            told(chargeback_event(status))
        service.execute(runtime, refund.id)
        assert _now(runtime, refund)[:2] == ("awaiting_review", "failed")
        assert _books(runtime, refund)["payment_fees"] == 1500
        with transaction(runtime.engine) as session:
            rows = news.chargebacks_of_order(session, refund.order_id)
            assert [row.status for row in rows] == ["lost"]

    def test_one_whose_answer_is_lost_is_looked_up_and_never_asked_again(
        self, runtime: Runtime, refund: Refund, told: Told, gateway: MemoryGateway
    ) -> None:
        gateway.before = [GatewayUnavailableError("away")]
        with pytest.raises(GatewayUnavailableError):
            service.execute(runtime, refund.id)
        told(chargeback_event("open"))
        assert service.execute(runtime, refund.id) == "unchanged"
        assert (gateway.paid, gateway.looked_up[refund.idempotency_key]) == ({}, 1)

    def test_one_that_was_paid_is_the_evidence(self, runtime: Runtime, refund: Refund, told: Told) -> None:
        service.execute(runtime, refund.id)
        told(chargeback_event("open"))
        with transaction(runtime.engine) as session:
            journal = session.get_one(Case, refund.case_id).journal
            assert "it was refunded already (re_1)" in journal[-1].why

    def test_a_case_opened_meanwhile_waits_for_a_person(self, runtime: Runtime, told: Told) -> None:
        with transaction(runtime.engine) as session:
            order = create_order(session)
        told(chargeback_event("open"))
        with transaction(runtime.engine) as session:
            case = open_case(session, runtime, order=session.get_one(Order, order.id))
            assert case.status == "awaiting_review"
            assert (case.decision or {})["facts"]["open_chargeback"] is True


class TestByHand:
    def test_it_is_counted_and_asked_about_before_ours_is_sent(
        self, runtime: Runtime, refund: Refund, gateway: MemoryGateway
    ) -> None:
        gateway.by_hand_refunds = [_by_hand(990)]
        assert service.execute(runtime, refund.id) == "unchanged"
        assert gateway.paid == {}
        assert _now(runtime, refund) == ("refunding", "created", freeze.BY_HAND)
        with transaction(runtime.engine) as session:
            asked = news.outside_asked(session, 10)
            assert [(row.gateway_id, row.amount_minor) for row in asked] == [("re_hand", 990)]

    @pytest.mark.parametrize("paid", [990, 500, 1])
    def test_it_was_for_this_case(
        self, runtime: Runtime, refund: Refund, told: Told, gateway: MemoryGateway, paid: int
    ) -> None:
        told(refund_event(amount_minor=paid))
        gateway.by_hand_refunds = [_by_hand(paid)]
        service.execute(runtime, refund.id)
        _answer(runtime, "this_case", refund.case_id)
        for row in _refunds(runtime, refund):
            service.execute(runtime, row.id)
        assert sum(request.amount.minor_units for request, _ in gateway.paid.values()) == 990 - paid
        assert _now(runtime, refund)[0] == "refunded"
        assert _books(runtime, refund)["shopper_refunds"] == 990
        with transaction(runtime.engine) as session:
            keys = [row.key for row in session.scalars(sa.select(OutboxRow)) if ":refunded:" in row.key]
        assert len(keys) == len([row for row in _refunds(runtime, refund) if row.status == "succeeded"])

    def test_it_was_for_something_else_and_leaves_too_little(
        self, runtime: Runtime, refund: Refund, told: Told, gateway: MemoryGateway
    ) -> None:
        told(refund_event(amount_minor=100))
        service.execute(runtime, refund.id)
        _answer(runtime, "another")
        assert service.execute(runtime, refund.id) == "unchanged"
        assert _now(runtime, refund)[:2] == ("awaiting_review", "failed")
        with transaction(runtime.engine) as session:
            review.approve(session, runtime, refund.case_id, by="Dana", why="The rest", now=NOW)
        for row in _refunds(runtime, refund):
            service.execute(runtime, row.id)
        assert [request.amount.minor_units for request, _ in gateway.paid.values()] == [890]

    def test_it_was_known_and_ours_goes_on(self, runtime: Runtime, refund: Refund, told: Told) -> None:
        told(refund_event(amount_minor=100))
        service.execute(runtime, refund.id)
        _answer(runtime, "known")
        assert service.execute(runtime, refund.id) == "succeeded"

    def test_the_same_answer_twice_is_one_and_another_is_refused(
        self, runtime: Runtime, refund: Refund, told: Told
    ) -> None:
        told(refund_event(amount_minor=990))
        _answer(runtime, "this_case", refund.case_id)
        _answer(runtime, "this_case", refund.case_id)
        with pytest.raises(RefusedError) as refused:
            _answer(runtime, "another")
        assert refused.value.code == "outside.answered"
        assert _books(runtime, refund)["shopper_refunds"] == 990

    def test_without_a_case_it_counts_and_nobody_is_asked(self, runtime: Runtime, told: Told) -> None:
        with transaction(runtime.engine) as session:
            order = create_order(session, lines=[order_line(unit_paid_minor=990)])
        assert told(refund_event(amount_minor=990)) == "applied"
        with transaction(runtime.engine) as session:
            assert news.outside_asked(session, 10) == []
            assert service.ceiling(session, session.get_one(Order, order.id)) == Money(490, "EUR")

    def test_one_that_fails_after_all_counts_no_more(self, runtime: Runtime, refund: Refund, told: Told) -> None:
        told(refund_event("refund.created", amount_minor=990))
        service.execute(runtime, refund.id)
        assert told(refund_event("refund.failed", amount_minor=990)) == "applied"
        assert service.execute(runtime, refund.id) == "succeeded"

    def test_the_audit_finds_it_without_an_event(
        self, runtime: Runtime, refund: Refund, gateway: MemoryGateway
    ) -> None:
        service.execute(runtime, refund.id)
        gateway.by_hand_refunds = [_by_hand(77)]
        assert (audit.recent(runtime), audit.recent(runtime)) == (1, 0)
        with transaction(runtime.engine) as session:
            # The case has ended: it counts, and nobody is asked.
            assert [row.status for row in news.outside_of_order(session, refund.order_id)] == ["another"]


class TestOurOwn:
    def test_the_event_may_come_before_our_answer(self, runtime: Runtime, refund: Refund, told: Told) -> None:
        event = refund_event(id="re_1", amount_minor=990, idempotency_key=refund.idempotency_key)
        assert told(event) == "applied"
        assert _now(runtime, refund) == ("refunded", "succeeded", None)
        assert service.execute(runtime, refund.id) == "unchanged"
        assert told(refund_event(id="re_1", amount_minor=990, metadata={"refund_id": refund.id})) == "unchanged"
        assert _books(runtime, refund) == {"shopper_refunds": 990, "supplier_credit_expected": 280} | {
            "supplier_recovery": -280
        }

    @pytest.mark.parametrize(
        "changes",
        [pytest.param({"amount_minor": 1}, id="amount"), pytest.param({"currency": "USD"}, id="currency")],
    )
    def test_a_contradiction_is_held_for_a_person(
        self, runtime: Runtime, refund: Refund, told: Told, changes: dict[str, object]
    ) -> None:
        values = {"id": "re_1", "amount_minor": 990, "idempotency_key": refund.idempotency_key} | changes
        assert told(refund_event(**values)) == "contradiction"  # type: ignore[arg-type]
        status, state, why = _now(runtime, refund)
        assert (status, state) == ("refunding", "created")
        assert "compare both" in (why or "")

    def test_paid_here_and_failed_there_is_held_and_stays_paid(
        self, runtime: Runtime, refund: Refund, told: Told
    ) -> None:
        service.execute(runtime, refund.id)
        event = refund_event("refund.failed", id="re_1", amount_minor=990, idempotency_key=refund.idempotency_key)
        assert told(event) == "contradiction"
        assert _now(runtime, refund)[:2] == ("refunded", "succeeded")


def _by_hand(amount_minor: int) -> GatewayRefund:
    return GatewayRefund("re_hand", "succeeded", Money(amount_minor, "EUR"), payment_reference="pay_1")


def _answer(runtime: Runtime, status: str, case_id: str = "") -> None:
    with transaction(runtime.engine) as session:
        row = news.outside_by_gateway_id(session, "re_hand")
        assert row is not None
        outside.answer(session, runtime, row.id, status, by="Dana", now=NOW, case_id=case_id)  # type: ignore[arg-type]


def _refunds(runtime: Runtime, refund: Refund) -> list[Refund]:
    with transaction(runtime.engine) as session:
        return repository.of_case(session, refund.case_id)


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(story=st.permutations(["open", "lost", "ours", "by hand", "open", "lost", "ours", "by hand"]))
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_same_events_in_any_order_and_number_end_the_same(runtime: Runtime, story: list[str]) -> None:
    payment = new_id("pay")
    with transaction(runtime.engine) as session:
        lines = [order_line(unit_paid_minor=990)]
        email = f"{payment}@example.com"
        order = create_order(session, lines=lines, shipping_minor=490, payment_reference=payment, email=email)
        case = open_case(session, runtime, order=order)
        (refund,) = repository.of_case(session, case.id)
    changes = {"id": f"cb_{payment}", "payment_reference": payment, "amount_minor": 400}
    events = {
        "open": chargeback_event("open", event_id=f"{payment}:1", **changes),
        "lost": chargeback_event("lost", event_id=f"{payment}:2", **changes),
        "ours": refund_event(
            event_id=f"{payment}:3", id=f"re_{payment}", payment_reference=payment, amount_minor=refund.amount_minor,
            idempotency_key=refund.idempotency_key,
        ),
        "by hand": refund_event(event_id=f"{payment}:4", id=f"hand_{payment}", payment_reference=payment,
                                amount_minor=50),
    }  # fmt: skip
    for name in story:
        with transaction(runtime.engine) as session:
            news_service.receive(session, runtime, parse_event(events[name]), now=NOW)
    assert _now(runtime, refund) == ("refunded", "succeeded", None)
    assert _books(runtime, refund) == {
        "shopper_refunds": 990, "chargebacks": 400, "payment_fees": 1500, "supplier_credit_expected": 280,
        "supplier_recovery": -280,
    }  # fmt: skip
    with transaction(runtime.engine) as session:
        assert news.gone_minor(session, order.id) == 450
        assert service.ceiling(session, session.get_one(Order, order.id)) == Money(40, "EUR")
