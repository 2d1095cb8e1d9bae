"""Conversations: what is shown, who answers, and that a message is said once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa

from actions.runtime import Runtime
from bot.conversation import service as conversations
from bot.delivery.model import Lane
from bot.handoff import service as handoff
from bot.messages import Message
from common.database import transaction
from common.outbox import Conversation, OutboxRow, OutMessage, post
from tests.console.scenes import HOSTILE, answer, say, talk
from tests.console.visitor import Visitor

Browse = Callable[..., Visitor]


@pytest.fixture
def waiting(runtime: Runtime) -> str:
    """A shopper who asked for a person."""
    with transaction(runtime.engine) as session:
        conversation = talk(session, runtime, "fr")
        answer(session, conversation, "Bonjour, je suis un assistant automatique.", buttons=[
            {"title": "Retour <b>", "payload": "/x"}])  # fmt: skip
        say(session, conversation, f"Je veux quelqu'un ! {HOSTILE}")
        handoff.ask_for_person(session, conversation.id, reason="asked")
    return conversation.id


def _state(runtime: Runtime, conversation_id: str) -> tuple[str, str | None]:
    with transaction(runtime.engine) as session:
        row = session.get_one(Conversation, conversation_id)
        return row.state, row.agent


def _said(runtime: Runtime, conversation_id: str) -> list[Message]:
    with transaction(runtime.engine) as session:
        return handoff.transcript(session, runtime.phrases, conversation_id)


def _path(conversation_id: str, rest: str = "") -> str:
    return f"/console/conversations/{conversation_id}{rest}"


def _take_over(visitor: Visitor, conversation_id: str) -> None:
    visitor.submit(visitor.get(_path(conversation_id)), _path(conversation_id, "/take-over"))


def test_what_a_shopper_writes_is_shown_and_never_run(owner: Visitor, waiting: str) -> None:
    for path in ("/console", "/console/conversations", _path(waiting), _path(waiting, "/news?after=0&state=bot")):
        page = owner.get(path)
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page.html, path
        assert "<script>alert" not in page.html, path
        assert "<img src=x" not in page.html, path
        assert "{{ 7*7 }}" in page.words, path


def test_taking_over_silences_the_bot_and_tells_the_shopper(owner: Visitor, runtime: Runtime, waiting: str) -> None:
    page = owner.submit(owner.get(_path(waiting)), _path(waiting, "/take-over"))
    assert "You answer now" in page.words
    assert _state(runtime, waiting) == ("human", "olive")
    assert _said(runtime, waiting)[-1].sender == "system"


def test_shoppers_read_the_name_that_was_chosen_for_them_and_never_the_user_name(
    owner: Visitor, runtime: Runtime, waiting: str
) -> None:
    _take_over(owner, waiting)
    owner.submit(owner.get(_path(waiting)), _path(waiting, "/hand-back"))
    account = "/console/account/display-name"
    named = owner.submit(owner.get("/console/account"), account, display_name="  Olive  B. ")
    assert ("From now on" in named.words, named.form(account).fields["display_name"]) == (True, "Olive B.")
    _take_over(owner, waiting)
    told = [message.text for message in _said(runtime, waiting) if message.sender == "system"]
    assert len(told) == 3
    assert "olive" not in told[0]
    assert "Olive B." in told[2]
    refused = owner.submit(owner.get("/console/account"), account, display_name="x" * 65)
    assert "at most 64" in refused.words
    assert refused.form(account).fields["display_name"] == "Olive B."


def test_taking_over_twice_tells_once(owner: Visitor, runtime: Runtime, waiting: str) -> None:
    page = owner.get(_path(waiting))
    owner.submit(page, _path(waiting, "/take-over"))
    owner.submit(page, _path(waiting, "/take-over"))
    assert sum(message.sender == "system" for message in _said(runtime, waiting)) == 1


def test_an_answer_reaches_the_conversation_once(owner: Visitor, runtime: Runtime, waiting: str) -> None:
    _take_over(owner, waiting)
    page = owner.get(_path(waiting))
    for _ in range(2):
        owner.submit(page, _path(waiting, "/reply"), text="Bonjour, je regarde <tout de suite>.")
    said = [message.text for message in _said(runtime, waiting) if message.sender == "agent"]
    assert said == ["Bonjour, je regarde <tout de suite>."]


def test_an_answer_by_htmx_gives_a_fresh_box_and_calls_for_news(owner: Visitor, runtime: Runtime, waiting: str) -> None:
    _take_over(owner, waiting)
    form = owner.get(_path(waiting)).form(_path(waiting, "/reply"))
    reply = owner.post(form.action, form.fields | {"text": "Bonjour"}, HX_Request="true")
    assert reply.headers["hx-trigger-after-settle"] == "said"
    fresh = reply.form(_path(waiting, "/reply"))
    assert fresh.fields["nonce"] != form.fields["nonce"]
    assert "Bonjour" not in reply.words
    assert "<html" not in reply.html


@pytest.mark.parametrize(("text", "said"), [("   ", "Write something"), ("x" * 2001, "2,000 characters at most")])
def test_what_cannot_be_said_is_kept_in_the_box(
    owner: Visitor, runtime: Runtime, waiting: str, text: str, said: str
) -> None:
    _take_over(owner, waiting)
    form = owner.get(_path(waiting)).form(_path(waiting, "/reply"))
    reply = owner.post(form.action, form.fields | {"text": text}, HX_Request="true")
    assert said in reply.words
    assert text in reply.html
    assert [message for message in _said(runtime, waiting) if message.sender == "agent"] == []


def test_who_has_not_taken_over_cannot_answer(browse: Browse, runtime: Runtime, waiting: str) -> None:
    olive, ari = browse("olive"), browse("ari")
    _take_over(olive, waiting)
    form = olive.get(_path(waiting)).form(_path(waiting, "/reply"))
    csrf = ari.get("/console/account").form("/console/sign-out").fields["csrf"]
    page = ari.post(form.action, form.fields | {"csrf": csrf, "text": "Hello"})
    assert "You do not have this conversation" in page.words
    assert "olive is answering." in page.words
    assert [message for message in _said(runtime, waiting) if message.sender == "agent"] == []


def test_a_colleague_s_conversation_cannot_be_taken(browse: Browse, runtime: Runtime, waiting: str) -> None:
    olive, ari = browse("olive"), browse("ari")
    before = ari.get(_path(waiting))
    _take_over(olive, waiting)
    late = ari.submit(before, _path(waiting, "/take-over"))
    assert "A colleague has this conversation." in late.words
    assert _state(runtime, waiting) == ("human", "olive")


def test_handing_back_lets_the_bot_go_on(owner: Visitor, runtime: Runtime, waiting: str) -> None:
    _take_over(owner, waiting)
    page = owner.submit(owner.get(_path(waiting)), _path(waiting, "/hand-back"))
    assert "The bot answers again." in page.words
    assert _state(runtime, waiting) == ("bot", None)


def test_a_waiting_conversation_can_be_left_to_the_bot(owner: Visitor, runtime: Runtime, waiting: str) -> None:
    owner.submit(owner.get(_path(waiting)), _path(waiting, "/hand-back"))
    assert _state(runtime, waiting) == ("bot", None)


def test_news_come_once_and_in_order(owner: Visitor, runtime: Runtime, waiting: str) -> None:
    page = owner.get(_path(waiting))
    url = page.html.split('hx-get="/console/conversations/')[1].split('"')[0].replace("&amp;", "&")
    url = f"/console/conversations/{url}"
    assert owner.get(url, HX_Request="true").status == 204
    with transaction(runtime.engine) as session:
        conversation = session.get_one(Conversation, waiting)
        say(session, conversation, "Première")
        say(session, conversation, "Seconde")
    news = owner.get(url, HX_Request="true")
    assert news.html.index("Première") < news.html.index("Seconde")
    assert "quelqu" not in news.words
    assert 'id="composer"' not in news.html
    following = news.html.split('hx-get="')[1].split('"')[0].replace("&amp;", "&")
    assert owner.get(following, HX_Request="true").status == 204


def test_news_bring_the_box_when_somebody_else_answers_now(browse: Browse, waiting: str) -> None:
    olive, ari = browse("olive"), browse("ari")
    _take_over(olive, waiting)
    news = ari.get(_path(waiting, "/news?after=99&state=waiting"), HX_Request="true")
    assert "olive is answering." in news.words
    assert 'hx-swap-oob="true"' in news.html


def test_unread_messages_are_counted_until_they_are_read(
    owner: Visitor, browse: Browse, runtime: Runtime, waiting: str
) -> None:
    assert "1 unread" in owner.get("/console/conversations").words
    owner.get(_path(waiting))
    assert "unread" not in owner.get("/console/conversations").words
    assert "1 unread" in browse("ari").get("/console/conversations").words
    with transaction(runtime.engine) as session:
        say(session, session.get_one(Conversation, waiting), "Encore moi")
    assert "1 unread" in owner.get("/console/conversations").words


def test_the_list_pages_without_gap_or_repetition(owner: Visitor, runtime: Runtime) -> None:
    with transaction(runtime.engine) as session:
        for number in range(65):
            conversation = talk(session, runtime, "en")
            # Several at the same instant: the order must hold all the same.
            say(session, conversation, f"Message {number}", minutes_ago=30 - number // 4)
        silent = talk(session, runtime, "en").id
    seen: list[str] = []
    path = "/console/conversations"
    for _ in range(5):
        page = owner.get(path)
        seen += [part.split('"')[0] for part in page.html.split('class="cover" href="/console/conversations/')[1:]]
        if 'rel="next"' not in page.html:
            break
        path = page.html.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    assert len(seen) == len(set(seen)) == 65
    assert silent not in seen


def test_the_list_is_filtered_by_who_answers(owner: Visitor, runtime: Runtime, waiting: str) -> None:
    with transaction(runtime.engine) as session:
        say(session, talk(session, runtime, "en"), "Hello there, bot")
    assert "Hello there" not in owner.get("/console/conversations?state=waiting").words
    assert "Hello there" in owner.get("/console/conversations?state=bot").words
    assert "Hello there" in owner.get("/console/conversations?state=nonsense").words


def test_a_conversation_that_is_not_there(owner: Visitor) -> None:
    assert owner.get(_path("conv_x")).status == 404
    assert owner.get(_path("conv_x", "/news?after=0")).status == 404


def test_reading_along_writes_nothing_to_the_conversation(owner: Visitor, runtime: Runtime, waiting: str) -> None:
    with transaction(runtime.engine) as session:
        before = session.scalar(sa.select(Conversation.seq).where(Conversation.id == waiting))
    owner.get(_path(waiting))
    owner.get(_path(waiting, "/news?after=0&state=bot"))
    with transaction(runtime.engine) as session:
        assert session.scalar(sa.select(Conversation.seq).where(Conversation.id == waiting)) == before


def test_the_one_who_waited_longest_is_first(owner: Visitor, runtime: Runtime, waiting: str) -> None:
    with transaction(runtime.engine) as session:
        longer = talk(session, runtime, "en")
        say(session, longer, "An hour already", minutes_ago=90)
        longer.last_inbound_at = runtime.clock.now() - timedelta(minutes=90)
        handoff.ask_for_person(session, longer.id, reason="asked")
    page = owner.get("/console").words
    assert page.index("An hour already") < page.index("Je veux quelqu'un")


def _pushed(runtime: Runtime) -> str:
    """A shopper on WhatsApp with one message on its way."""
    with transaction(runtime.engine) as session:
        found = conversations.of_user(
            session, "whatsapp", "33612345678", language="en", identity={}, now=runtime.clock.now()
        )
        post(session, found, OutMessage(text="Your refund is on its way."), key="news", now=runtime.clock.now())
    return found


def _trouble(runtime: Runtime, conversation_id: str, **values: object) -> None:
    with transaction(runtime.engine) as session:
        session.execute(
            sa.update(Lane)
            .where(Lane.conversation_id == conversation_id)
            .values(**values, trouble_at=runtime.clock.now())
        )


@pytest.mark.parametrize(
    ("values", "words", "button"),
    [
        ({"stopped": True, "trouble": "window"}, "It goes out as soon as they write", "Try again"),
        (
            {"stopped": True, "trouble": "whatsapp.131026", "trouble_text": "Undeliverable <b>"},
            "It is not being tried any more: Undeliverable <b>",
            "Try again",
        ),
        (
            {"trouble": "whatsapp.131051", "trouble_text": "Unsupported"},
            "will not be tried again: Unsupported",
            "Dealt",
        ),
    ],
)
def test_what_does_not_get_through_is_shown_until_somebody_acts(
    owner: Visitor, runtime: Runtime, values: dict[str, object], words: str, button: str
) -> None:
    found = _pushed(runtime)
    assert "Messages that do not get through" not in owner.get("/console").words
    _trouble(runtime, found, **values)
    page = owner.get("/console")
    assert "Messages that do not get through" in page.words
    assert words in page.words
    assert button in page.words
    assert "1 message waits" in page.words
    assert words in owner.get(_path(found)).words
    page = owner.submit(page, _path(found, "/resume"))
    assert "Messages that do not get through" not in page.words
    with transaction(runtime.engine) as session:
        lane = session.get_one(Lane, found)
        assert (lane.stopped, lane.trouble) == (False, None)


def test_a_message_that_keeps_failing_is_shown_when_it_is_late(owner: Visitor, runtime: Runtime) -> None:
    _pushed(runtime)
    with transaction(runtime.engine) as session:
        session.execute(sa.update(OutboxRow).values(error="whatsapp.http_503: away"))
    assert "Messages that do not get through" not in owner.get("/console").words
    with transaction(runtime.engine) as session:
        session.execute(sa.update(OutboxRow).values(created_at=runtime.clock.now() - timedelta(minutes=11)))
    assert "It keeps being tried: whatsapp.http_503: away" in owner.get("/console").words


def test_each_message_says_how_far_it_has_got(owner: Visitor, runtime: Runtime, waiting: str) -> None:
    found = _pushed(runtime)
    assert "waiting to be sent" in owner.get(_path(found)).words
    with transaction(runtime.engine) as session:
        session.execute(sa.update(OutboxRow).where(OutboxRow.channel == "whatsapp").values(status="read"))
    assert "read" in owner.get(_path(found)).words
    assert "waiting to be sent" not in owner.get(_path(waiting)).words
