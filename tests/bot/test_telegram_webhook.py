"""Telegram over the running edge: updates by webhook and polling, answers through python-telegram-bot to a server."""

from __future__ import annotations

import hashlib
import json
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from bot.channels.telegram import routes
from bot.channels.telegram.client import TelegramClient
from bot.channels.telegram.links import start_word
from bot.conversation import dispatcher as dispatching
from bot.delivery import courier as couriers
from bot.delivery import rules
from bot.delivery.model import Lane
from bot.handoff import service as handoff
from bot.inbox import service as inbox
from bot.web.blueprint import BotContext
from common.database import transaction
from common.errors import UpstreamError
from common.outbox import Conversation, OutMessage, post
from common.settings import Settings
from common.shop_config import ShopConfig
from tests.bot.conftest import Edge
from tests.bot.scripted_rasa import ScriptedRasa
from tests.bot_api import SECRET, SPEC, TOKEN, BotApi
from tests.shopper import photo as picture
from tests.telegram_updates import SHOPPER, message, photo, press

SHOP_SECRET = "a secret of the shop, with 32 bytes or more"
PATIENCE = 15.0


@pytest.fixture(autouse=True)
def _fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dispatching, "SWEEP_SECONDS", 0.1)
    monkeypatch.setattr(couriers, "SWEEP_SECONDS", 0.05)
    monkeypatch.setattr(rules, "_FIRST_RETRY_SECONDS", 0.02)
    monkeypatch.setattr(rules, "_EVERYBODY_SECONDS", 0.05)
    monkeypatch.setattr(routes, "AGAIN_SECONDS", 0.05)
    monkeypatch.setattr(routes, "REFUSED_SECONDS", 0.05)


@pytest.fixture
def api() -> Iterator[BotApi]:
    server = BotApi().start()
    yield server
    server.close()
    assert server.wrong == []


@pytest.fixture
def start(
    api: BotApi, make_context: Callable[..., BotContext], settings: Settings, shop: ShopConfig
) -> Iterator[Callable[[str], Edge]]:
    started: list[Edge] = []

    def begin(mode: str) -> Edge:
        edge = Edge(make_context(shop=replace(shop, order_token_secret=SHOP_SECRET)))
        telegram = replace(settings.telegram, api_url=api.url, token=TOKEN, secret=SECRET, mode=mode)
        here = replace(settings, telegram=telegram, public_url=edge.url, port=edge.port)
        edge.context = replace(edge.context, settings=here)
        started.append(edge.start())
        return edge

    yield begin
    for edge in started:
        edge.close()


@pytest.fixture
def edge(start: Callable[[str], Edge], api: BotApi) -> Edge:
    running = start("webhook")
    api.waits_for(lambda: bool(api.webhook))
    return running


def hears(api: BotApi, *texts: str, user: int = SHOPPER) -> None:
    api.waits_for(lambda: len(api.texts(user)) >= len(texts))
    assert api.texts(user) == list(texts)


def until(done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not done():
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.01)


def rows(edge: Edge, statement: str) -> list[Any]:
    return edge.rows(statement)


@pytest.mark.skipif(not SPEC.is_file(), reason="needs ../shared/data/telegram, the published list of methods")
def test_the_server_of_these_tests_notices_a_call_the_bot_api_does_not_know(api: BotApi) -> None:
    for data in ({"chat_id": "1"}, {"chat_id": "1", "text": "x", "colour": "red"}, {"chat_id": "1", "text": "x",
                  "reply_markup": '{"inline_keyboard": [[{"title": "no text"}]]}'}):  # fmt: skip
        httpx.post(f"{api.url}/bot{TOKEN}/sendMessage", data=data, trust_env=False)
    assert [line.split(":")[0] for line in api.wrong] == ["sendMessage"] * 3
    api.wrong.clear()


def test_telegram_is_told_at_the_start_where_updates_go(edge: Edge, api: BotApi) -> None:
    assert api.webhook["url"] == f"{edge.url}/webhooks/telegram"
    assert api.webhook["secret_token"] == SECRET
    assert api.webhook["allowed_updates"] == ["message", "edited_message", "callback_query"]


def test_an_address_that_is_refused_is_told_again_until_it_is_taken(start: Callable[[str], Edge], api: BotApi) -> None:
    refusals = ["bad webhook"] * 3
    api.webhook_plan = lambda: refusals.pop() if refusals else ""
    edge = start("webhook")
    api.waits_for(lambda: bool(api.webhook))
    assert api.webhook["url"] == f"{edge.url}/webhooks/telegram"
    assert len(api.named("setWebhook")) == 4


