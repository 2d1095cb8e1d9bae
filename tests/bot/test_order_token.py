"""The signed identity of the website: what a token is worth, and what it changes in a conversation."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import jwt
import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.web.order_token import check
from bot.conversation.identity import Identity
from bot.web.blueprint import BotContext
from common.database import transaction
from common.outbox import Conversation, note_proven
from common.shop_config import ShopConfig
from tests.bot.chatter import Shopper
from tests.bot.conftest import Edge
from tests.bot.scripted_rasa import ScriptedRasa

SECRET = "a secret of the shop, with 32 bytes or more"
NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)


def signed(*, at: datetime = NOW, secret: str = SECRET, algorithm: str = "HS256", **claims: Any) -> str:
    """What a shop's server makes; `claims` replace its own, None leaves one out."""
    made = {
        "aud": "retour", "iat": int(at.timestamp()), "exp": int((at + timedelta(hours=1)).timestamp()),
        "order": "1042", "email": "ann@example.com", **claims,
    }  # fmt: skip
    return jwt.encode({k: v for k, v in made.items() if v is not None}, secret, algorithm=algorithm)


def verdict(token: str, *, later: timedelta = timedelta(), secret: str = SECRET) -> str:
    checked = check(token, secret, now=NOW + later)
    assert (checked.identity is not None) == (checked.verdict == "accepted")
    return checked.verdict


def test_a_token_says_who_the_shopper_is() -> None:
    assert check(signed(), SECRET, now=NOW).identity == Identity(email="ann@example.com", order="1042")
    assert check(signed(email=None), SECRET, now=NOW).identity == Identity(order="1042")
    assert check(signed(order=None), SECRET, now=NOW).identity == Identity(email="ann@example.com")
    assert check(signed(order=1042, email=None), SECRET, now=NOW).identity == Identity(order="1042")


def test_it_holds_for_its_hour_and_a_clock_may_be_a_minute_off() -> None:
    token = signed()
    assert verdict(token, later=timedelta(hours=1, seconds=59)) == "accepted"
    assert verdict(token, later=timedelta(hours=1, seconds=60)) == "expired"
    assert verdict(token, later=-timedelta(seconds=60)) == "accepted"
    assert verdict(token, later=-timedelta(seconds=61)) == "not_yet_valid"


@pytest.mark.parametrize(
    ("token", "expected"),
    [
        pytest.param(signed(secret="another secret, which is 32 bytes long too"), "bad_signature", id="secret"),
        pytest.param(signed(algorithm="HS512", secret=SECRET * 2), "bad_signature", id="algorithm"),
        pytest.param(signed(aud="another-service"), "wrong_audience", id="audience"),
        pytest.param(signed(aud=None), "claims_missing", id="no audience"),
        pytest.param(signed(exp=None), "claims_missing", id="no end"),
        pytest.param(signed(iat=None), "claims_missing", id="no beginning"),
        pytest.param(signed(order=None, email=None), "claims_missing", id="nobody"),
        pytest.param(signed(order=" ", email=""), "claims_missing", id="blank"),
        pytest.param(signed(order="x" * 65, email=["a@example.com"]), "claims_missing", id="absurd"),
        pytest.param(signed(order=True, email=None), "claims_missing", id="a bool is no number"),
        pytest.param(signed(exp=int((NOW + timedelta(hours=25)).timestamp())), "too_long_lived", id="25 hours"),
        pytest.param(signed(exp="tomorrow"), "malformed", id="a date in words"),
        pytest.param(signed(iat=True), "malformed", id="a bool for a time"),
        pytest.param("", "malformed", id="empty"),
        pytest.param("a.b.c", "malformed", id="no token"),
        pytest.param("x" * 5_000, "malformed", id="huge"),
        pytest.param("é.é.é", "malformed", id="not ascii"),
    ],
)
def test_what_is_wrong_is_named_and_believed_in_nothing(token: str, expected: str) -> None:
    assert verdict(token) == expected


def test_a_token_without_signature_is_worth_nothing() -> None:
    def part(value: dict[str, Any]) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    body = signed().split(".")[1]
    for algorithm in ("none", "None", "RS256"):
        assert verdict(f"{part({'alg': algorithm, 'typ': 'JWT'})}.{body}.") in ("bad_signature", "malformed")
    assert verdict(signed(), secret="") == "not_configured"


@given(st.text(max_size=200), st.integers(0, 2))
def test_no_token_is_an_error(junk: str, place: int) -> None:
    parts = signed().split(".")
    parts[place] = junk
    for token in (junk, ".".join(parts)):
        check(token, SECRET, now=NOW)


@pytest.fixture
def edge(make_context: Callable[..., BotContext], shop: ShopConfig) -> Iterator[Edge]:
    server = Edge(make_context(shop=replace(shop, order_token_secret=SECRET))).start()
    yield server
    server.close()


def opened(edge: Edge, token: object, resume: str | None = None) -> httpx.Response:
    body = {"locale": "en", "resume": resume, "order_token": token}
    return httpx.post(f"{edge.url}/api/chat/conversations", json=body, trust_env=False)


