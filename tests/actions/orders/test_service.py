"""Finding an order: number in any form, second proof, the same answer for every failure, and an end to guessing."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from actions.orders import service
from actions.orders.model import FoundOrder, NotFound, OrderLine, Proof
from common.errors import NotFoundError, RefusedError
from common.outbox import Conversation
from tests.actions.orders.orders import NOW, order
from tests.factories import create_conversation

EMAIL = Proof(email="camille@example.com")


@pytest.fixture
def session(session: Session) -> Session:
    session.add(order("#1042"))
    session.add(order("AB-77", email="robin@example.com", phone="06 12 34 56 78"))
    session.flush()
    return session


def find(session: Session, number: str, proof: Proof, *, who: str = "c1", minutes: int = 0) -> FoundOrder | NotFound:
    return service.find(session, number, proof, now=NOW + timedelta(minutes=minutes), limiter_key=who)


@pytest.mark.parametrize("number", ["#1042", "1042", " # 1042 ", "10 42", "n°1042", "N° 1042", "№1042", "１０４２"])
def test_the_number_in_every_form_people_write(session: Session, number: str) -> None:
    found = find(session, number, EMAIL)
    assert isinstance(found, FoundOrder)
    assert [line.name for line in found.order.lines] == ["Blue mug", "Bag"]


def test_letters_of_any_size(session: Session) -> None:
    assert isinstance(find(session, "ab-77", Proof(email="robin@example.com")), FoundOrder)


@pytest.mark.parametrize("email", ["CAMILLE@example.com", " camille@Example.COM ", "camille@example.com"])
def test_the_email_in_any_case(session: Session, email: str) -> None:
    assert isinstance(find(session, "1042", Proof(email=email)), FoundOrder)


@pytest.mark.parametrize(
    "proof",
    [
        pytest.param(Proof(email="robin@example.com"), id="of another order"),
        pytest.param(Proof(), id="none"),
        pytest.param(Proof(email=""), id="empty"),
        pytest.param(Proof(email="camille@example.co"), id="one letter short"),
        pytest.param(Proof(verified_phone="+33612345678"), id="a phone the order does not have"),
    ],
)
def test_a_wrong_proof_looks_like_a_wrong_number(session: Session, proof: Proof) -> None:
    assert find(session, "1042", proof) == find(session, "9999", EMAIL, who="c2") == NotFound()


@pytest.mark.parametrize("phone", ["+33612345678", "33612345678", "0033612345678", "+33 6 12 34 56 78"])
def test_a_verified_phone_proves_too(session: Session, phone: str) -> None:
    assert isinstance(find(session, "AB-77", Proof(verified_phone=phone)), FoundOrder)


def test_a_signed_order_proves_itself_and_no_other(session: Session) -> None:
    assert isinstance(find(session, "#1042", Proof(verified_order="1042")), FoundOrder)
    assert find(session, "AB-77", Proof(verified_order="1042")) == NotFound()
    # The signature names no shop, so with two it could be the other one's order.
    session.add(order("1042", shop="Another", email="robin@example.com"))
    session.flush()
    assert find(session, "1042", Proof(verified_order="1042")) == NotFound()


def test_a_verified_proof_does_not_open_the_door_to_guessing_typed_ones(session: Session) -> None:
    guess = Proof(email="a@example.com", verified_phone="+33699999999", verified_order="AB-77")
    for _ in range(service.FAILURES_PER_CONVERSATION):
        assert find(session, "1042", guess) == NotFound()
    with pytest.raises(RefusedError):
        find(session, "1042", guess)


def test_the_only_order_of_an_address_needs_no_number(session: Session) -> None:
    assert service.only_number(session, " Camille@Example.com") == "#1042"
    assert service.only_number(session, "nobody@example.com") is None
    session.add(order("1043"))
    session.flush()
    assert service.only_number(session, "camille@example.com") is None


@pytest.mark.parametrize("phone", ["612345678", "+32612345678", "+33612345679", "12345678", "+1612345678"])
def test_a_phone_that_only_ends_alike_does_not(session: Session, phone: str) -> None:
    if phone == "612345678":
        # Without the country a national number is completed with the order's own.
        assert isinstance(find(session, "AB-77", Proof(verified_phone=phone)), FoundOrder)
        return
    assert find(session, "AB-77", Proof(verified_phone=phone)) == NotFound()


def test_an_order_without_email_is_not_opened_by_an_empty_one(session: Session) -> None:
    session.add(order("5000", email=None, phone=None))
    session.flush()
    assert find(session, "5000", Proof(email="")) == NotFound()


def test_two_shops_may_use_the_same_number(session: Session) -> None:
    session.add(order("1042", shop="Other", email="lou@example.com"))
    session.flush()
    mine, other = find(session, "1042", EMAIL), find(session, "1042", Proof(email="lou@example.com"))
    assert isinstance(mine, FoundOrder)
    assert isinstance(other, FoundOrder)
    assert {mine.order.shop, other.order.shop} == {"Shop", "Other"}
    elsewhere = service.find(session, "1042", EMAIL, now=NOW, limiter_key="c1", shop="Other")
    assert elsewhere == NotFound()


def test_a_conversation_is_stopped_after_eight_failures_and_may_try_again_later(session: Session) -> None:
    for attempt in range(service.FAILURES_PER_CONVERSATION):
        assert find(session, f"90{attempt}", EMAIL) == NotFound()
    with pytest.raises(RefusedError) as caught:
        find(session, "1042", EMAIL)
    assert caught.value.code == "identify.too_many"
    assert isinstance(find(session, "1042", EMAIL, who="another"), FoundOrder)
    assert isinstance(find(session, "1042", EMAIL, minutes=15), FoundOrder)


def test_one_number_cannot_be_tried_from_many_conversations(session: Session) -> None:
    for attempt in range(service.FAILURES_PER_NUMBER):
        assert find(session, "#1042", Proof(email=f"{attempt}@example.com"), who=f"c{attempt}") == NotFound()
    with pytest.raises(RefusedError):
        find(session, "1042", EMAIL, who="fresh")
    assert isinstance(find(session, "1042", Proof(verified_email="camille@example.com"), who="fresh"), FoundOrder)


def test_success_does_not_count(session: Session) -> None:
    for _ in range(service.FAILURES_PER_CONVERSATION + 1):
        assert isinstance(find(session, "1042", EMAIL), FoundOrder)


def test_an_unknown_id(session: Session) -> None:
    with pytest.raises(NotFoundError) as caught:
        service.get(session, "order_none")
    assert caught.value.code == "order.unknown"


def test_what_is_in_a_case_cannot_be_returned_again(session: Session) -> None:
    found = find(session, "1042", EMAIL)
    assert isinstance(found, FoundOrder)
    mugs, bag = found.order.lines
    assert [item.quantity for item in service.returnable(found.order, {})] == [2, 1]
    assert [item.quantity for item in service.returnable(found.order, {mugs.id: 1, bag.id: 1})] == [1, 0]
    assert [item.quantity for item in service.returnable(found.order, {mugs.id: 9})] == [0, 1]


@given(st.integers(0, 10**7), st.lists(st.integers(1, 9), min_size=1, max_size=9))
def test_pieces_refunded_one_after_another_add_up_to_the_line(paid: int, steps: list[int]) -> None:
    line = OrderLine(id="l", sku="s", name="n", quantity=sum(steps), unit_paid_minor=0, paid_minor=paid)
    done, total = 0, 0
    for step in steps:
        total += line.paid_for(step, already=done)
        done += step
    assert total == paid
    with pytest.raises(ValueError, match="pieces"):
        line.paid_for(1, already=done)


def test_a_line_taken_out_of_the_order_pays_nothing() -> None:
    assert OrderLine(id="l", sku="s", name="n", quantity=0, unit_paid_minor=0, paid_minor=0).paid_for(0) == 0


@pytest.mark.parametrize(
    ("status", "unpaid"),
    [(None, False), ("paid", False), ("processing", False), ("pending", True), ("Voided", True), ("on-hold", True)],
)
def test_what_the_shop_system_says_about_money(status: str | None, unpaid: bool) -> None:
    assert order(financial_status=status).unpaid is unpaid


def test_the_conversation_in_which_an_order_is_proven_remembers_whose_it_is(session: Session) -> None:
    found, talk = find(session, "1042", EMAIL), create_conversation(session)
    assert isinstance(found, FoundOrder)
    service.follow(session, found.order.id, talk.id, now=NOW)
    asked = {"email": "camille@example.com", "order": "#1042"}
    assert session.get_one(Conversation, talk.id).identity == {"asked": asked}
