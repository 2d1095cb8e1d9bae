"""Keyboard, screen reader, contrast, phone, right-to-left, weight."""

from __future__ import annotations

import gzip
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.accessibility import violations
from tests.browser.chat_api_server import STATIC, ChatApiServer
from tests.browser.conftest import PHONE
from tests.browser.widget_page import WidgetPage, picture

pytestmark = pytest.mark.browser
FOCUSED = """chat => {
  const node = chat.shadowRoot.activeElement;
  return node && (node.ariaLabel || node.className);
}"""
# Tells, for every change inside the log, whether the log was marked busy.
WATCH_LOG = """
  const attach = Element.prototype.attachShadow;
  Element.prototype.attachShadow = function (options) {
    const root = attach.call(this, options);
    const note = (all) => all.filter((m) => m.target.role === 'log')
      .forEach((m) => (window.seen ||= []).push(m.target.ariaBusy));
    new MutationObserver(note).observe(root, {childList: true, subtree: true});
    return root;
  };"""
SIZES = """chat => [...chat.shadowRoot.querySelectorAll('button:enabled')].filter(b => b.getClientRects().length)
  .map(b => [b.ariaLabel || b.textContent, b.getBoundingClientRect().width, b.getBoundingClientRect().height])"""


def full_conversation(page: Page, chat: ChatApiServer) -> WidgetPage:
    """A panel that shows every kind of thing at once."""
    page.goto(f"{chat.url}/page?shop=Maison+Lumen")
    widget = WidgetPage(page).open()
    expect(widget.bubbles("bot")).to_have_count(1)
    widget.send("hello")
    expect(widget.pending).to_have_count(0)
    chat.say(
        "See https://example.com for more.", attachments=[{"url": "/a.pdf", "title": "Slip", "mime": "application/pdf"}]
    )
    chat.say("Camille here.", origin="agent")
    chat.say("Camille joined.", origin="system")
    chat.set_state("human")
    chat.say("Photos?", ask={"photos": {"minimum": 1, "maximum": 3}}, buttons=["Later"])
    widget.add(picture("mug.jpg"))
    expect(widget.panel.locator(".item.done")).to_have_count(1)
    widget.field.fill("a" * 2010)
    widget.field.press("Enter")
    expect(widget.alert).to_be_visible()
    expect(widget.band()).to_be_visible()
    chat.typing(True)
    expect(widget.log.locator(".typing")).to_be_visible()
    return widget


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [None, PHONE], ids=["desktop", "phone"])
def test_axe_finds_nothing(
    context_of: Callable[..., BrowserContext], chat: ChatApiServer, scheme: str, viewport: dict[str, int] | None
) -> None:
    options = {"viewport": viewport} if viewport else {}
    page = context_of(color_scheme=scheme, reduced_motion="reduce", **options).new_page()
    full_conversation(page, chat)
    assert violations(page) == []


def test_the_roles_a_screen_reader_meets(widget: WidgetPage, chat: ChatApiServer) -> None:
    expect(widget.panel).to_have_accessible_name("Customer service")
    expect(widget.panel).to_have_accessible_description("Automated assistant. A person can take over.")
    expect(widget.log).to_have_attribute("aria-live", "polite")
    expect(widget.log).to_have_accessible_name("Conversation")
    expect(widget.field).to_have_accessible_name("Your message")
    expect(widget.log.get_by_role("group", name="Suggested answers").get_by_role("button")).to_have_count(2)
    widget.send("hello")
    chat.say("Camille here.", origin="agent")
    expect(widget.log).to_contain_text("You: hello")
    expect(widget.log).to_contain_text("Customer service: Camille here.")


def test_history_is_not_read_aloud_again(widget: WidgetPage, chat: ChatApiServer) -> None:
    """A reload fills the log while it is marked busy; what comes later is announced."""
    widget.page.add_init_script(WATCH_LOG)
    widget.page.reload()
    expect(widget.bubbles("bot")).to_have_count(1)
    assert set(widget.page.evaluate("window.seen")) == {"true"}
    expect(widget.log).not_to_have_attribute("aria-busy", "true")


def test_everything_works_by_keyboard(tab: Callable[..., WidgetPage], chat: ChatApiServer) -> None:
    widget = tab()
    keys = widget.page.keyboard
    keys.press("Tab")
    keys.press("Tab")
    expect(widget.launcher).to_be_focused()
    keys.press("Enter")
    expect(widget.field).to_be_focused()
    expect(widget.answer("Return an item")).to_be_enabled()
    for _ in range(3):  # photos, the second answer, the first answer
        keys.press("Shift+Tab")
    expect(widget.answer("Return an item")).to_be_focused()
    keys.press("Space")
    expect(widget.bubbles()).to_have_text(["Return an item"])
    expect(widget.field).to_be_focused()
    keys.type("order 1042")
    keys.press("Enter")
    expect(widget.bubbles().last).to_have_text("order 1042")
    keys.press("Escape")
    expect(widget.panel).to_be_hidden()
    expect(widget.launcher).to_be_focused()


