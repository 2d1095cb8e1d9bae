"""The merchant and the supplier, each in a browser of their own."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.stack import Stack


class Owner:
    """The shop's owner in the console, in English."""

    def __init__(self, page: Page, stack: Stack) -> None:
        self.page = page
        self.base = f"{stack.base}/console"

    def sign_in(self) -> Owner:
        self.page.goto(f"{self.base}/sign-in?language=en")
        self.page.get_by_label("Name").fill("demo")
        self.page.get_by_label("Password").fill("demo-shop-owner")
        self.page.get_by_role("button", name="Sign in").click()
        expect(self.page.get_by_role("heading", level=1)).to_be_visible()
        return self

    def open_case(self, case_id: str) -> None:
        self.page.goto(f"{self.base}/cases/{case_id}")
        expect(self.page.locator("#act")).to_be_visible()

    def approve(self, case_id: str) -> None:
        self.open_case(case_id)
        act = self.page.locator("#act")
        act.get_by_role("link", name="Approve").click()
        act.get_by_role("button", name=re.compile("^Approve")).click()
        expect(self.page.locator("#act")).not_to_contain_text("needs you", ignore_case=True)

    def portal_link(self, case_id: str) -> str:
        self.open_case(case_id)
        return self.page.locator("#portal").input_value()

    def take_over(self, conversation_id: str) -> None:
        self.page.goto(f"{self.base}/conversations/{conversation_id}")
        self.page.get_by_role("button", name="Take over").click()
        expect(self.page.locator("#reply")).to_be_visible()

    def reply(self, text: str) -> None:
        self.page.locator("#reply").fill(text)
        self.page.get_by_role("button", name="Send", exact=True).click()
        expect(self.page.locator("#transcript")).to_contain_text(text)

    def sees(self, text: str) -> None:
        expect(self.page.locator("#transcript")).to_contain_text(text, timeout=20_000)

    def hand_back(self) -> None:
        self.page.get_by_role("button", name="Hand back to the bot").click()
        expect(self.page.get_by_role("button", name="Take over")).to_be_visible()


class SupplierPage:
    """A supplier without an API, on the page behind the signed link."""

    def __init__(self, page: Page, link: str) -> None:
        self.page = page
        page.goto(link)

    def approve(self, rma_number: str, address: str) -> None:
        self.page.get_by_label(re.compile("RMA")).fill(rma_number)
        self.page.locator("#return_address").fill(address)
        self.press("approve")

    def receive(self) -> None:
        self.press("received")

    def inspect(self) -> None:
        self.page.locator("#condition").select_option(index=1)
        self.press("inspected")

    def credit(self) -> None:
        self.press("credited")

    def press(self, action: str) -> None:
        form = self.page.locator(f"form:has(input[name=action][value={action}])")
        form.get_by_role("button").click()
        expect(form).to_have_count(0)
