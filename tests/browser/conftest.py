"""A browser, a scripted chat server and tabs for the browser tests; without Debian's chromium they are skipped."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.browser.chat_api_server import ChatApiServer, Json
from tests.browser.widget_page import WidgetPage

CHROMIUM = shutil.which("chromium")
# Without a sandbox (containers) and without the browser's own network traffic.
LAUNCH = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WELCOME: dict[str, Json] = {
    "en": {
        "text": "Hello, I am an automated assistant. What can I do for you?",
        "buttons": ["Return an item", "Where is my refund?"],
    },
    "fr": {
        "text": "Bonjour, je suis un assistant automatique. Que puis-je faire ?",
        "buttons": ["Retourner un article", "Mon remboursement"],
    },
}
DESKTOP = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 844}

expect.set_options(timeout=15_000)


def greeting(language: str) -> Json:
    """The first message of the scripted server."""
    return dict(WELCOME[language])


# For these tests only: while it lives, Playwright keeps an event loop running in the thread of the tests.
@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("chromium is not installed: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=LAUNCH)
        yield browser
        browser.close()


@pytest.fixture
def chat() -> Iterator[ChatApiServer]:
    """A running chat server that greets and otherwise says what the test tells it to."""
    server = ChatApiServer(greet=greeting)
    server.start()
    yield server
    server.close()


@pytest.fixture
def context_of(chromium: Browser) -> Iterator[Callable[..., BrowserContext]]:
    """Makes browser contexts (one is one shopper's browser); an error in a page's script fails the test."""
    contexts: list[BrowserContext] = []
    errors: list[str] = []

    def make(**options: Any) -> BrowserContext:
        context = chromium.new_context(**{"viewport": DESKTOP, "locale": "en-GB", **options})
        context.on("weberror", lambda error: errors.append(str(error.error)))
        contexts.append(context)
        return context

    yield make
    for context in contexts:
        context.close()
    assert errors == [], f"errors in the page's script: {errors}"


@pytest.fixture
def context(context_of: Callable[..., BrowserContext]) -> BrowserContext:
    return context_of()


@pytest.fixture
def tab(context: BrowserContext, chat: ChatApiServer) -> Callable[..., WidgetPage]:
    """Opens the bare shop page in a new tab of the same browser; `query` becomes the script tag's attributes."""

    def make(query: str = "lang=en") -> WidgetPage:
        page: Page = context.new_page()
        page.goto(f"{chat.url}/page?{query}")
        return WidgetPage(page)

    return make


@pytest.fixture
def widget(tab: Callable[..., WidgetPage]) -> WidgetPage:
    """The widget of one tab, opened, greeted."""
    opened = tab().open()
    expect(opened.bubbles("bot")).to_have_count(1)
    return opened