def test_the_phone_sheet_fills_the_screen_and_keeps_the_focus(
    context_of: Callable[..., BrowserContext], chat: ChatApiServer
) -> None:
    page = context_of(viewport=PHONE, has_touch=True, is_mobile=True, reduced_motion="reduce").new_page()
    page.goto(f"{chat.url}/page")
    widget = WidgetPage(page).open()
    expect(widget.bubbles("bot")).to_have_count(1)
    assert widget.panel.bounding_box() == {"x": 0, "y": 0, **PHONE}
    expect(widget.panel).to_have_attribute("aria-modal", "true")
    seen = set()
    for _ in range(12):
        page.keyboard.press("Tab")
        seen.add(widget.host.evaluate(FOCUSED))
    assert None not in seen
    assert {"Close the chat", "Your message", "Send"} <= seen
    widget.close()
    expect(widget.launcher).to_be_focused()
    assert page.evaluate("document.documentElement.style.overflow") == ""


def test_on_a_desktop_the_focus_may_leave_the_panel(widget: WidgetPage) -> None:
    expect(widget.panel).to_have_attribute("aria-modal", "false")
    widget.panel.get_by_role("button", name="Send").focus()
    widget.page.keyboard.press("Tab")
    assert widget.host.evaluate(FOCUSED) is None


def test_targets_are_large_enough(context_of: Callable[..., BrowserContext], chat: ChatApiServer) -> None:
    page = context_of(viewport=PHONE).new_page()
    widget = full_conversation(page, chat)
    sizes = widget.host.evaluate(SIZES)
    assert len(sizes) > 5
    assert [size for size in sizes if min(size[1:]) < 44] == []


def test_in_a_right_to_left_page_the_widget_is_mirrored(
    context_of: Callable[..., BrowserContext], chat: ChatApiServer
) -> None:
    page = context_of().new_page()
    page.goto(f"{chat.url}/page?dir=rtl")
    widget = WidgetPage(page)
    launcher = widget.launcher.bounding_box()
    assert launcher is not None
    assert launcher["x"] < 100
    widget.open()
    widget.send("مرحبا، أريد إرجاع الطلب 1042")
    expect(widget.bubbles()).to_have_count(1)
    mine, theirs = widget.bubbles().bounding_box(), widget.bubbles("bot").bounding_box()
    assert mine is not None
    assert theirs is not None
    assert mine["x"] < theirs["x"]
    assert widget.bubbles().evaluate("node => getComputedStyle(node).direction") == "rtl"
    assert widget.bubbles("bot").evaluate("node => getComputedStyle(node).direction") == "ltr"


def test_colours_follow_the_system_the_attribute_and_the_shop(
    context_of: Callable[..., BrowserContext], chat: ChatApiServer
) -> None:
    page = context_of(color_scheme="dark").new_page()
    page.goto(f"{chat.url}/page")
    surface = "chat => getComputedStyle(chat.shadowRoot.querySelector('.panel')).backgroundColor"
    widget = WidgetPage(page)
    assert widget.host.evaluate(surface) == "rgb(25, 30, 28)"
    widget.host.evaluate(
        "chat => { chat.dataset.theme = 'light'; chat.style.setProperty('--retour-accent', 'rgb(90, 30, 110)'); }"
    )
    assert widget.host.evaluate(surface) == "rgb(255, 255, 255)"
    assert widget.launcher.evaluate("node => getComputedStyle(node).backgroundColor") == "rgb(90, 30, 110)"


def test_less_motion_when_the_shopper_asks_for_it(
    context_of: Callable[..., BrowserContext], chat: ChatApiServer
) -> None:
    page = context_of(reduced_motion="reduce").new_page()
    page.goto(f"{chat.url}/page")
    widget = WidgetPage(page).open()
    assert widget.panel.evaluate("node => getComputedStyle(node).animationName") == "none"
    assert widget.log.locator(".typing i").first.evaluate("node => getComputedStyle(node).animationName") == "none"


def test_the_script_weighs_less_than_20_kilobytes() -> None:
    assert len(gzip.compress((STATIC / "widget.js").read_bytes())) < 20_000
