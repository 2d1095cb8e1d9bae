"""Rasa's own JSON, read: answers, what its tracker remembers, and every way it can fail."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from bot.conversation.replies import answer_of
from bot.rasa import RasaClient, Reply
from common.errors import UpstreamError
from tests.bot.scripted_rasa import ScriptedRasa

USER = {"event": "user", "text": "hi", "metadata": {"message_id": "in:2"}}
LISTEN = {"event": "action", "name": "action_listen"}


@pytest.fixture
async def client(rasa: ScriptedRasa) -> AsyncIterator[RasaClient]:
    made = RasaClient(rasa.url, "t")
    yield made
    await made.close()


async def tracked(client: RasaClient, rasa: ScriptedRasa, *events: dict[str, Any]) -> tuple[bool, list[Reply]]:
    rasa.events["c"] = list(events)
    found = await client.tracked("c", "in:2")
    return found.processed, list(found.replies)


async def test_what_was_said_after_the_message_is_its_answer(client: RasaClient, rasa: ScriptedRasa) -> None:
    said = {"event": "bot", "text": "Which?", "data": {"buttons": [{"title": "A", "payload": "/a", "type": None}]}}
    earlier = {"event": "user", "text": "x", "metadata": {"message_id": "in:1"}}
    events = (earlier, {"event": "bot", "text": "old", "data": {}}, LISTEN, USER, said, LISTEN)
    assert await tracked(client, rasa, *events) == (True, [Reply("Which?", ({"title": "A", "payload": "/a"},))])


async def test_the_welcome_of_a_session_belongs_to_the_message_that_opened_it(
    client: RasaClient, rasa: ScriptedRasa
) -> None:
    start = {"event": "action", "name": "action_session_start"}
    welcome = {"event": "bot", "text": "Welcome", "data": {"custom": {}}}
    events = (start, welcome, {"event": "session_started"}, LISTEN, USER, {"event": "bot", "text": "Hello", "data": {}})
    assert await tracked(client, rasa, *events) == (True, [Reply("Welcome"), Reply(), Reply("Hello")])


async def test_a_later_message_or_none_is_not_processed(client: RasaClient, rasa: ScriptedRasa) -> None:
    later = {"event": "user", "text": "x", "metadata": {"message_id": "in:3"}}
    answer = {"event": "bot", "text": "hello", "data": {}}
    assert await tracked(client, rasa) == (False, [])
    assert await tracked(client, rasa, USER, answer, later) == (False, [])
    assert await tracked(client, rasa, {"event": "user", "text": "x"}, answer) == (False, [])


@pytest.mark.parametrize("event", ["rewind", "restart"])
async def test_a_message_that_was_taken_back_is_not_processed(
    client: RasaClient, rasa: ScriptedRasa, event: str
) -> None:
    answer = {"event": "bot", "text": "hello", "data": {}}
    assert await tracked(client, rasa, USER, answer, {"event": event}) == (False, [])
    assert await tracked(client, rasa, USER, {"event": event}, USER, answer) == (True, [Reply("hello")])


async def test_the_tracker_answers_in_the_paragraphs_of_the_channel(client: RasaClient, rasa: ScriptedRasa) -> None:
    said = {"event": "bot", "text": "one\n\ntwo", "data": {"custom": {"ask": "photos"}, "image": "https://x.example/i"}}
    assert (await tracked(client, rasa, USER, said))[1] == [
        Reply("one"),
        Reply("two"),
        Reply(custom={"ask": "photos"}),
        Reply(image="https://x.example/i"),
    ]


@pytest.mark.parametrize(
    ("fault", "code", "retryable"),
    [("500", "rasa.status", True), ("503", "rasa.status", True), ("502", "rasa.status", False),
     ("drop_before", "rasa.broke_off", False), ("garbage", "rasa.garbage", False),
     ("not_a_list", "rasa.garbage", False)],
)  # fmt: skip
async def test_failures_say_whether_trying_again_may_help(
    client: RasaClient, rasa: ScriptedRasa, fault: str, code: str, retryable: bool
) -> None:
    rasa.faults = [fault]
    with pytest.raises(UpstreamError) as failed:
        await client.turn("c", "hello", {})
    assert (failed.value.code, failed.value.retryable) == (code, retryable)


async def test_a_rasa_that_is_not_there_is_away_and_not_ready(client: RasaClient, rasa: ScriptedRasa) -> None:
    assert await client.ready()
    rasa.stop()
    assert not await client.ready()
    with pytest.raises(UpstreamError) as failed:
        await client.turn("c", "hello", {})
    assert failed.value.code == "rasa.away"
    rasa.start()
    assert await client.ready()


def test_custom_parts_belong_to_the_message_before_them() -> None:
    slip = {"url": "https://x.example/slip.pdf", "title": "Slip", "mime": "application/pdf"}
    answer = answer_of(
        [Reply("one"), Reply(custom={"ask": "photos", "minimum": 2, "maximum": 3}), Reply(custom={"attachment": slip}),
         Reply("two", ({"title": "", "payload": "/x"}, {"title": "Yes", "payload": "/affirm"})),
         Reply(custom={"handoff": True, "reason": "complaint"}), Reply(custom={"language": "de"})]
    )  # fmt: skip
    one, two = answer.messages
    assert one.ask == {"photos": {"minimum": 2, "maximum": 3}}
    assert one.attachments == [slip]
    assert two.buttons == [{"title": "Yes", "payload": "/affirm"}]
    assert two.ask is None
    assert answer.handoff == "complaint"
    assert answer.language is None


def test_an_attachment_alone_is_a_message_and_a_language_is_not() -> None:
    slip = {"url": "https://x.example/slip.pdf"}
    answer = answer_of([Reply(custom={"language": "fr"}), Reply(custom={"attachment": slip})])
    assert [message.attachments[0]["url"] for message in answer.messages] == [slip["url"]]
    assert answer.language == "fr"
    assert answer_of([Reply(custom={"language": "fr"})]).messages == ()
