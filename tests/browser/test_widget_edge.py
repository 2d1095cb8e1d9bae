"""The widget in front of the real edge: what the scripted chat server promises, the product keeps."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import BrowserContext, expect

from bot.conversation import dispatcher as dispatching
from bot.web.context import BotContext
from tests.bot import conftest as edge_fixtures
from tests.bot.scripted_rasa import Json, ScriptedRasa
from tests.browser.test_widget_shop import ORDERS
from tests.browser.widget_page import WidgetPage, picture

# One database is enough here: the edge's own tests run on both.
pytestmark = [pytest.mark.browser, pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)]
rasa = edge_fixtures.rasa
make_context = edge_fixtures.make_context


def script(body: Json) -> list[Json]:
    """A dialogue short enough to read."""
    message = body["message"]
    if message.startswith("/start"):
        return [{"text": "Hello, I am a machine.", "buttons": [{"title": "Return an item", "payload": "/choose"}]}]
    if message == "/choose":
        return [{"text": "Two photos, please."}, {"custom": {"ask": "photos", "minimum": 2, "maximum": 4}}]
    if body["metadata"]["photos"]:
        return [{"text": f"{len(body['metadata']['photos'])} photos received."}]
    return [{"text": f"You said {message}"}]


@pytest.fixture
def edge(
    make_context: Callable[..., BotContext], rasa: ScriptedRasa, monkeypatch: pytest.MonkeyPatch
) -> Iterator[edge_fixtures.Edge]:
    monkeypatch.setattr(dispatching, "SWEEP_SECONDS", 0.1)
    rasa.script = script
    server = edge_fixtures.Edge(make_context(demo_orders=lambda _session: ORDERS)).start()
    yield server
    server.close()


@pytest.fixture
def widget(context: BrowserContext, edge: edge_fixtures.Edge) -> WidgetPage:
    page = context.new_page()
    page.goto(f"{edge.url}/?lang=en")
    opened = WidgetPage(page).open()
    expect(opened.bubbles("bot")).to_have_text(["Hello, I am a machine."])
    return opened


def test_answer_photos_reload_and_a_second_tab(
    widget: WidgetPage, edge: edge_fixtures.Edge, rasa: ScriptedRasa
) -> None:
    widget.answer("Return an item").click()
    expect(widget.answer("Add 2 to 4 photos")).to_be_visible()
    widget.add(picture("a.jpg", colour="#a33"), picture("b.jpg", colour="#3a3"))
    expect(widget.panel.locator(".item.done")).to_have_count(2)
    widget.field.press("Enter")
    expect(widget.bubbles("bot").last).to_have_text("2 photos received.")
    widget.page.reload()
    expect(widget.log.locator(".pic img[src^=blob]")).to_have_count(2)
    other = WidgetPage(widget.page.context.new_page())
    other.page.goto(f"{edge.url}/?lang=en")
    other.open().send("<b>/hello</b>")
    for each in (widget, other):
        expect(each.bubbles("bot").last).to_have_text("You said <b>/hello</b>")
        expect(each.bubbles()).to_have_text(["Return an item", "<b>/hello</b>"])
        expect(each.pending).to_have_count(0)
    assert rasa.texts()[1:] == ["/choose", rasa.texts()[2], "<b>/hello</b>"]


def test_the_server_goes_away_and_comes_back(widget: WidgetPage, edge: edge_fixtures.Edge) -> None:
    edge.stop()
    expect(widget.band()).to_contain_text("No connection")
    widget.send("are you there?")
    expect(widget.pending).to_have_count(1)
    edge.start()
    expect(widget.bubbles("bot").last).to_have_text("You said are you there?")
    expect(widget.pending).to_have_count(0)
    expect(widget.bubbles()).to_have_text(["are you there?"])


def test_what_is_no_photo_gets_a_sentence_of_the_edge(widget: WidgetPage) -> None:
    widget.add({"name": "note.jpg", "mimeType": "image/jpeg", "buffer": b"just some text"})
    expect(widget.alert).to_contain_text("Please send a JPEG, PNG, WebP or HEIC picture.")


def test_the_dialogue_changes_the_language_of_the_chrome(widget: WidgetPage, rasa: ScriptedRasa) -> None:
    def french(body: Json) -> list[Json]:
        rasa.slots[body["sender"]]["language"] = "fr"
        return [{"text": "Très bien."}]

    rasa.script = french
    widget.send("en français s'il vous plaît")
    expect(widget.bubbles("bot").last).to_have_text("Très bien.")
    expect(widget.field).to_have_attribute("placeholder", "Écrivez un message…")
