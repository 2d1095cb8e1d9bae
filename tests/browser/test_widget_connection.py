"""What must not be lost: reloads, restarts, two tabs, no network, a server that answers too late."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.chat_api_server import ChatApiServer
from tests.browser.conftest import WELCOME
from tests.browser.widget_page import WidgetPage, picture

pytestmark = pytest.mark.browser


def test_a_reload_resumes_the_conversation_with_the_panel_open(widget: WidgetPage, chat: ChatApiServer) -> None:
    widget.send("order 1042")
    expect(widget.pending).to_have_count(0)
    widget.page.reload()
    expect(widget.panel).to_be_visible()
    expect(widget.bubbles()).to_have_text(["order 1042"])
    expect(widget.bubbles("bot")).to_have_text([WELCOME["en"]["text"]])
    chat.say("Still here.")
    expect(widget.bubbles("bot").last).to_have_text("Still here.")
    assert len(chat.conversations) == 1


def test_the_conversation_goes_on_after_a_restart_of_the_server(widget: WidgetPage, chat: ChatApiServer) -> None:
    chat.stop()
    expect(widget.band()).to_contain_text("No connection")
    widget.send("are you there?")
    expect(widget.pending).to_have_text(re.compile("are you there.*Waiting to be sent"))
    chat.start()
    expect(widget.pending).to_have_count(0)
    expect(widget.band()).to_be_hidden()
    expect(widget.bubbles()).to_have_text(["are you there?"])
    chat.say("Yes.")
    expect(widget.bubbles("bot").last).to_have_text("Yes.")
    assert chat.texts() == ["are you there?"]


def test_messages_written_without_network_survive_a_closed_tab(
    widget: WidgetPage, tab: Callable[..., WidgetPage], chat: ChatApiServer
) -> None:
    blocked = "**/api/chat/**"
    widget.page.context.route(blocked, lambda route: route.abort())
    chat.stop()
    expect(widget.band()).to_contain_text("No connection")
    widget.send("first")
    widget.send("second")
    expect(widget.pending).to_have_count(2)
    widget.page.close()
    chat.start()
    widget.page.context.unroute(blocked)
    again = tab().open()
    expect(again.bubbles()).to_have_text(["first", "second"])
    expect(again.pending).to_have_count(0)
    assert chat.texts() == ["first", "second"]


def test_a_lost_answer_does_not_double_the_message(widget: WidgetPage, chat: ChatApiServer) -> None:
    chat.lost_acks = 1
    widget.send("only once")
    expect(widget.pending).to_have_count(0)
    widget.send("and this")
    expect(widget.bubbles()).to_have_text(["only once", "and this"])
    expect(widget.pending).to_have_count(0)
    assert chat.texts() == ["only once", "and this"]


def test_two_tabs_show_the_same_conversation_once(
    widget: WidgetPage, tab: Callable[..., WidgetPage], chat: ChatApiServer
) -> None:
    other = tab().open()
    expect(other.bubbles("bot")).to_have_count(1)
    widget.send("from the first tab")
    expect(other.bubbles()).to_have_text(["from the first tab"])
    other.send("from the second tab")
    expect(widget.bubbles()).to_have_text(["from the first tab", "from the second tab"])
    chat.say("Seen by both.")
    for each in (widget, other):
        expect(each.bubbles("bot").last).to_have_text("Seen by both.")
        expect(each.bubbles()).to_have_text(["from the first tab", "from the second tab"])
        expect(each.pending).to_have_count(0)
    assert len(chat.conversations) == 1


def test_a_tab_opened_before_joins_the_conversation_another_tab_starts(
    tab: Callable[..., WidgetPage], chat: ChatApiServer
) -> None:
    waiting = tab()
    expect(waiting.launcher).to_be_visible()
    starting = tab().open()
    starting.send("hello")
    waiting.open()
    expect(waiting.bubbles()).to_have_text(["hello"])
    assert len(chat.conversations) == 1


def test_without_websocket_the_chat_works_over_http(tab: Callable[..., WidgetPage], chat: ChatApiServer) -> None:
    chat.streaming = False
    chat.answer = lambda conversation, message: [{"text": "Received."}]
    widget = tab().open()
    expect(widget.bubbles("bot")).to_have_count(1)
    widget.send("order 1042")
    expect(widget.bubbles("bot").last).to_have_text("Received.")
    expect(widget.bubbles()).to_have_text(["order 1042"])
    chat.say("Later, unasked.")
    expect(widget.bubbles("bot").last).to_have_text("Later, unasked.")
    assert "POST /api/chat/messages" in chat.requests


def test_opening_while_the_server_is_away_keeps_trying(tab: Callable[..., WidgetPage], chat: ChatApiServer) -> None:
    widget = tab()
    chat.stop()
    widget.open()
    expect(widget.alert).to_have_text("The chat cannot be reached right now; it will keep trying.")
    widget.send("hello?")
    expect(widget.pending).to_have_count(1)
    chat.start()
    expect(widget.bubbles("bot")).to_have_count(1)
    expect(widget.bubbles()).to_have_text(["hello?"])
    expect(widget.pending).to_have_count(0)
    expect(widget.alert).to_be_hidden()


def test_a_forgotten_conversation_gives_way_to_a_new_one(widget: WidgetPage, chat: ChatApiServer) -> None:
    widget.send("old")
    expect(widget.pending).to_have_count(0)
    chat.forget_everyone()
    widget.page.reload()
    expect(widget.bubbles("system")).to_have_text("The earlier conversation has ended; this is a new one.")
    expect(widget.bubbles("bot")).to_have_text([WELCOME["en"]["text"]])
    expect(widget.bubbles()).to_have_count(0)
    assert len(chat.conversations) == 2


def test_photos_not_sent_yet_survive_a_reload(widget: WidgetPage, chat: ChatApiServer) -> None:
    widget.add(picture("one.jpg"))
    expect(widget.panel.locator(".item.done")).to_have_count(1)
    chat.stop()
    widget.add(picture("two.jpg", colour="#884422"))
    expect(widget.panel.locator(".item.failed")).to_have_count(1)
    chat.start()
    widget.page.reload()
    expect(widget.panel.locator(".item.done")).to_have_count(2)
    widget.field.press("Enter")
    expect(widget.log.locator(".m.shopper .pic img[src^=blob]")).to_have_count(2)
    expect(widget.pending).to_have_count(0)
    assert len(chat.conversation.messages[-1]["photos"]) == 2
