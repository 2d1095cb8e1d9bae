"""The chat API as the widget and `retour chat` use it, over real HTTP, in front of a scripted Rasa."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from bot.inbox.model import InboxRow
from bot.limits import Rate
from bot.web.blueprint import BotContext
from common.database import transaction
from tests.bot.conftest import FREE, ORIGIN, Edge
from tests.bot.scripted_rasa import ScriptedRasa

LONG = "x" * 5_000


def test_hello_and_an_answer(edge: Edge, rasa: ScriptedRasa) -> None:
    shopper = edge.shopper("fr")
    shopper.hears("you said /start")
    shopper.say("bonjour")
    messages = shopper.hears("you said /start", "you said bonjour")
    assert [m["from"] for m in messages] == ["bot", "shopper", "bot"]
    assert [m["seq"] for m in messages] == sorted({m["seq"] for m in messages})
    metadata = rasa.received[1]["metadata"]
    assert metadata["locale"] == "fr"
    assert metadata["channel"] == "web"
    assert metadata["photos"] == []
    assert metadata["verified_email"] is None


def test_resuming_gives_the_same_conversation_and_only_with_its_token(edge: Edge, client: httpx.Client) -> None:
    shopper = edge.shopper()
    again = client.post("/api/chat/conversations", json={"locale": "en", "resume": shopper.token})
    assert again.status_code == 200
    assert again.json()["conversation"] == shopper.id
    other = client.post("/api/chat/conversations", json={"locale": "en", "resume": shopper.token.swapcase()})
    assert other.status_code == 201
    assert other.json()["conversation"] != shopper.id


def test_the_token_is_long_and_only_its_hash_is_kept(edge: Edge) -> None:
    shopper = edge.shopper()
    assert len(shopper.token) >= 43
    kept = edge.rows("SELECT token_sha256 FROM rd_conversation")
    assert kept[0] != shopper.token
    assert len(kept[0]) == 64


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer " + "x" * 43, "Basic x", "Bearer " + LONG])
def test_without_the_token_nothing_is_read_or_sent(client: httpx.Client, header: str) -> None:
    headers = {"Authorization": header} if header else {}
    for answer in (
        client.get("/api/chat/messages", headers=headers),
        client.post("/api/chat/messages", headers=headers, json={"client_id": "a", "text": "b"}),
        client.get("/api/chat/photos/photo_1", headers=headers),
    ):
        assert answer.status_code == 401
        assert answer.json()["error"]["code"] == "token.unknown"


def test_messages_of_one_shopper_are_answered_in_order(edge: Edge, rasa: ScriptedRasa) -> None:
    shopper = edge.shopper()
    shopper.hears("you said /start")
    texts = [f"message {number}" for number in range(12)]
    for text in texts:
        shopper.say(text)
    shopper.hears("you said /start", *(f"you said {text}" for text in texts))
    assert rasa.texts() == ["/start", *texts]


def test_messages_sent_at_once_are_each_answered_once_in_the_order_of_their_numbers(
    edge: Edge, rasa: ScriptedRasa
) -> None:
    shopper = edge.shopper()
    shopper.hears("you said /start")
    threads = [threading.Thread(target=shopper.say, args=(f"m{number}",)) for number in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    stored = [m["text"] for m in shopper.news()["messages"] if m["from"] == "shopper"]
    assert sorted(stored) == sorted(f"m{number}" for number in range(10))
    shopper.hears("you said /start", *(f"you said {text}" for text in stored))
    assert rasa.texts()[1:] == stored


def test_the_same_client_id_is_one_message(edge: Edge, rasa: ScriptedRasa) -> None:
    shopper = edge.shopper()
    shopper.hears("you said /start")
    first = shopper.say("once", client_id="same")
    assert shopper.say("once", client_id="same") == first
    shopper.hears("you said /start", "you said once")
    assert shopper.say("once", client_id="same") == first
    assert rasa.texts() == ["/start", "once"]
    # The name is the client's own affair: another conversation may use it too.
    other = edge.shopper()
    other.say("mine", client_id="same")
    other.hears("you said /start", "you said mine")


def test_the_client_id_comes_back_with_the_message(edge: Edge) -> None:
    shopper = edge.shopper()
    shopper.say("hello", client_id="abc-1")
    assert [m.get("client_id") for m in shopper.news()["messages"] if m["from"] == "shopper"] == ["abc-1"]


@pytest.mark.parametrize("typed", ["/restart", "  /restart", "\u00a0/restart{}", "//x", "/start\n"])
def test_what_begins_with_a_slash_is_text(edge: Edge, rasa: ScriptedRasa, typed: str) -> None:
    shopper = edge.shopper()
    shopper.say(typed)
    shopper.hears("you said /start", f"you said \u200b{typed.strip()}")
    assert rasa.texts()[1] == "\u200b" + typed.strip()
    assert [m["text"] for m in shopper.news()["messages"] if m["from"] == "shopper"] == [typed.strip()]


@pytest.mark.parametrize(
    "text",
    [
        '<script>alert(1)</script> & "quotes" <b>',
        "👩‍👩‍👧‍👦 cassée 💔",
        "\u202bمرحبا\u202c עברית",
        "two\nlines\tand a tab",
        '{"json": true}',
        "'; DROP TABLE rd_inbox; --",
        "x" * 2_000,
    ],
    ids=["html", "emoji", "rtl", "lines", "json", "sql", "2000"],
)
def test_text_arrives_as_it_was_written(edge: Edge, rasa: ScriptedRasa, text: str) -> None:
    shopper = edge.shopper()
    shopper.say(text)
    shopper.hears("you said /start", f"you said {text}")
    assert rasa.texts()[1] == text


def test_control_characters_and_lone_surrogates_are_dropped(edge: Edge, rasa: ScriptedRasa) -> None:
    shopper = edge.shopper()
    body = b'{"client_id": "c", "text": "a\\u0000b\\u0007c\\ud800d\\r\\ne"}'
    assert shopper.http.post("/messages", content=body).status_code == 202
    shopper.hears("you said /start", "you said abcd\ne")


@pytest.mark.parametrize(
    ("text", "code"),
    [("", "empty"), ("  \n\t ", "empty"), ("\u200b\u200d\ufeff", "empty"), ("x" * 2_001, "too_long"),
     (LONG, "too_long"), ("y" * 60_000, "too_long"), ("z" * 200_000, "too_long")],
    ids=["nothing", "blanks", "unseen", "2001", "5000", "60000", "200000"],
)  # fmt: skip
@pytest.mark.parametrize(("locale", "word"), [("en", "message is"), ("fr", "message est")])
def test_empty_and_too_long_get_a_sentence_in_the_shoppers_language(
    edge: Edge, rasa: ScriptedRasa, text: str, code: str, locale: str, word: str
) -> None:
    shopper = edge.shopper(locale)
    answer = shopper.post({"text": text})
    assert answer.status_code == 422
    assert answer.json()["error"]["code"] == code
    assert word in answer.json()["error"]["message"]
    assert "{" not in answer.json()["error"]["message"]
    # Nothing is lost: the conversation goes on.
    shopper.say("still here")
    shopper.hears("you said /start", "you said still here")


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"null", b'"text"', b"\xff\xfe", b'{"text": "no id"}', b'{"client_id": "", "text": "a"}',
     b'{"client_id": 7, "text": "a"}', b'{"client_id": "a b", "text": "a"}', b'{"client_id": "a", "text": 3}',
     b'{"client_id": "a", "choice": 1}', b'{"client_id": "a", "choice": {"message": true, "index": 0}}',
     b'{"client_id": "a", "choice": {"message": 1e99, "index": 0}}', b'{"client_id": "a", "photos": "x"}',
     b'{"client_id": "a", "photos": ["../../etc/passwd"]}', b"[" * 50_000],
)  # fmt: skip
def test_what_no_client_of_ours_sends_is_refused_and_stored_nowhere(edge: Edge, body: bytes) -> None:
    shopper = edge.shopper()
    answer = shopper.http.post("/messages", content=body)
    assert answer.status_code == 400, answer.text
    assert answer.json()["error"]["code"] == "channel.malformed"
    assert edge.rows("SELECT kind FROM rd_inbox") == ["start"]


def buttons(body: dict[str, Any]) -> list[dict[str, Any]]:
    if body["message"] == "/start":
        payload = '/choose{{"slot":"item","value":"{}"}}'
        titles = ("Mug", "Vase")
        offered = [{"title": title, "payload": payload.format(i)} for i, title in enumerate(titles, start=1)]
        return [{"text": "Which?", "buttons": offered}]
    return [{"text": f"you said {body['message']}"}]


def test_a_button_is_shown_by_its_title_and_sent_by_its_payload(edge: Edge, rasa: ScriptedRasa) -> None:
    rasa.script = buttons
    shopper = edge.shopper()
    question = shopper.hears("Which?")[-1]
    assert question["buttons"] == [{"title": "Mug", "index": 0}, {"title": "Vase", "index": 1}]
    assert "choose" not in str(question)
    shopper.press(question["seq"], 1)
    messages = shopper.hears("Which?", 'you said /choose{"slot":"item","value":"2"}')
    assert [m["text"] for m in messages if m["from"] == "shopper"] == ["Vase"]


def test_a_button_cannot_be_forged(edge: Edge, rasa: ScriptedRasa) -> None:
    rasa.script = buttons
    shopper, other = edge.shopper(), edge.shopper()
    question = shopper.hears("Which?")[-1]["seq"]
    other.hears("Which?")
    own = shopper.say("hello")
    shopper.hears("Which?", "you said hello")
    for message, index in ((question, 2), (question, 2**31 - 1), (own, 0), (question + 99, 0), (0, 0)):
        answer = shopper.post({"choice": {"message": message, "index": index}})
        assert (answer.status_code, answer.json()["error"]["code"]) == (422, "choice_unknown")
    # A number is looked up in one's own conversation only, and a payload of one's own is not even read.
    answer = shopper.post({"text": "x", "payload": "/restart"})
    assert answer.status_code == 202
    shopper.hears("Which?", "you said hello", "you said x")


def test_a_double_click_is_one_press_and_another_old_button_is_not(edge: Edge, rasa: ScriptedRasa) -> None:
    rasa.script = buttons
    shopper = edge.shopper()
    question = shopper.hears("Which?")[-1]["seq"]
    assert shopper.press(question, 0) == shopper.press(question, 0)
    shopper.press(question, 1)
    value = 'you said /choose{{"slot":"item","value":"{}"}}'
    shopper.hears("Which?", value.format(1), value.format(2))


def test_a_button_pressed_again_after_its_answer_is_meant(edge: Edge, rasa: ScriptedRasa) -> None:
    rasa.script = buttons
    shopper = edge.shopper()
    question = shopper.hears("Which?")[-1]["seq"]
    value = 'you said /choose{"slot":"item","value":"1"}'
    shopper.press(question, 0)
    shopper.hears("Which?", value)
    with transaction(edge.engine) as session:
        session.execute(sa.update(InboxRow).values(received_at=datetime.now(UTC) - timedelta(seconds=11)))
    shopper.press(question, 0)
    shopper.hears("Which?", value, value)


def test_a_long_poll_ends_with_the_news(edge: Edge, rasa: ScriptedRasa) -> None:
    shopper = edge.shopper()
    after = shopper.hears("you said /start")[-1]["seq"]
    found: list[dict[str, Any]] = []
    waiting = threading.Thread(target=lambda: found.append(shopper.news(after, wait=20)))
    waiting.start()
    edge.shopper()  # another conversation's news is none of this one's
    shopper.say("wake up")
    waiting.join(timeout=10)
    assert found[0]["messages"][0]["text"] == "wake up"
    assert shopper.news(10_000)["messages"] == []


@pytest.mark.parametrize("query", ["after=-1", "after=x", "after=99999999999999", "wait=-1", "wait=nan", "wait=x"])
def test_wrong_numbers_in_a_query_are_refused(edge: Edge, query: str) -> None:
    assert edge.shopper().http.get(f"/messages?{query}").status_code == 400


def test_replies_carry_what_they_ask_and_attach(edge: Edge, rasa: ScriptedRasa) -> None:
    slip = {"url": "https://shop.example/slip.pdf", "title": "Return slip", "mime": "application/pdf"}
    rasa.script = lambda body: [
        {"text": "Send photos"}, {"custom": {"ask": {"photos": {"minimum": 1, "maximum": 4}}}},
        {"text": "And here is your slip"}, {"custom": {"attachment": slip}}, {"custom": {"language": "fr"}},
    ]  # fmt: skip
    shopper = edge.shopper()
    ask, slipped = shopper.hears("Send photos", "And here is your slip")
    assert ask["ask"] == {"photos": {"minimum": 1, "maximum": 4}}
    assert ask["attachments"] == []
    assert slipped["attachments"] == [slip]
    assert shopper.news()["language"] == "fr"


def test_the_language_is_read_from_the_slot_when_no_action_tells_it(edge: Edge, rasa: ScriptedRasa) -> None:
    shopper = edge.shopper("en")
    shopper.hears("you said /start")
    rasa.slots[shopper.id]["language"] = "fr"
    shopper.say("bonjour")
    shopper.hears("you said /start", "you said bonjour")
    assert shopper.post({"text": ""}).json()["error"]["message"].startswith("Votre message")


def test_limits_answer_with_a_sentence_and_the_time_to_wait(make_context: Callable[..., BotContext]) -> None:
    edge = Edge(make_context(rates=replace(FREE, messages=Rate(2, 1), conversations=Rate(2, 1)))).start()
    try:
        shopper = edge.shopper("fr")
        first = shopper.say("un", client_id="one")
        shopper.say("deux")
        answer = shopper.post({"text": "trois"})
        assert (answer.status_code, answer.json()["error"]["code"]) == (429, "too_fast")
        assert answer.json()["error"]["retryable"] is True
        assert int(answer.headers["retry-after"]) > 0
        # What is there already is acknowledged again: the answer may have been lost.
        assert shopper.say("un", client_id="one") == first
        edge.shopper()
        assert httpx.post(f"{edge.url}/api/chat/conversations", json={}, trust_env=False).status_code == 429
    finally:
        edge.close()


def test_visitors_behind_one_web_server_do_not_share_a_limit(make_context: Callable[..., BotContext]) -> None:
    edge = Edge(make_context(rates=replace(FREE, conversations=Rate(1, 1)))).start()

    def opened(*told: str) -> int:
        headers = [("X-Forwarded-For", line) for line in told]
        return httpx.post(f"{edge.url}/api/chat/conversations", json={}, headers=headers, trust_env=False).status_code

    try:
        assert [opened("203.0.113.1"), opened("203.0.113.2"), opened("203.0.113.1")] == [201, 201, 429]
        # Only the web server's own word counts, and that is the last one.
        assert opened("198.51.100.7, 203.0.113.1") == opened("198.51.100.8", "203.0.113.2") == 429
        # One subscriber has a whole /64.
        assert [opened("2001:db8::1"), opened("2001:db8::2"), opened("2001:db8:0:1::1")] == [201, 429, 201]
    finally:
        edge.close()


@pytest.mark.parametrize(
    ("origin", "status", "allowed"),
    [(ORIGIN, 201, ORIGIN), ("https://shop.example", 201, "https://shop.example"), ("https://evil.example", 403, None),
     ("null", 403, None), ("https://brand.example.evil.example", 403, None), (None, 201, None)],
)  # fmt: skip
def test_only_listed_pages_may_use_the_chat(
    client: httpx.Client, origin: str | None, status: int, allowed: str | None
) -> None:
    headers = {"Origin": origin} if origin else {}
    answer = client.post("/api/chat/conversations", json={"locale": "en"}, headers=headers)
    assert answer.status_code == status
    assert answer.headers.get("access-control-allow-origin") == allowed
    asked = client.options("/api/chat/messages", headers=headers | {"Access-Control-Request-Method": "POST"})
    assert (asked.status_code, asked.headers.get("access-control-allow-origin")) == (
        (403, None) if status == 403 else (204, allowed)
    )


def test_the_servers_own_address_is_always_an_allowed_origin(edge: Edge, client: httpx.Client) -> None:
    assert client.post("/api/chat/conversations", json={}, headers={"Origin": edge.url}).status_code == 201


def test_errors_are_json_with_the_headers_of_every_answer(client: httpx.Client) -> None:
    for answer in (client.get("/api/chat/messages"), client.get("/health/live"), client.get("/api/chat/photos/x")):
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["content-type"].startswith("application/json")
