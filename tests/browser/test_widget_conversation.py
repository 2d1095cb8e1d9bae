"""The conversation as a shopper sees it: greeting, text, suggested answers, states, languages."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser.chat_api_server import ChatApiServer
from tests.browser.conftest import WELCOME
from tests.browser.widget_page import WidgetPage

pytestmark = pytest.mark.browser


def test_nothing_is_asked_of_the_server_before_the_panel_opens(
    tab: Callable[..., WidgetPage], chat: ChatApiServer
) -> None:
    widget = tab()
    expect(widget.launcher).to_be_visible()
    assert chat.requests == []
    widget.open()
    expect(widget.bubbles("bot")).to_have_text(WELCOME["en"]["text"])
    assert len(chat.conversations) == 1


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_locale_attribute_decides_the_language(
    tab: Callable[..., WidgetPage], chat: ChatApiServer, language: str
) -> None:
    widget = tab(f"locale={language}").open()
    expect(widget.bubbles("bot")).to_have_text(WELCOME[language]["text"])
    assert chat.conversation.language == language
    expect(widget.panel).to_have_attribute("lang", language)


def test_a_typed_message_reaches_the_server_once_and_is_shown_once(widget: WidgetPage, chat: ChatApiServer) -> None:
    chat.answer = lambda conversation, message: [{"text": f"You said {message['text']}"}]
    widget.send("order 1042 is broken")
    expect(widget.bubbles("bot").last).to_have_text("You said order 1042 is broken")
    expect(widget.bubbles()).to_have_text(["order 1042 is broken"])
    expect(widget.pending).to_have_count(0)
    assert chat.texts() == ["order 1042 is broken"]


def test_shift_enter_makes_a_line_and_enter_sends(widget: WidgetPage, chat: ChatApiServer) -> None:
    widget.field.press_sequentially("one")
    widget.field.press("Shift+Enter")
    widget.field.press_sequentially("two")
    widget.field.press("Enter")
    expect(widget.bubbles()).to_have_count(1)
    expect(widget.field).to_have_value("")
    expect(widget.pending).to_have_count(0)
    assert chat.texts() == ["one\ntwo"]


def test_a_suggested_answer_is_sent_by_index_and_cannot_be_used_twice(widget: WidgetPage, chat: ChatApiServer) -> None:
    widget.answer("Where is my refund?").click()
    expect(widget.bubbles()).to_have_text(["Where is my refund?"])
    expect(widget.answer("Where is my refund?")).to_be_disabled()
    expect(widget.answer("Return an item")).to_be_disabled()
    expect(widget.log.get_by_role("button", name="Where is my refund?, your answer")).to_be_visible()
    assert chat.texts() == ["Where is my refund?"]


def test_only_the_newest_question_can_be_answered_by_button(widget: WidgetPage, chat: ChatApiServer) -> None:
    widget.send("hello")
    expect(widget.answer("Return an item")).to_be_disabled()
    chat.say("Which one?", buttons=["The mug", "The lamp"])
    expect(widget.answer("The mug")).to_be_enabled()


def test_markup_is_text_and_only_web_addresses_become_links(widget: WidgetPage, chat: ChatApiServer) -> None:
    chat.say(
        "<img src=x onerror=alert(1)> see https://example.com/track?id=1&x=2. Not javascript:alert(1)", origin="agent"
    )
    bubble = widget.bubbles("agent")
    expect(bubble).to_contain_text("<img src=x onerror=alert(1)>")
    expect(bubble.locator("img")).to_have_count(0)
    links = bubble.get_by_role("link")
    expect(links).to_have_count(1)
    expect(links).to_have_attribute("href", "https://example.com/track?id=1&x=2")
    expect(links).to_have_attribute("rel", re.compile("noopener"))


def test_an_attachment_is_a_card_and_never_a_script(widget: WidgetPage, chat: ChatApiServer) -> None:
    slip = {"url": "/slips/1.pdf", "title": "Return slip RB-2041", "mime": "application/pdf"}
    trap = {"url": "javascript:alert(1)", "title": "Trap", "mime": "application/pdf"}
    chat.say("Here is your slip.", attachments=[slip, trap])
    card = widget.log.get_by_role("link", name="Return slip RB-2041")
    expect(card).to_have_attribute("href", f"{chat.url}/slips/1.pdf")
    expect(card).to_contain_text("PDF")
    expect(widget.log.get_by_text("Trap")).to_have_count(0)


@pytest.mark.parametrize(
    "text", ["/restart", "<b>bold</b> 🧶", "مرحبا", "a" * 2000], ids=["slash", "html", "arabic", "longest"]
)
def test_odd_texts_arrive_as_typed(widget: WidgetPage, chat: ChatApiServer, text: str) -> None:
    widget.send(text)
    expect(widget.bubbles()).to_have_text([text])
    expect(widget.pending).to_have_count(0)
    assert chat.texts() == [text]


def test_a_text_that_is_too_long_stays_in_the_field_with_one_sentence(widget: WidgetPage, chat: ChatApiServer) -> None:
    widget.send("a" * 5000)
    expect(widget.alert).to_have_text(
        "A message holds at most 2,000 characters and this one has 5,000; please shorten it."
    )
    expect(widget.field).to_have_value("a" * 5000)
    assert chat.texts() == []
    widget.field.fill("a" * 1900)
    expect(widget.panel.get_by_text("100 characters left")).to_be_visible()
    expect(widget.alert).to_be_hidden()


def test_an_empty_message_gets_one_sentence(widget: WidgetPage, chat: ChatApiServer) -> None:
    widget.send("   ")
    expect(widget.alert).to_have_text("Write a message or add a photo first.")
    assert chat.texts() == []


def test_what_the_server_refuses_comes_back_with_its_sentence(widget: WidgetPage, chat: ChatApiServer) -> None:
    chat.refuse_text = {"code": "text", "message": "Please write that in one line."}
    widget.send("something odd")
    expect(widget.alert).to_have_text("Please write that in one line.")
    expect(widget.pending).to_have_count(0)
    expect(widget.field).to_have_value("something odd")


def test_typing_shows_until_the_message_comes(widget: WidgetPage, chat: ChatApiServer) -> None:
    chat.typing(True)
    expect(widget.log.locator(".typing")).to_be_visible()
    chat.say("Done.")
    expect(widget.log.locator(".typing")).to_be_hidden()


def test_a_person_takes_over_and_hands_back(widget: WidgetPage, chat: ChatApiServer) -> None:
    chat.set_state("waiting")
    expect(widget.band()).to_contain_text("A person has been asked to join")
    chat.set_state("human")
    expect(widget.band()).to_have_text("A person is answering you.")
    chat.say("Hello, this is Camille.", origin="agent")
    expect(widget.bubbles("agent")).to_have_text("Hello, this is Camille.")
    chat.set_state("bot")
    expect(widget.band()).to_be_hidden()


def test_the_chrome_follows_the_language_of_the_conversation(widget: WidgetPage, chat: ChatApiServer) -> None:
    chat.set_state("bot", language="fr")
    expect(widget.panel.get_by_role("button", name="Fermer la discussion")).to_be_visible()
    expect(widget.field).to_have_attribute("placeholder", "Écrivez un message…")
    expect(widget.panel).to_have_attribute("lang", "fr")
    expect(widget.bubbles("bot")).to_have_text(WELCOME["en"]["text"])
    widget.page.reload()
    expect(widget.field).to_have_attribute("placeholder", "Écrivez un message…")


def test_messages_that_come_while_closed_are_counted(widget: WidgetPage, chat: ChatApiServer) -> None:
    widget.close()
    expect(widget.page.get_by_role("button", name="Open the chat", exact=True)).to_be_visible()
    chat.say("Your return number is RB-2041.")
    chat.say("Please ship before Friday.")
    expect(widget.page.get_by_role("button", name="Open the chat, 2 unread messages")).to_be_visible()
    widget.open()
    widget.close()
    expect(widget.page.get_by_role("button", name="Open the chat", exact=True)).to_be_visible()


def test_the_page_can_open_the_chat_with_a_sentence(tab: Callable[..., WidgetPage]) -> None:
    widget = tab()
    widget.host.evaluate("chat => chat.open({text: 'About order 1042'})")
    expect(widget.field).to_have_value("About order 1042")


def test_the_order_token_travels_with_the_first_call(tab: Callable[..., WidgetPage], chat: ChatApiServer) -> None:
    widget = tab("order-token=signed-token").open()
    expect(widget.bubbles("bot")).to_have_count(1)
    assert chat.openings == [{"locale": "en", "resume": None, "order_token": "signed-token"}]


def test_who_signs_in_while_a_chat_is_open_is_introduced_in_it(
    widget: WidgetPage, tab: Callable[..., WidgetPage], chat: ChatApiServer
) -> None:
    widget.send("hello")
    expect(widget.pending).to_have_count(0)
    signed_in = tab("order-token=signed-token").open()
    expect(signed_in.bubbles()).to_have_text(["hello"])
    assert chat.openings[-1] == {"locale": "en", "resume": "token-1", "order_token": "signed-token"}
    assert len(chat.conversations) == 1


def test_somebody_else_at_the_same_browser_does_not_see_the_first_ones_chat(
    widget: WidgetPage, tab: Callable[..., WidgetPage], chat: ChatApiServer
) -> None:
    widget.send("a private matter")
    expect(widget.pending).to_have_count(0)
    widget.page.close()
    # The server resumes no conversation of another person: it opens a new one.
    chat.forget_everyone()
    other = tab("order-token=of-somebody-else").open()
    expect(other.bubbles("bot")).to_have_count(1)
    expect(other.bubbles()).to_have_count(0)
    other.send("my own matter")
    expect(other.pending).to_have_count(0)
    assert chat.texts() == ["my own matter"]


def test_a_draft_survives_a_reload(widget: WidgetPage, context: BrowserContext) -> None:
    widget.field.fill("half a sentence")
    widget.page.reload()
    expect(widget.field).to_have_value("half a sentence")
