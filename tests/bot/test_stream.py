"""The WebSocket: news as it comes, in order, once, over tabs, breaks and restarts."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from bot.handoff import service as handoff
from bot.limits import Rate, Rates
from bot.web.blueprint import BotContext
from common.clock import SystemClock
from common.database import transaction
from common.outbox import OutMessage, post
from tests.bot.chatter import PATIENCE, Shopper
from tests.bot.conftest import FREE, ORIGIN, Edge
from tests.bot.scripted_rasa import ScriptedRasa

HELLO = "you said /start"


def test_a_conversation_over_the_stream(edge: Edge) -> None:
    shopper = edge.shopper("fr")
    tab = shopper.stream()
    tab.hears(HELLO)
    tab.send(text="bonjour", client_id="c1")
    ack = tab.until("ack")
    tab.hears(HELLO, "you said bonjour")
    own = next(m for m in tab.messages if m["from"] == "shopper")
    assert ack == {"type": "ack", "client_id": "c1", "seq": own["seq"]}
    assert own["client_id"] == "c1"
    assert {"type": "state", "state": "bot", "language": "fr"} in tab.others


def test_typing_is_shown_while_an_answer_is_made(edge: Edge, rasa: ScriptedRasa) -> None:
    shopper = edge.shopper()
    tab = shopper.stream()
    tab.hears(HELLO)
    rasa.gate.clear()
    tab.send(text="think")
    while tab.until("typing") != {"type": "typing", "on": True}:
        pass
    assert shopper.news()["typing"] is True
    rasa.gate.set()
    tab.hears(HELLO, "you said think")
    while tab.until("typing") != {"type": "typing", "on": False}:
        pass


def test_two_tabs_see_the_same_conversation(edge: Edge) -> None:
    shopper = edge.shopper()
    one, two = shopper.stream(), shopper.stream()
    one.hears(HELLO)
    two.hears(HELLO)
    one.send(text="from one")
    one.hears(HELLO, "you said from one")
    two.hears(HELLO, "you said from one")
    two.send(text="from two")
    for tab in (one, two):
        tab.hears(HELLO, "you said from one", "you said from two")
    assert [m["seq"] for m in one.messages] == [m["seq"] for m in two.messages]


def test_after_a_break_nothing_is_lost_and_nothing_comes_twice(edge: Edge) -> None:
    shopper = edge.shopper()
    heard: list[int] = []
    after = 0
    for number in range(6):
        tab = shopper.stream(after=after)
        shopper.say(f"m{number}")
        while not any(m["text"] == f"you said m{number}" for m in tab.messages):
            tab.frame()
        heard += [m["seq"] for m in tab.messages]
        after = heard[-1]
        # Broken without a goodbye, as phones do.
        tab.socket.socket.close()
        shopper.say(f"between {number}")
    tab = shopper.stream(after=after)
    while not any(m["text"] == "you said between 5" for m in tab.messages):
        tab.frame()
    heard += [m["seq"] for m in tab.messages]
    assert heard == [m["seq"] for m in shopper.news()["messages"]]


def test_a_restart_of_the_server_is_a_break_like_any_other(edge: Edge, rasa: ScriptedRasa) -> None:
    shopper = edge.shopper()
    tab = shopper.stream()
    tab.hears(HELLO)
    rasa.stop()
    shopper.say("said before the restart")
    edge.stop()
    with pytest.raises(ConnectionClosed):
        while True:
            tab.frame()
    rasa.start()
    edge.start()
    again = shopper.stream(after=tab.messages[-1]["seq"])
    while not any(m["text"] == "you said said before the restart" for m in again.messages):
        again.frame()
    seqs = [m["seq"] for m in tab.messages + again.messages]
    assert seqs == sorted(set(seqs))


def test_what_another_process_writes_is_noticed(edge: Edge) -> None:
    shopper = edge.shopper()
    tab = shopper.stream()
    tab.hears(HELLO)
    with transaction(edge.engine) as session:
        post(session, shopper.id, OutMessage(text="Your RMA is here"), key="case_1:rma", now=SystemClock().now())
    tab.hears(HELLO, "Your RMA is here")


def test_a_person_joins_answers_and_leaves_before_the_shoppers_eyes(edge: Edge, rasa: ScriptedRasa) -> None:
    shopper = edge.shopper()
    tab = shopper.stream()
    tab.hears(HELLO)
    now = SystemClock().now()
    with transaction(edge.engine) as session:
        handoff.take_over(session, shopper.id, "camille", shown_as="Camille", now=now)
        handoff.reply(session, shopper.id, "camille", "Hello, I am Camille", key="k1", now=now)
    tab.hears("Hello, I am Camille", sender="agent")
    assert tab.until("state")["state"] == "human"
    tab.send(text="nice")
    tab.until("ack")
    with transaction(edge.engine) as session:
        handoff.hand_back(session, shopper.id, agent="camille", now=now)
    tab.until("state")
    tab.hears(HELLO, HELLO)
    tab.send(text="and the bot?")
    tab.hears(HELLO, HELLO, "you said and the bot?")
    assert rasa.texts() == ["/start", "/start", "and the bot?"]
    notes = [m["text"] for m in tab.messages if m["from"] == "system"]
    assert len(notes) == 2
    assert "Camille" in notes[0]


@pytest.mark.parametrize("first", ['{"token": "wrong-wrong-wrong-wrong"}', "{}", "[]", "nonsense", '{"token": 7}'])
def test_without_the_token_a_stream_says_nothing(edge: Edge, first: str) -> None:
    edge.shopper()
    with connect(f"{edge.url.replace('http', 'ws')}/api/chat/stream?after=0") as socket:
        socket.send(first)
        with pytest.raises(ConnectionClosed) as closed:
            socket.recv(timeout=PATIENCE)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4401


def test_pages_of_other_shops_get_no_stream(edge: Edge) -> None:
    shopper = edge.shopper()
    shopper.stream(origin=ORIGIN).hears(HELLO)
    with pytest.raises(InvalidStatus) as refused:
        shopper.stream(origin="https://evil.example")
    assert refused.value.response.status_code == 403


def test_frames_that_make_no_sense_get_an_error_and_the_stream_goes_on(edge: Edge) -> None:
    shopper = edge.shopper("fr")
    tab = shopper.stream()
    tab.hears(HELLO)
    tab.socket.send("nonsense")
    assert tab.until("error")["error"]["code"] == "channel.malformed"
    tab.socket.send(json.dumps({"type": "something of a later version"}))
    tab.send(text="", client_id="c2")
    error = tab.until("error")
    assert (error["client_id"], error["error"]["code"]) == ("c2", "empty")
    assert error["error"]["message"].startswith("Votre message")
    tab.send(text="x" * 5_000)
    assert tab.until("error")["error"]["code"] == "too_long"
    tab.send(choice={"message": 1, "index": 0})
    assert tab.until("error")["error"]["code"] == "choice_unknown"
    tab.send(text="still here")
    tab.hears(HELLO, "you said still here")


def test_limits_hold_on_the_stream_too(make_context: Callable[..., BotContext]) -> None:
    edge = Edge(make_context(rates=Rates(messages=Rate(2, 1), streams_per_conversation=1))).start()
    try:
        shopper = edge.shopper()
        tab = shopper.stream()
        tab.hears(HELLO)
        for _ in range(3):
            tab.send(text="again")
        error = tab.until("error")["error"]
        assert (error["code"], error["retryable"]) == ("too_fast", True)
        assert _turned_away(shopper) == 4429
    finally:
        edge.close()


def test_streams_count_among_the_requests_of_an_address(make_context: Callable[..., BotContext]) -> None:
    edge = Edge(make_context(rates=replace(FREE, requests=Rate(2, 1)))).start()
    try:
        shopper = edge.shopper()
        shopper.stream().hears(HELLO)
        assert _turned_away(shopper) == 4429
    finally:
        edge.close()


def test_what_a_client_was_given_counts_as_sent(edge: Edge) -> None:
    shopper = edge.shopper()
    shopper.stream().hears(HELLO)
    edge.stop()
    assert edge.rows("SELECT status FROM rd_outbox") == ["sent"]


def _turned_away(shopper: Shopper) -> int:
    """The code with which one more stream is closed at once."""
    with pytest.raises(ConnectionClosed) as closed:
        shopper.stream().frame()
    assert closed.value.rcvd is not None
    return int(closed.value.rcvd.code)
