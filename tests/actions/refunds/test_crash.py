"""The process dies at every single boundary of a refund, and the shopper is paid exactly once all the same."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import Session

from actions.cases.model import Case
from actions.ledger import service as ledger
from actions.refunds import repository, service
from actions.refunds.port import GatewayRefund, RefundRequest
from actions.runtime import Runtime
from common.database import transaction
from common.ids import new_id
from common.outbox import OutboxRow
from tests.factories import create_order, open_case
from tests.fakes import MemoryGateway

_MORE_THAN_ENOUGH = 50


class CrashError(BaseException):
    """The power went out. Not an Exception, so that nothing handles it."""


class _Boundaries:
    """Counts the places where a process can die and dies at the chosen one."""

    def __init__(self, die_at: int) -> None:
        self.die_at = die_at
        self.passed = 0

    def here(self, *_: object) -> None:
        self.passed += 1
        if self.passed == self.die_at:
            raise CrashError

    @contextmanager
    def watching(self) -> Iterator[None]:
        event.listen(Session, "before_commit", self.here)
        event.listen(Session, "after_commit", self.here)
        try:
            yield
        finally:
            event.remove(Session, "before_commit", self.here)
            event.remove(Session, "after_commit", self.here)


class _MortalGateway(MemoryGateway):
    """The gateway with a boundary on both sides of every call."""

    boundaries: _Boundaries | None = None

    def refund(self, request: RefundRequest) -> GatewayRefund:
        self._here()
        answer = super().refund(request)
        self._here()
        return answer

    def find(self, idempotency_key: str) -> GatewayRefund | None:
        self._here()
        answer = super().find(idempotency_key)
        self._here()
        return answer

    def _here(self) -> None:
        if self.boundaries is not None:
            self.boundaries.here()


@pytest.fixture
def mortal(runtime: Runtime) -> Runtime:
    return replace(runtime, gateway=_MortalGateway())


def _refund_id(runtime: Runtime) -> str:
    with transaction(runtime.engine) as session:
        case = open_case(session, runtime, order=create_order(session, email=new_id("shopper") + "@example.com"))
        return repository.of_case(session, case.id)[0].id


def _die_at(runtime: Runtime, refund_id: str, place: int) -> bool:
    """Run once and die at that place; says whether there was such a place."""
    assert isinstance(runtime.gateway, _MortalGateway)
    boundaries = runtime.gateway.boundaries = _Boundaries(place)
    try:
        with boundaries.watching():
            service.execute(runtime, refund_id)
    except CrashError:
        return True
    finally:
        runtime.gateway.boundaries = None
    return False


def _assert_ended_well(runtime: Runtime, refund_id: str) -> None:
    assert isinstance(runtime.gateway, _MortalGateway)
    with transaction(runtime.engine) as session:
        refund = repository.get(session, refund_id)
        case = session.get_one(Case, refund.case_id)
        told = session.scalars(sa.select(OutboxRow).where(OutboxRow.key.startswith(case.id))).all()
        books = ledger.statement(session, case.id, case.currency)
        assert refund.status == "succeeded"
        assert case.status == "refunded"
        assert [entry.to_status for entry in case.journal].count("refunded") == 1
        assert [row.body["response"] for row in told] == ["utter_case_refunded"]
        assert books.balances["shopper_refunds"] == refund.amount_minor
        assert sum(books.balances.values()) == 0
    paid = [key for key in runtime.gateway.paid if key == refund.idempotency_key]
    assert len(paid) == 1


@pytest.mark.slow
def test_dying_at_any_boundary_pays_exactly_once(mortal: Runtime) -> None:
    for place in range(1, _MORE_THAN_ENOUGH):
        refund_id = _refund_id(mortal)
        died = _die_at(mortal, refund_id, place)
        service.execute(mortal, refund_id)
        _assert_ended_well(mortal, refund_id)
        if not died:
            break
    assert place > 6, "both commits and the call in between have a before and an after"


@pytest.mark.slow
def test_dying_again_and_again_pays_exactly_once(mortal: Runtime) -> None:
    for place in range(1, _MORE_THAN_ENOUGH):
        refund_id = _refund_id(mortal)
        died = [_die_at(mortal, refund_id, place) for _ in range(3)]
        service.execute(mortal, refund_id)
        _assert_ended_well(mortal, refund_id)
        if not died[0]:
            break
    assert place > 6, "both commits and the call in between have a before and an after"
