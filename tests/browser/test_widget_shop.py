"""The demo shop: both languages, the orders to try, and its way into the chat."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import jinja2
import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.accessibility import violations
from tests.browser.chat_api_server import REPOSITORY, ChatApiServer
from tests.browser.conftest import PHONE, greeting
from tests.browser.widget_page import WidgetPage

pytestmark = pytest.mark.browser
ORDERS = [
    {
        "number": "1041",
        "email": "a.shopper@example.com",
        "situation_key": "damaged",
        "title_fr": "Un mug arrivé cassé",
        "title_en": "A mug that arrived broken",
        "product": "Mug",
        "product_fr": "Tasse",
        "price": "€9.90",
        "status_fr": "Deux photos suffisent.",
        "status_en": "Two photos are enough.",
        "sku": "MUG-BLUE",
    },
    {
        "number": "<1042>",
        "email": "b.shopper@example.com",
        "situation_key": "wrong_size",
        "title_fr": "La mauvaise taille",
        "title_en": "The wrong size",
        "product": "Sweater",
        "price": "€49.00",
        "status_fr": "Livrée",
        "status_en": "Delivered",
    },
]


def render(query: Mapping[str, str]) -> str:
    loader = jinja2.FileSystemLoader(REPOSITORY / "bot" / "web" / "templates")
    template = jinja2.Environment(loader=loader, autoescape=True, undefined=jinja2.Undefined).get_template(
        "shop.html.j2"
    )
    return template.render(orders=ORDERS, lang=query.get("lang", "en"), console_url="/console", docs_url="/docs")


@pytest.fixture
def shop(context_of: Callable[..., BrowserContext]) -> Iterator[Callable[..., Page]]:
    server = ChatApiServer(greet=greeting)
    server.pages["/shop"] = render
    server.start()

    def visit(query: str = "lang=en", **options: object) -> Page:
        page = context_of(**options).new_page()
        page.goto(f"{server.url}/shop?{query}")
        return page

    yield visit
    server.close()


def test_the_language_can_be_changed_and_the_chat_follows(shop: Callable[..., Page]) -> None:
    page = shop("lang=en")
    expect(page.get_by_role("heading", name="A mug that arrived broken")).to_be_visible()
    page.get_by_role("link", name="Français").click()
    expect(page.get_by_role("heading", name="Un mug arrivé cassé")).to_be_visible()
    expect(page.get_by_text("9,90 €", exact=True)).to_be_visible()
    widget = WidgetPage(page).open()
    expect(widget.bubbles("bot")).to_have_text("Bonjour, je suis un assistant automatique. Que puis-je faire ?")


def test_an_order_opens_the_chat_with_a_first_sentence(shop: Callable[..., Page]) -> None:
    page = shop()
    page.get_by_role("button", name="Start the return 1041").click()
    widget = WidgetPage(page)
    expect(widget.field).to_have_value("A mug that arrived broken. Order 1041.")
    expect(widget.field).to_be_focused()
    expect(widget.bubbles("bot")).to_have_count(1)
    expect(widget.panel).to_have_accessible_name("Maison Lumen")


def test_number_and_address_can_be_copied(shop: Callable[..., Page]) -> None:
    page = shop(permissions=["clipboard-read", "clipboard-write"])
    button = page.get_by_role("button", name="Copy the address a.shopper@example.com")
    button.click()
    expect(button).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == "a.shopper@example.com"
    expect(page.get_by_role("button", name="Copy the number <1042>")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [None, PHONE], ids=["desktop", "phone"])
def test_axe_finds_nothing(shop: Callable[..., Page], scheme: str, viewport: dict[str, int] | None) -> None:
    page = shop("lang=fr", color_scheme=scheme, **({"viewport": viewport} if viewport else {}))
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_every_picture_of_the_page_exists(shop: Callable[..., Page]) -> None:
    page = shop()
    sources = page.eval_on_selector_all("img", "nodes => nodes.map(node => node.src)")
    assert len(sources) > 8
    assert [source for source in sources if not page.request.get(source).ok] == []
