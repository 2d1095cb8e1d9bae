"""docs/on-my-shop.md followed word for word on a page of another origin: settings, tag, policy, token samples."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, Response, expect

from common.shop_config import ShopConfig
from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.shop_site import ShopSite
from tests.browser.system.conftest import LINK_SECRET
from tests.browser.widget_page import WidgetPage, picture
from tests.pages import LANGUAGES, block, made
from tests.phrasebook import name_of
from tests.stack import Stack

PAGE = "on-my-shop.md"
ADDRESS = "https://returns.your-shop.example"
pytestmark = [pytest.mark.browser, pytest.mark.stack, pytest.mark.timeout(600)]

Visit = Callable[..., WidgetPage]


@pytest.fixture
def visit(context_of: Callable[..., BrowserContext], stack: Stack, listed: ShopSite) -> Visit:
    """Opens the shop's page with one of the documented tags; an English visitor at a desk, a French one on a phone."""

    def go(tag: str, *, language: str = "en", policy: str = "", site: ShopSite = listed) -> WidgetPage:
        site.tag, site.language = tag.replace(ADDRESS, stack.base), language
        stream = stack.base.replace("http", "ws", 1)
        site.policy = policy.replace(ADDRESS.replace("https", "wss"), stream).replace(ADDRESS, stack.base)
        view = {"viewport": PHONE, "has_touch": True, "is_mobile": True} if language == "fr" else {"viewport": DESKTOP}
        page = context_of(**view, locale="fr-FR" if language == "fr" else "en-GB").new_page()
        page.goto(site.url)
        return WidgetPage(page)

    return go


@pytest.fixture
def elsewhere() -> Iterator[ShopSite]:
    """A website that `allowed_origins` does not list."""
    site = ShopSite().start()
    yield site
    site.close()


def last_said(widget: WidgetPage, count: int) -> list[str | None]:
    """The names of the first `count` things the bot says."""
    expect(widget.bubbles("bot").nth(count - 1)).to_be_visible(timeout=60_000)
    return [name_of(text) for text in widget.bubbles("bot").all_text_contents()[:count]]


def test_the_settings_of_the_page_are_read(tmp_path: Path) -> None:
    file = tmp_path / "retour.toml"
    file.write_text(block(PAGE, "toml", "[shop]"), encoding="utf-8")
    shop = ShopConfig.load(file, {})
    assert (shop.allowed_origins, shop.payment.kind, shop.suppliers) == (("https://your-shop.example",), "manual", {})
    signed = block(PAGE, "toml", "order_token_secret_env")
    file.write_text(file.read_text(encoding="utf-8").replace("[payment]", f"{signed}[payment]"), encoding="utf-8")
    assert ShopConfig.load(file, {"RETOUR_ORDER_TOKEN_SECRET": LINK_SECRET}).order_token_secret == LINK_SECRET


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_tag_opens_the_chat_on_a_page_of_another_origin(visit: Visit, language: str) -> None:
    policy = "default-src 'none'; " + " ".join(block(PAGE, "", "script-src").split())
    widget = visit(block(PAGE, "html", "data-locale"), language=language, policy=policy)
    streams: list[str] = []
    widget.page.on("websocket", lambda socket: streams.append(socket.url))
    widget.open()
    assert last_said(widget, 2) == ["utter_welcome", "utter_menu"]
    expect(widget.panel).to_have_accessible_name("Your shop")
    widget.add(picture())
    widget.panel.locator(".item.done").wait_for()
    widget.panel.locator("button.send").click()
    expect(widget.log.locator(".m.shopper .pic img")).to_have_count(1)
    assert last_said(widget, 3)[2] == "utter_photos_kept"
    assert len(streams) == 1


@pytest.mark.parametrize("sample", LANGUAGES)
def test_a_token_of_the_pages_samples_brings_the_order_with_it(visit: Visit, stack: Stack, sample: str) -> None:
    number, email = stack.order_for("wrong_size")
    token = made(PAGE, sample, "order_token", f"'{number}', '{email}'", LINK_SECRET)
    widget = visit(block(PAGE, "html", "TOKEN").replace("TOKEN", token))
    verdict = _verdict_of(widget.page)
    widget.open()
    last_said(widget, 2)
    widget.send("the sweater is too small, I want to send it back")
    assert last_said(widget, 3)[2] == "utter_identify_found"
    assert verdict == ["accepted"]


def test_a_forged_token_is_no_error_for_the_shopper_and_told_to_the_developer(visit: Visit, stack: Stack) -> None:
    number, email = stack.order_for("wrong_size")
    token = made(PAGE, "python", "order_token", f"'{number}', '{email}'", "another secret, as long as the first one is")
    widget = visit(block(PAGE, "html", "TOKEN").replace("TOKEN", token))
    verdict = _verdict_of(widget.page)
    widget.open()
    last_said(widget, 2)
    widget.send(f"the sweater of order {number} is too small, I want to send it back")
    assert last_said(widget, 3)[2] == "utter_ask_proof"
    assert verdict == ["bad_signature"]


def test_on_a_page_that_is_not_listed_the_console_says_what_to_do(
    visit: Visit, stack: Stack, elsewhere: ShopSite
) -> None:
    widget = visit(block(PAGE, "html", "data-locale"), site=elsewhere)
    said: list[str] = []
    widget.page.on("console", lambda message: said.append(message.text))
    widget.open()
    expect(widget.alert).to_contain_text("cannot be reached")
    told = [line for line in said if line.startswith("Retour:")]
    assert told == [
        f"Retour: no answer from {stack.base}/api/chat/; is {elsewhere.url} in allowed_origins of retour.toml?"
    ]


def _verdict_of(page: Page) -> list[str]:
    """What the network tab says the token was worth, as soon as it does."""
    found: list[str] = []

    def look(answer: Response) -> None:
        if answer.url.endswith("/conversations") and answer.request.method == "POST":
            found.append(answer.json()["order_token"])

    page.on("response", look)
    return found
