"""WhatsApp over the running edge, against a Graph API server of our own."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from bot.channels.whatsapp import codes
from bot.channels.whatsapp.routes import MAX_BYTES
from bot.conversation import dispatcher as dispatching
from bot.delivery import courier as couriers
from bot.delivery import rules, trouble
from bot.delivery.model import Lane
from bot.web.blueprint import BotContext
from common.clock import SystemClock
from common.database import transaction
from common.outbox import OutMessage
from common.outbox import post as say
from common.settings import Settings
from common.shop_config import TemplateConfig
from tests import whatsapp
from tests.bot.conftest import Edge
from tests.bot.scripted_rasa import ScriptedRasa
from tests.graph_api import GraphApi
from tests.shopper import photo
from tests.whatsapp import delivery, photo_of, post, pressed, status, typed

ME, YOU = "33612345678", "16505551234"
PATIENCE = 20.0


class World:
    """The edge, the Graph API, and somebody who delivers."""

    def __init__(self, edge: Edge, graph: GraphApi) -> None:
        self.edge = edge
        self.graph = graph
        self.http = httpx.Client(base_url=edge.url, trust_env=False, timeout=20)

    def deliver(self, *messages: dict[str, Any], **more: Any) -> None:
        answer = post(self.http, delivery(*messages, **more))
        assert answer.status_code == 200, answer.text

    def wait(self, done: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE
        while not done():
            assert time.monotonic() < deadline, (self.graph.accepted, self.edge.rows("SELECT * FROM rd_lane"))
            time.sleep(0.01)

    def hears(self, *texts: str, to: str = ME) -> None:
        self.wait(lambda: len(self.graph.texts(to)) >= len(texts))
        assert self.graph.texts(to) == list(texts)

    def rows(self, statement: str) -> list[Any]:
        return self.edge.rows(statement)

    def settled(self, count: int = 1) -> None:
        self.wait(lambda: len(found := self.rows("SELECT status FROM rd_outbox")) >= count and "queued" not in found)


@pytest.fixture(autouse=True)
def _fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dispatching, "SWEEP_SECONDS", 0.1)
    monkeypatch.setattr(couriers, "SWEEP_SECONDS", 0.05)
    monkeypatch.setattr(rules, "_FIRST_RETRY_SECONDS", 0.02)


@pytest.fixture
def graph() -> Iterator[GraphApi]:
    server = GraphApi().start()
    yield server
    server.close()


@pytest.fixture
def world(graph: GraphApi, make_context: Callable[..., BotContext], settings: Settings) -> Iterator[World]:
    known = Settings.load({"RETOUR_HOME": str(settings.home), **whatsapp.environment(graph.url)})
    context = make_context(settings=replace(settings, whatsapp=known.whatsapp))
    templates = {"utter_edge_agent_left": {"en": TemplateConfig("agent_left", "en_US", ("name",))}}
    edge = Edge(replace(context, shop=replace(context.shop, templates=templates))).start()
    made = World(edge, graph)
    yield made
    made.http.close()
    edge.close()


def test_metas_handshake_is_answered_to_who_knows_the_token(world: World) -> None:
    asked = {"hub.mode": "subscribe", "hub.challenge": "1158201444", "hub.verify_token": whatsapp.VERIFY_TOKEN}
    answer = world.http.get("/webhooks/whatsapp", params=asked)
    assert (answer.status_code, answer.text) == (200, "1158201444")
    for wrong in ({"hub.verify_token": "x"}, {"hub.verify_token": "é"}, {"hub.mode": "unsubscribe"}):
        assert world.http.get("/webhooks/whatsapp", params=asked | wrong).status_code == 403


@pytest.mark.parametrize("signed", ["sha256=" + "0" * 64, "x", "sha256=é".encode().decode("latin-1"), "sha1=abc"])
def test_what_meta_has_not_signed_is_not_even_read(world: World, signed: str) -> None:
    headers = {"X-Hub-Signature-256": signed.encode("latin-1")}
    for body in (delivery(typed(ME, "e1", "hello")), b"{", b""):
        answer = world.http.post("/webhooks/whatsapp", content=body, headers=headers)
        assert answer.status_code == 401
    assert world.http.post("/webhooks/whatsapp", content=b"{}").status_code == 401
    assert world.rows("SELECT count(*) FROM rd_inbox") == [0]


def test_a_signature_of_another_body_does_not_do(world: World) -> None:
    good = delivery(typed(ME, "e1", "hello"))
    signed = whatsapp.signature(whatsapp.APP_SECRET, good)
    assert post(world.http, good.replace(b"hello", b"h3llo"), signed=signed).status_code == 401


def test_a_delivery_that_is_too_large_or_no_json_is_refused(world: World) -> None:
    assert post(world.http, b" " * (MAX_BYTES + 1)).status_code == 413
    for body in (b"{", b"null", b"[]", b"\xff", b"[" * 100_000):
        assert post(world.http, body).status_code == 400


def test_a_message_is_answered_read_and_proves_the_number(world: World, rasa: ScriptedRasa) -> None:
    world.deliver(typed(ME, "wamid.1", "bonjour"))
    world.hears("you said bonjour")
    world.settled()
    metadata = rasa.received[0]["metadata"]
    assert (metadata["channel"], metadata["verified_phone"], metadata["locale"]) == ("whatsapp", f"+{ME}", "fr")
    world.wait(lambda: bool(world.graph.shown))
    shown = world.graph.shown[0]
    assert (shown["status"], shown["message_id"], shown["typing_indicator"]) == ("read", "wamid.1", {"type": "text"})


def test_a_batch_of_many_shoppers_delivered_again_and_again(world: World) -> None:
    messages = [typed(f"3361234567{n % 4}", f"wamid.{n}", f"m{n}") for n in range(16)]
    for _ in range(3):
        world.deliver(*messages)
    for shopper in range(4):
        said = [f"you said m{n}" for n in range(shopper, 16, 4)]
        world.hears(*said, to=f"3361234567{shopper}")
    assert world.graph.doubled() == 0


def test_a_quick_reply_comes_back_as_the_command_behind_it(world: World, rasa: ScriptedRasa) -> None:
    buttons = [{"title": "Yes", "payload": "/affirm"}, {"title": "No", "payload": "/deny"}]
    rasa.script = lambda body: [{"text": "Sure?", "buttons": buttons}]
    world.deliver(typed(ME, "wamid.1", "hello"))
    world.settled()
    sent = world.graph.accepted[0]["interactive"]["action"]["buttons"]
    assert [b["reply"]["title"] for b in sent] == ["Yes", "No"]
    assert "affirm" not in str(world.graph.accepted)
    world.deliver(pressed(ME, "wamid.2", sent[1]["reply"]["id"]))
    world.wait(lambda: rasa.texts() == ["hello", "/deny"])
    # What was never offered, and what somebody else was offered, is told and goes nowhere.
    world.deliver(pressed(ME, "wamid.3", "99.0"), pressed(YOU, "wamid.4", sent[1]["reply"]["id"]))
    world.wait(lambda: len(world.graph.texts(ME)) == 3 and len(world.graph.texts(YOU)) == 1)
    assert "plus disponible" in world.graph.texts(ME)[-1]
    assert "no longer available" in world.graph.texts(YOU)[0]
    # A title that looks like a command is words.
    world.deliver(pressed(YOU, "wamid.5", "/affirm", title="/affirm"))
    world.wait(lambda: rasa.texts()[-1] == "\u200b/affirm")


def test_a_photo_is_fetched_with_the_token_and_checked(world: World, rasa: ScriptedRasa) -> None:
    world.graph.files["p1"] = photo(1)
    world.deliver(photo_of(ME, "wamid.1", "p1", caption="la fissure"))
    world.hears("you said la fissure")
    (kept,) = world.rows("SELECT id FROM rd_photo")
    assert rasa.received[0]["metadata"]["photos"] == [kept]
    assert world.graph.refused == []


def test_a_photo_whose_hash_is_wrong_is_fetched_again(world: World, rasa: ScriptedRasa) -> None:
    world.graph.files["p1"] = photo(1)
    world.graph.told_hashes["p1"] = "0" * 64
    world.deliver(photo_of(ME, "wamid.1", "p1"))
    world.wait(lambda: world.rows("SELECT error FROM rd_inbox") == ["whatsapp.media_hash"])
    del world.graph.told_hashes["p1"]
    world.hears("you said /photos_sent")


def test_a_photo_that_is_gone_or_none_is_told(world: World) -> None:
    world.graph.files["p2"] = b"not a picture"
    world.deliver(photo_of(ME, "wamid.1", "gone"), photo_of(ME, "wamid.2", "p2"))
    world.wait(lambda: len(world.graph.texts(ME)) == 2)
    assert "récupérer cette photo" in world.graph.texts(ME)[0]
    assert "ouvrir ce fichier" in world.graph.texts(ME)[1]


def test_reports_move_a_message_on_and_never_back(world: World) -> None:
    world.deliver(typed(ME, "wamid.1", "hello"))
    world.settled()
    for becomes in ("delivered", "sent", "read", "delivered"):
        world.deliver(statuses=(status("wamid.OUT000001", becomes),))
    assert world.rows("SELECT status FROM rd_outbox") == ["read"]


def test_a_report_with_our_key_saves_a_repetition(world: World) -> None:
    plan = ["after"]
    world.graph.plan = lambda: plan.pop() if plan else ""
    reports: list[dict[str, Any]] = []
    world.graph.arrived = lambda m: reports.append(status(m["id"], "sent", key=m["biz_opaque_callback_data"]))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rules, "_FIRST_RETRY_SECONDS", 30.0)
        world.deliver(typed(ME, "wamid.1", "hello"))
        world.wait(lambda: bool(reports) and world.rows("SELECT error FROM rd_outbox")[0] is not None)
        world.deliver(statuses=tuple(reports))
        with transaction(world.edge.engine) as session:
            session.execute(sa.text("UPDATE rd_outbox SET next_try_at = NULL"))
        world.settled()
    assert world.graph.doubled() == 0
    assert world.rows("SELECT repeats FROM rd_piece") == [0]


@pytest.mark.parametrize("fault", ["before", "500 before", "131000", "131016", "131056", "130429"])
def test_what_may_pass_is_tried_again(world: World, fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for code, everybody in ((131056, False), (130429, True)):
        monkeypatch.setitem(codes._CODES, code, ("retry", everybody, 0.1))
    plan = [fault]
    world.graph.plan = lambda: plan.pop() if plan else ""
    world.deliver(typed(ME, "wamid.1", "hello"))
    world.hears("you said hello")
    world.settled()
    assert world.graph.suffered[fault] == 1


def test_how_long_we_are_asked_to_wait_is_waited(world: World) -> None:
    plan = ["130429"]
    world.graph.plan = lambda: plan.pop() if plan else ""
    world.graph.retry_after = 1
    began = time.monotonic()
    world.deliver(typed(ME, "wamid.1", "hello"), typed(YOU, "wamid.2", "hello"))
    world.settled(2)
    assert time.monotonic() - began >= 0.9
    assert len(world.graph.accepted) == 2


def test_a_shopper_who_cannot_be_reached_is_parked_until_something_changes(world: World) -> None:
    plan = ["131026"]
    world.graph.plan = lambda: plan.pop() if plan else ""
    world.deliver(typed(ME, "wamid.1", "hello"))
    world.wait(lambda: world.rows("SELECT trouble FROM rd_lane WHERE stopped") == ["whatsapp.131026"])
    with transaction(world.edge.engine) as session:
        (conversation,) = session.execute(sa.text("SELECT id FROM rd_conversation")).scalars()
        assert trouble.resume(session, conversation)
    world.hears("you said hello")


def test_after_a_day_of_silence_a_template_goes_out_or_the_message_waits(world: World) -> None:
    world.deliver(typed(YOU, "wamid.1", "hello"))
    world.settled()
    (conversation,) = world.rows("SELECT id FROM rd_conversation")
    now = SystemClock().now()
    with transaction(world.edge.engine) as session:
        session.execute(sa.update(Lane).values(open_until=now - timedelta(seconds=1)))
        left = OutMessage(response="utter_edge_agent_left", parameters={"name": "Ana\nB"})
        say(session, conversation, left, key="1", now=now)
        say(session, conversation, OutMessage(response="utter_edge_one_moment"), key="2", now=now)
    world.wait(lambda: world.rows("SELECT trouble FROM rd_lane WHERE stopped") == ["window"])
    template = world.graph.accepted[-1]["template"]
    assert (template["name"], template["language"]) == ("agent_left", {"code": "en_US"})
    assert template["components"][0]["parameters"] == [{"type": "text", "text": "Ana, B"}]
    world.deliver(typed(YOU, "wamid.2", "back"))
    world.wait(lambda: world.graph.texts(YOU)[-1] == "you said back")
    assert world.graph.texts(YOU)[2:] == ["One moment, I'm looking.", "you said back"]


def test_when_meta_says_the_window_is_closed_it_is(world: World) -> None:
    plan = ["131047"]
    world.graph.plan = lambda: plan.pop() if plan else ""
    world.deliver(typed(ME, "wamid.1", "hello"))
    world.wait(lambda: world.rows("SELECT trouble FROM rd_lane WHERE stopped") == ["window"])
    assert world.graph.accepted == []


def test_kinds_nobody_here_can_read_are_told_or_kept_in_silence(world: World, rasa: ScriptedRasa) -> None:
    unread = [
        whatsapp.message(ME, "wamid.1", "audio", audio={"id": "a"}),
        whatsapp.message(ME, "wamid.2", "reaction", reaction={"message_id": "x", "emoji": "👍"}),
        whatsapp.message(ME, "wamid.3", "revoke", revoke={"original_message_id": "x"}),
        whatsapp.message(ME, "wamid.4", "edit", edit={"message": {"type": "text", "text": {"body": "corrected"}}}),
    ]
    world.deliver(*unread)
    world.wait(lambda: rasa.texts() == ["corrected"])
    world.settled(2)
    assert len(world.graph.texts(ME)) == 2
    assert world.graph.texts(ME)[0].startswith("Je ne lis que le texte et les photos")


def test_events_of_another_number_are_kept_and_not_answered(world: World) -> None:
    world.deliver(typed(ME, "wamid.1", "hello"), phone_id="999")
    assert world.rows("SELECT count(*) FROM rd_inbox") == [0]
    assert world.rows("SELECT count(*) FROM rd_channel_notice") == [1]
