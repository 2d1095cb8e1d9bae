"""Situations a to f in a real browser, from hello to the end, in both languages."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import requests
from playwright.sync_api import BrowserContext

from tests.browser.browser_shopper import BrowserShopper
from tests.browser.system.case_rows import case_of, said, until_claim, until_said
from tests.browser.system.conftest import Pictures
from tests.browser.system.people import Owner, SupplierPage
from tests.situations import (
    above_limit,
    damaged_mug,
    drive,
    not_as_described,
    not_received,
    outside_window,
    wrong_size,
)
from tests.stack import Stack

pytestmark = [pytest.mark.slow, pytest.mark.stack, pytest.mark.browser, pytest.mark.timeout(600)]

Browsers = Callable[..., BrowserContext]


def test_a_broken_mug_is_refunded_at_once_from_two_photos(
    stack: Stack, shopper: BrowserShopper, picture: Pictures, seeds: tuple[int, int]
) -> None:
    number, email = stack.order_for("damaged_low_value")
    drive(shopper, damaged_mug(number, email, seeds))
    told = until_said(shopper, "utter_case_refunded")
    assert ("9,90" if shopper.language == "fr" else "€9.90") in told
    case = case_of(stack, number)
    assert (case.status, case.refunds) == ("refunded", (("succeeded", 990),))
    picture(shopper, "a-refunded")


def test_a_wrong_size_goes_through_rma_and_slip_to_the_refund(
    stack: Stack, shopper: BrowserShopper, picture: Pictures
) -> None:
    number, email = stack.order_for("wrong_size")
    drive(shopper, wrong_size(number, email))
    until_said(shopper, "utter_case_rma_ready")
    picture(shopper, "b-rma")
    cards = [card["url"] for message in shopper.seen for card in message["attachments"]]
    # First the receipt of the withdrawal, then the slip.
    assert [card.rsplit("/", 2)[1] for card in cards] == ["withdrawals", "returns"]
    for card in cards:
        pdf = requests.get(card, timeout=20)
        assert pdf.headers["content-type"] == "application/pdf"
        assert pdf.content.startswith(b"%PDF-")
    until_said(shopper, "utter_case_refunded", seconds=150)
    case = case_of(stack, number)
    # A withdrawal of the whole order gives back the standard delivery as well (CRD art. 13).
    assert (case.status, case.refunds) == ("refunded", (("succeeded", 4900 + 490),))
    assert until_claim(stack, case, "credited") == 1900
    received = stack.rows(
        "SELECT account, sum(debit_minor - credit_minor) FROM rd_ledger_entry WHERE case_id = :id GROUP BY account",
        id=case.id,
    )
    assert sum(int(str(row[1])) for row in received) == 0
    assert any("supplier_credit" in str(row[0]) for row in received)
    picture(shopper, "b-refunded")


def test_a_supplier_without_an_api_answers_on_its_page(
    stack: Stack,
    shopper: BrowserShopper,
    picture: Pictures,
    owner: Owner,
    context_of: Browsers,
    seeds: tuple[int, int],
) -> None:
    number, email = stack.order_for("not_as_described")
    drive(shopper, not_as_described(number, email, seeds))
    case = case_of(stack, number)
    supplier = SupplierPage(context_of().new_page(), owner.portal_link(case.id))
    supplier.approve("AN-7781", "Atelier Nord, 12 rue du Port, 59000 Lille")
    assert "AN-7781" in until_said(shopper, "utter_case_rma_ready")
    supplier.receive()
    supplier.inspect()
    supplier.credit()
    until_said(shopper, "utter_case_refunded")
    case = case_of(stack, number)
    assert (case.status, case.refunds) == ("refunded", (("succeeded", 3900),))
    picture(shopper, "c-refunded")


def test_a_parcel_that_never_came_is_refunded_without_photo_or_parcel(
    stack: Stack, shopper: BrowserShopper, picture: Pictures
) -> None:
    number, email = stack.order_for("not_received")
    drive(shopper, not_received(number, email))
    until_said(shopper, "utter_case_refunded")
    assert not {"utter_ask_photos", "utter_case_rma_ready"} & said(shopper)
    case = case_of(stack, number)
    assert (case.status, case.refunds) == ("refunded", (("succeeded", 2990 + 490),))
    assert stack.rows("SELECT id FROM rd_supplier_claim WHERE case_id = :id", id=case.id)
    picture(shopper, "d-refunded")


def test_above_the_limit_the_owner_approves_while_the_shopper_watches(
    stack: Stack, shopper: BrowserShopper, picture: Pictures, owner: Owner, seeds: tuple[int, int]
) -> None:
    number, email = stack.order_for("above_limit")
    drive(shopper, above_limit(number, email, seeds))
    case = case_of(stack, number)
    assert (case.status, case.refunds) == ("awaiting_review", ())
    owner.approve(case.id)
    until_said(shopper, "utter_case_approved")
    picture(shopper, "e-approved")
    until_said(shopper, "utter_case_refunded", seconds=150)
    case = case_of(stack, number)
    assert (case.status, case.refunds) == ("refunded", (("succeeded", 18900),))


def test_outside_the_window_is_refused_with_the_reason_and_a_way_to_a_person(
    stack: Stack, shopper: BrowserShopper, picture: Pictures
) -> None:
    number, email = stack.order_for("outside_window")
    drive(shopper, outside_window(number, email))
    assert "30" in until_said(shopper, "utter_refused_window")
    assert case_of(stack, number).status == "refused"
    picture(shopper, "f-refused")
    shopper.choose("person")
    until_said(shopper, "utter_handoff_waiting")