def test_words_are_answered_and_a_repeated_update_once(edge: Edge, api: BotApi, rasa: ScriptedRasa) -> None:
    update = api.update(**message(text="bonjour", language="fr"))
    for _ in range(3):
        api.deliver(update)
    hears(api, "you said bonjour")
    assert api.named("sendChatAction") == [{"chat_id": SHOPPER, "action": "typing"}]
    assert rasa.received[0]["metadata"]["locale"] == "fr"
    assert rasa.received[0]["metadata"]["channel"] == "telegram"
    until(lambda: rows(edge, "SELECT status FROM rd_outbox") == ["sent"])


@pytest.mark.parametrize("given", ["", SECRET[:-1], SECRET.upper(), "é", "x" * 5_000])
def test_an_update_without_the_secret_is_not_even_read(edge: Edge, given: str) -> None:
    headers = {"X-Telegram-Bot-Api-Secret-Token": given.encode("utf-8")} if given else {}
    body = {"update_id": 1, **message(text="hello")}
    answer = httpx.post(f"{edge.url}/webhooks/telegram", json=body, headers=headers, trust_env=False)
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "telegram.secret")
    assert rows(edge, "SELECT count(*) FROM rd_inbox") == [0]


@pytest.mark.parametrize(
    ("body", "status"), [(b"", 400), (b"{", 400), (b"[" * 90_000, 400), (b'{"update_id": true}', 400),
                         (b'{"update_id": 1}', 200), (b'{"update_id": 1, "message": 7}', 200),
                         (b'{"update_id": 1, "\\u0000\\ud800": {}}', 200), (b"x" * 2_000_000, 413)]
)  # fmt: skip
def test_no_body_is_an_error_of_ours(edge: Edge, body: bytes, status: int) -> None:
    headers = {"X-Telegram-Bot-Api-Secret-Token": SECRET}
    answer = httpx.post(f"{edge.url}/webhooks/telegram", content=body, headers=headers, trust_env=False)
    assert answer.status_code == status
    assert rows(edge, "SELECT count(*) FROM rd_conversation") == [0]


def test_a_photo_is_fetched_byte_by_byte(edge: Edge, api: BotApi, rasa: ScriptedRasa) -> None:
    api.files["p1"] = picture(1)
    api.deliver(api.update(**photo("p1")))
    hears(api, "you said /photos_sent")
    ((name, digest),) = rows(edge, "SELECT id, sha256 FROM rd_photo")
    assert rasa.received[0]["metadata"]["photos"] == [name]
    assert digest == hashlib.sha256(api.files["p1"]).hexdigest()


def test_an_album_is_one_event_in_whatever_order_and_however_often_it_comes(
    edge: Edge, api: BotApi, rasa: ScriptedRasa
) -> None:
    updates = []
    for number in range(4):
        api.files[f"p{number}"] = picture(number)
        caption = {"caption": "all four sides"} if number == 2 else {}
        updates.append(api.update(**photo(f"p{number}", media_group_id="9911", **caption)))
    deliveries = [*updates, *updates]
    random.Random(5).shuffle(deliveries)
    for update in deliveries:
        api.deliver(update)
    api.deliver(api.update(**message(text="that is all")))
    hears(api, "you said all four sides", "you said that is all")
    assert len(rasa.received[0]["metadata"]["photos"]) == 4
    # Repeated when it has been answered long ago, and much has been said since.
    for number in range(31):
        api.deliver(api.update(**message(text=f"m{number}")))
    for update in updates:
        api.deliver(update)
    api.deliver(api.update(**message(text="bye")))
    until(lambda: api.texts(SHOPPER)[-1] == "you said bye")
    assert len(api.texts(SHOPPER)) == 2 + 31 + 1
    assert len(rows(edge, "SELECT id FROM rd_photo")) == 4
    # What came is kept, word for word.
    kept = rows(edge, "SELECT raw FROM rd_inbox WHERE kind = 'photos' UNION SELECT raw FROM rd_channel_notice")
    assert sorted(json.loads(raw)["update_id"] for raw in kept) == [update["update_id"] for update in updates]


def test_a_photo_that_comes_long_after_its_album_is_an_event_of_its_own(
    edge: Edge, api: BotApi, rasa: ScriptedRasa, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbox, "ALBUM_SECONDS", 0.0)
    api.files |= {"p0": picture(0), "p1": picture(1)}
    for number in range(2):
        api.deliver(api.update(**photo(f"p{number}", media_group_id="9911")))
        hears(api, *["you said /photos_sent"] * (number + 1))
    assert [len(body["metadata"]["photos"]) for body in rasa.received] == [1, 1]


