"""What a named person may decide, and that the shopper hears of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest
from sqlalchemy.orm import Session

from actions.cases import service
from actions.cases.model import Case
from actions.cases.transitions import InvalidTransitionError
from actions.refunds import repository as refunds
from actions.refunds.port import GatewayRefund
from actions.refunds.service import record_by_hand, settle
from actions.runtime import Runtime
from common.errors import RefusedError
from common.money import Money
from common.outbox import Conversation, OutboxRow
from tests.actions.cases.conftest import told
from tests.factories import claim_of, create_order, open_case, order_line


@pytest.fixture
def waiting(session: Session, runtime: Runtime) -> Case:
    """A torn coat of 189.00, above what the shop refunds by itself."""
    line = order_line(sku="COAT-L", name="Winter coat", unit_paid_minor=18900, wholesale_minor=7900)
    return open_case(session, runtime, order=create_order(session, lines=[line]), reason="damaged")


def test_a_plain_yes_does_what_the_policy_proposed(
    session: Session, runtime: Runtime, waiting: Case, now: datetime
) -> None:
    case = service.approve(session, runtime, waiting.id, by="Dana", why="Clear photos", now=now)
    claim = claim_of(session, case.id)
    assert (case.status, case.resolution) == ("awaiting_supplier", "return")
    assert claim is not None
    assert case.journal[-1].by == "Dana"
    assert told(session, case) == ["utter_case_approved"]


@pytest.mark.parametrize(("language", "words"), [("en", "return"), ("fr", "retour")])
def test_the_outcome_is_told_in_words(
    session: Session, runtime: Runtime, waiting: Case, now: datetime, language: str, words: str
) -> None:
    session.get_one(Conversation, waiting.conversation_id).language = language
    session.flush()
    service.approve(session, runtime, waiting.id, by="Dana", why="Clear photos", now=now)
    body = session.query(OutboxRow).filter(OutboxRow.key.startswith(waiting.id)).one().body
    assert words in body["parameters"]["outcome"]


def test_another_outcome_and_amount(session: Session, runtime: Runtime, waiting: Case, now: datetime) -> None:
    case = service.change_outcome(
        session, runtime, waiting.id, by="Dana", why="A seamstress costs 40", now=now,
        outcome="refund_without_return", refund_minor=4000,
    )  # fmt: skip
    assert (case.status, case.resolution) == ("refunding", "refund_without_return")
    assert [refund.amount_minor for refund in refunds.of_case(session, case.id)] == [4000]
    assert told(session, case) == ["utter_case_approved", "utter_case_refund_started"]


@pytest.mark.parametrize("minor", [0, -1, 1_000_000])
def test_an_amount_that_cannot_be(session: Session, runtime: Runtime, waiting: Case, now: datetime, minor: int) -> None:
    with pytest.raises(RefusedError) as refused:
        service.approve(session, runtime, waiting.id, by="Dana", why="x", now=now, refund_minor=minor)
    assert refused.value.code == "case.amount"


def test_a_refusal_is_told_with_its_reason_and_can_be_reopened(
    session: Session, runtime: Runtime, waiting: Case, now: datetime
) -> None:
    case = service.refuse(session, waiting.id, by="Dana", why="The seam was cut", now=now)
    assert (case.status, case.resolution) == ("refused", "refused")
    service.approve(session, runtime, case.id, by="Owner", why="Goodwill", now=now, outcome="refund_without_return")
    assert case.status == "refunding"
    assert told(session, case)[0] == "utter_case_refused_by_person"


def test_a_refusal_by_the_policy_can_be_overruled(session: Session, runtime: Runtime, now: datetime) -> None:
    order = create_order(session, delivered_days_ago=65)
    case = open_case(session, runtime, order=order, reason="changed_mind", photos=0)
    service.approve(session, runtime, case.id, by="Dana", why="Loyal", now=now, outcome="refund_without_return")
    assert [refund.amount_minor for refund in refunds.of_case(session, case.id)] == [990]


@pytest.mark.parametrize("why", ["", "  "])
def test_nobody_decides_without_a_reason(
    session: Session, runtime: Runtime, waiting: Case, now: datetime, why: str
) -> None:
    for decide in (
        lambda: service.approve(session, runtime, waiting.id, by="Dana", why=why, now=now),
        lambda: service.refuse(session, waiting.id, by="Dana", why=why, now=now),
        lambda: service.add_note(session, waiting.id, by="Dana", text=why, now=now),
    ):
        with pytest.raises(RefusedError):
            decide()


def test_two_clicks_pay_once(session: Session, runtime: Runtime, waiting: Case, now: datetime) -> None:
    yes = {"by": "Dana", "why": "ok", "now": now, "outcome": "refund_without_return"}
    service.approve(session, runtime, waiting.id, **yes)  # type: ignore[arg-type]
    with pytest.raises(InvalidTransitionError):
        service.approve(session, runtime, waiting.id, **yes)  # type: ignore[arg-type]
    assert len(refunds.of_case(session, waiting.id)) == 1


def test_after_a_declined_refund_a_yes_tries_again_under_a_new_key(
    session: Session, runtime: Runtime, now: datetime
) -> None:
    case = open_case(session, runtime)
    first = refunds.of_case(session, case.id)[0]
    settle(session, runtime, first.id, GatewayRefund("re_1", "failed", Money(990, "EUR"), "card closed"))
    assert case.status == "awaiting_review"
    service.approve(session, runtime, case.id, by="Dana", why="New card", now=now)
    keys = [refund.idempotency_key for refund in refunds.of_case(session, case.id)]
    assert keys == [f"refund:{case.id}:1", f"refund:{case.id}:2"]


def test_what_has_no_way_is_refused_to_the_person_and_changes_nothing(
    session: Session, runtime: Runtime, now: datetime
) -> None:
    lines = [order_line(unit_paid_minor=9000), order_line(unit_paid_minor=9000, supplier_id=None)]
    case = open_case(session, runtime, order=create_order(session, lines=lines), reason="damaged")
    session.commit()
    with pytest.raises(RefusedError) as refused:
        service.approve(session, runtime, case.id, by="Dana", why="ok", now=now, outcome="return")
    assert refused.value.code == "case.no_way"


def test_the_merchant_need_not_wait_for_the_supplier(session: Session, runtime: Runtime, now: datetime) -> None:
    order = create_order(session, lines=[order_line(unit_paid_minor=4900)])
    case = open_case(session, runtime, order=order, reason="wrong_size", photos=0)
    service.approve(session, runtime, case.id, by="Dana", why="Too slow", now=now)
    claim = claim_of(session, case.id)
    assert claim is not None
    assert (case.status, claim.closed_at) == ("refunding", now)


def test_a_credit_note_waits_for_its_code(session: Session, runtime: Runtime, waiting: Case, now: datetime) -> None:
    service.approve(session, runtime, waiting.id, by="Dana", why="As wished", now=now, outcome="store_credit")
    refund = refunds.of_case(session, waiting.id)[0]
    assert told(session, waiting) == ["utter_case_approved"]
    record_by_hand(session, runtime, refund.id, by="Dana", gateway_id="GIFT-42")
    assert waiting.status == "refunded"
    assert told(session, waiting) == ["utter_case_approved", "utter_case_store_credit"]


@pytest.mark.parametrize("address", ["", "1 rue de la Paix, 75002 Paris"])
def test_a_return_after_the_supplier_refused_needs_an_address_of_the_shop(
    session: Session, runtime: Runtime, now: datetime, address: str
) -> None:
    own = replace(runtime, policy=replace(runtime.policy, return_address=address))
    order = create_order(session, lines=[order_line(unit_paid_minor=4900)])
    case = open_case(session, own, order=order, reason="wrong_size", photos=0)
    service.change_outcome(session, own, case.id, by="Dana", why="Look", now=now, outcome="needs_person")
    if address:
        service.approve(session, own, case.id, by="Dana", why="Send it to us", now=now, outcome="return")
        assert case.status == "awaiting_parcel"
    else:
        with pytest.raises(RefusedError) as refused:
            service.approve(session, own, case.id, by="Dana", why="Send it to us", now=now, outcome="return")
        assert refused.value.code == "case.no_way"