def verified(rasa: ScriptedRasa) -> list[tuple[str | None, str | None]]:
    """E-mail and order that Rasa was given with each message."""
    return [(body["metadata"]["verified_email"], body["metadata"]["verified_order"]) for body in rasa.received]


def identities(edge: Edge) -> list[Identity]:
    with transaction(edge.engine) as session:
        return [Identity.of(kept) for kept in session.scalars(sa.select(Conversation.identity))]


def fresh(**claims: Any) -> str:
    return signed(at=datetime.now(UTC), **claims)


def talk(edge: Edge, answer: httpx.Response, text: str, *before: str) -> None:
    """Say something in the conversation of that answer and hear the reply."""
    shopper = Shopper(edge.url)
    shopper.id = answer.json()["conversation"]
    shopper.http.headers["Authorization"] = f"Bearer {answer.json()['token']}"
    shopper.say(text)
    shopper.hears("you said /start", *before, f"you said {text}")


def test_every_message_of_a_signed_conversation_says_whose_it_is(edge: Edge, rasa: ScriptedRasa) -> None:
    answer = opened(edge, fresh())
    assert (answer.status_code, answer.json()["order_token"]) == (201, "accepted")
    talk(edge, answer, "hello")
    assert verified(rasa) == [("ann@example.com", "1042")] * 2
    assert identities(edge) == [Identity(email="ann@example.com", order="1042")]


@pytest.mark.parametrize("token", ["nonsense", signed(), 7, None, {"a": 1}])
def test_a_token_that_is_worth_nothing_is_no_obstacle(edge: Edge, rasa: ScriptedRasa, token: object) -> None:
    answer = opened(edge, token)
    assert answer.status_code == 201
    talk(edge, answer, "hello")
    assert verified(rasa) == [(None, None)] * 2


def test_tokens_are_counted_by_what_they_are_worth_and_never_logged(
    edge: Edge, caplog: pytest.LogCaptureFixture
) -> None:
    tokens = [fresh(), fresh(), signed(), "nonsense"]
    for token in tokens:
        opened(edge, token)
    figures = httpx.get(f"{edge.url}/metrics", trust_env=False).text
    for result, count in (("accepted", 2), ("expired", 1), ("malformed", 1)):
        assert f'retour_order_tokens_total{{result="{result}"}} {count}' in figures
    assert "order token" in caplog.text
    assert not any(token in caplog.text for token in tokens)


def test_who_signs_in_later_is_known_in_the_same_conversation(edge: Edge, rasa: ScriptedRasa) -> None:
    first = opened(edge, None)
    talk(edge, first, "hello")
    again = opened(edge, fresh(), resume=first.json()["token"])
    assert (again.status_code, again.json()["conversation"]) == (200, first.json()["conversation"])
    talk(edge, first, "me again", "you said hello")
    assert verified(rasa)[-1] == ("ann@example.com", "1042")
    # Another order of the same person, and then a visit without a token: still the same conversation.
    for token in (fresh(email=None), fresh(order="1043"), None, "nonsense"):
        assert opened(edge, token, resume=first.json()["token"]).json()["conversation"] == first.json()["conversation"]
    assert identities(edge) == [Identity(email="ann@example.com", order="1043")]


@pytest.mark.parametrize(
    ("claims", "stays"),
    [
        ({"email": "ANN@example.com", "order": "2000"}, True),
        ({"email": None, "order": "#1042"}, True),
        ({"email": "bob@example.com", "order": None}, False),
        ({"email": None, "order": "2000"}, False),
    ],
)
def test_whose_order_was_proven_by_an_answer_stays_and_nobody_else_sees_it(
    edge: Edge, rasa: ScriptedRasa, claims: dict[str, Any], stays: bool
) -> None:
    first = opened(edge, None).json()
    with transaction(edge.engine) as session:
        note_proven(session, first["conversation"], email="ann@example.com", order="1042")
    second = opened(edge, fresh(**claims), resume=first["token"]).json()
    assert (second["conversation"] == first["conversation"]) == stays
    # It is no proof for what the shopper has not been asked.
    with transaction(edge.engine) as session:
        kept = session.scalars(sa.select(Conversation.identity).where(Conversation.id == first["conversation"])).one()
    assert Identity.of(kept).as_json() == ({k: v for k, v in claims.items() if v} if stays else {})
    assert Identity.asked(kept) == Identity(email="ann@example.com", order="1042")


@pytest.mark.parametrize("other", [{"email": "bob@example.com"}, {"email": None, "order": "2000"}])
def test_another_person_at_the_same_browser_gets_a_conversation_of_their_own(edge: Edge, other: dict[str, Any]) -> None:
    first = opened(edge, fresh())
    second = opened(edge, fresh(**other), resume=first.json()["token"])
    assert second.status_code == 201
    assert second.json()["conversation"] != first.json()["conversation"]
    assert second.json()["token"] != first.json()["token"]