@pytest.mark.parametrize(
    ("file", "words"),
    [(b"no picture at all", "as a photo"), (b"x" * (15 * 1024 * 1024 + 1), "15 MB"), (None, "send it again")],
    ids=["not a picture", "too large", "gone"],
)
def test_a_photo_that_cannot_be_had_is_told_in_a_sentence(
    edge: Edge, api: BotApi, rasa: ScriptedRasa, file: bytes | None, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.channels.preparation._TRIES", 2)
    monkeypatch.setattr(inbox, "_FIRST_RETRY_SECONDS", 0.01)
    if file is not None:
        api.files["p1"] = file
    api.deliver(api.update(**photo("p1")))
    api.waits_for(lambda: bool(api.texts(SHOPPER)))
    assert words in api.texts(SHOPPER)[0]
    assert rasa.received == []


def test_a_press_reaches_rasa_by_its_command_and_the_query_is_answered(
    edge: Edge, api: BotApi, rasa: ScriptedRasa
) -> None:
    offered = [{"title": "Mug", "payload": "/choose_1"}, {"title": "Vase", "payload": "/choose_2"}]
    rasa.script = lambda body: [{"text": "Which?", "buttons": offered} if "hi" in body["message"] else {"text": "ok"}]
    api.deliver(api.update(**message(text="hi")))
    hears(api, "Which?")
    keys = [row[0] for row in api.sent[0].parameters["reply_markup"]["inline_keyboard"]]
    assert [key["text"] for key in keys] == ["Mug", "Vase"]
    api.deliver(api.update(**press(keys[1]["callback_data"], query="777")))
    hears(api, "Which?", "ok")
    assert rasa.texts()[1] == "/choose_2"
    assert api.named("answerCallbackQuery") == [{"callback_query_id": "777"}]
    api.deliver(api.update(**press("1.9")))
    api.waits_for(lambda: len(api.texts(SHOPPER)) == 3)
    assert "no longer available" in api.texts(SHOPPER)[2]
    # Until then the button keeps turning.
    api.waits_for(lambda: len(api.named("answerCallbackQuery")) == 2)
    assert len(rasa.received) == 2


def test_while_a_person_answers_a_press_stops_turning_and_nobody_seems_to_type(
    edge: Edge, api: BotApi, rasa: ScriptedRasa
) -> None:
    rasa.script = lambda _: [{"text": "Which?", "buttons": [{"title": "Mug", "payload": "/choose_1"}]}]
    api.deliver(api.update(**message(text="hi")))
    hears(api, "Which?")
    (key,) = api.sent[0].parameters["reply_markup"]["inline_keyboard"][0]
    with transaction(edge.engine) as session:
        (conversation,) = session.scalars(sa.select(Conversation.id))
        handoff.take_over(session, conversation, "camille", now=datetime.now(UTC))
    typed = len(api.named("sendChatAction"))
    api.deliver(api.update(**press(key["callback_data"], query="778")))
    api.waits_for(lambda: api.named("answerCallbackQuery") == [{"callback_query_id": "778"}])
    until(lambda: rows(edge, "SELECT count(*) FROM rd_inbox WHERE done_at IS NOT NULL") == [2])
    assert len(api.named("sendChatAction")) == typed
    assert len(rasa.received) == 1


def test_a_signed_link_says_which_order_it_is_about_in_every_message_from_then_on(
    edge: Edge, api: BotApi, rasa: ScriptedRasa
) -> None:
    def orders() -> list[str | None]:
        return [body["metadata"]["verified_order"] for body in rasa.received]

    api.deliver(api.update(**message(text="hello")))
    hears(api, "you said hello")
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    for word in (*(start_word(n, SHOP_SECRET, until=tomorrow) for n in ("1042", "1043")), "forged"):
        api.deliver(api.update(**message(text=f"/start {word}")))
    until(lambda: len(orders()) == 4)
    assert orders() == [None, "1042", "1043", "1043"]


def test_a_group_is_answered_once(edge: Edge, api: BotApi, rasa: ScriptedRasa) -> None:
    for text in ("my order 1042", "hello?", "/start"):
        api.deliver(api.update(**message(-100_5, chat="supergroup", text=text)))
    api.deliver(api.update(**message(text="in private")))
    hears(api, "you said in private")
    assert len(api.texts(-100_5)) == 1
    assert "private" in api.texts(-100_5)[0]
    assert rasa.texts() == ["in private"]


def test_a_shopper_who_has_blocked_the_bot_is_given_up_and_shown(edge: Edge, api: BotApi) -> None:
    faults = ["blocked"]
    api.plan = lambda: faults.pop() if faults else ""
    api.deliver(api.update(**message(text="one")))
    until(lambda: rows(edge, "SELECT status FROM rd_outbox") == ["failed"])
    with transaction(edge.engine) as session:
        lane = session.scalars(sa.select(Lane)).one()
        assert (lane.trouble, lane.stopped) == ("telegram.blocked", False)
        assert "blocked" in (lane.trouble_text or "")
    api.deliver(api.update(**message(text="two")))
    hears(api, "you said two")


@pytest.mark.parametrize("fault", ["before", "500 before", "429"])
def test_what_was_surely_or_perhaps_not_sent_is_sent_again(edge: Edge, api: BotApi, fault: str) -> None:
    faults = [fault]
    api.plan = lambda: faults.pop() if faults else ""
    api.deliver(api.update(**message(text="one")))
    hears(api, "you said one")
    assert api.suffered[fault] == 1
    until(lambda: rows(edge, "SELECT status FROM rd_outbox") == ["sent"])


@pytest.mark.parametrize("fault", ["after", "500 after"])
def test_what_may_have_arrived_twice_is_counted(edge: Edge, api: BotApi, fault: str) -> None:
    faults = [fault]
    api.plan = lambda: faults.pop() if faults else ""
    api.deliver(api.update(**message(text="one")))
    hears(api, "you said one", "you said one")
    until(lambda: rows(edge, "SELECT repeats FROM rd_piece") == [1])


def test_a_wrong_token_parks_nobody_and_what_waited_goes_out_when_it_is_put_right(edge: Edge, api: BotApi) -> None:
    broken = True
    api.plan = lambda: "401" if broken else ""
    api.deliver(api.update(**message(text="one")))
    until(lambda: api.suffered["401"] >= 3)
    assert rows(edge, "SELECT status FROM rd_outbox") == ["queued"]
    broken = False
    hears(api, "you said one")


def test_a_document_of_ours_goes_as_bytes_and_another_by_its_address(edge: Edge, api: BotApi) -> None:
    api.deliver(api.update(**message(text="hello")))
    hears(api, "you said hello")
    own = {"url": f"{edge.url}/docs/openapi.yml", "title": "Your slip", "mime": "application/pdf"}
    other = {"url": "https://cdn.example/a.jpg", "title": "", "mime": "image/jpeg"}
    with transaction(edge.engine) as session:
        conversation = session.scalars(sa.select(Conversation)).one()
        slip = OutMessage(text="Here:", attachments=[own, other])
        post(session, conversation.id, slip, key="k", now=datetime.now(UTC))
    api.waits_for(lambda: len(api.sent) == 4)
    assert api.texts(SHOPPER)[1:] == ["Here:"]
    (document,) = api.named("sendDocument")
    assert document["document"] == httpx.get(own["url"], trust_env=False).content
    assert document["caption"] == "Your slip"
    assert api.named("sendPhoto")[0]["photo"] == "https://cdn.example/a.jpg"


def test_polling_forgets_the_webhook_and_takes_what_was_kept_once(
    start: Callable[[str], Edge], api: BotApi, rasa: ScriptedRasa
) -> None:
    api.webhook = {"url": "https://old.example"}
    edge = start("polling")
    api.waits_for(lambda: not api.webhook)
    for text in ("one", "two", "three"):
        api.deliver(api.update(**message(text=text)))
    hears(api, "you said one", "you said two", "you said three")
    assert httpx.post(f"{edge.url}/webhooks/telegram", json={}, trust_env=False).status_code == 404
    edge.stop()
    # Not acknowledged yet when it went down: brought again, and known.
    api.deliver({"update_id": 7_000_003, **message(text="three")})
    api.deliver(api.update(**message(text="four")))
    edge.start()
    hears(api, "you said one", "you said two", "you said three", "you said four")
    assert rasa.texts() == ["one", "two", "three", "four"]


def test_an_update_that_cannot_be_read_does_not_stop_the_next(start: Callable[[str], Edge], api: BotApi) -> None:
    start("polling")
    api.deliver({"update_id": -5, **message(text="before time")})
    api.deliver(api.update(**message(text="hello")))
    hears(api, "you said hello")


async def test_the_doctor_hears_who_we_are_and_where_updates_go(api: BotApi, settings: Settings) -> None:
    async def said(mode: str = "webhook", token: str = TOKEN) -> str:
        telegram = replace(settings.telegram, api_url=api.url, token=token, mode=mode)
        client = TelegramClient(replace(settings, telegram=telegram))
        try:
            return await client.check()
        except UpstreamError as error:
            return error.message
        finally:
            await client.close()

    assert "webhook not registered yet" in await said()
    api.webhook = {"url": "https://shop.example/webhooks/telegram"}
    assert await said() == "@a_shop_bot, webhook https://shop.example/webhooks/telegram"
    assert await said("polling") == "@a_shop_bot, polling"
    api.webhook = {"url": "https://elsewhere.example"}
    assert "delivers to https://elsewhere.example" in await said()
    assert "RETOUR_TELEGRAM_TOKEN" in await said(token="999:wrong-but-well-formed")
