"""WhatsApp's translator alone: what Meta's samples say, and what we send held against Meta's own schema."""

from __future__ import annotations

import copy
import json
from datetime import UTC, datetime
from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st
from pywa import WhatsApp
from pywa import types as pywa_types
from pywa.types.base_update import RawUpdate

from bot.channels.port import Arrival
from bot.channels.text import length, split
from bot.channels.whatsapp import codes
from bot.channels.whatsapp.channel import WhatsAppChannel
from bot.channels.whatsapp.inbound import digest
from bot.channels.whatsapp.outbound import addressed, template
from bot.messages import Button, Message
from common.errors import RetourError
from common.phrases import Phrases
from common.settings import ROOT
from common.shop_config import TemplateConfig
from tests.whatsapp import delivery, message, typed

DATA = ROOT.parent / "shared" / "data"
SAMPLES = DATA / "whatsapp-pywa"
SCHEMA = DATA / "meta" / "wa-patched.json"
AT = datetime(2026, 11, 23, 10, tzinfo=UTC)
Json = dict[str, Any]

needs_samples = pytest.mark.skipif(not SAMPLES.is_dir(), reason="needs the webhook samples of pywa in ../shared/data")
needs_schema = pytest.mark.skipif(not SCHEMA.is_file(), reason="needs Meta's OpenAPI file in ../shared/data")
# What reaches a conversation; of all others nothing may.
COMPARED = {"message", "callback_button", "callback_selection", "message_status"}
SHOPPERS = {
    "message", "callback_button", "callback_selection", "edited_message", "deleted_message", "flow_completion",
    "call_permission_update",
}  # fmt: skip


def samples() -> list[tuple[str, str, Json]]:
    if not SAMPLES.is_dir():
        return []
    found = [(path.stem, json.loads(path.read_text())) for path in sorted(SAMPLES.glob("*.json"))]
    return [(stem, name, body) for stem, named in found for name, body in named.items()]


def channel_for(body: Json, phrases: Phrases) -> WhatsAppChannel:
    value = body["entry"][0]["changes"][0]["value"]
    return WhatsAppChannel(value.get("metadata", {}).get("phone_number_id", "1"), phrases, {})


@needs_samples
@pytest.mark.parametrize(("stem", "name", "body"), samples())
def test_every_sample_is_read(stem: str, name: str, body: Json, phrases: Phrases) -> None:
    found = channel_for(body, phrases).read(json.dumps(body).encode())
    value = body["entry"][0]["changes"][0]["value"]
    said = [m for m in value.get("messages", []) if str(m.get("from", "")).isdigit()]
    if stem == "message_status":
        assert [receipt.external_id for receipt in found.receipts] == [s["id"] for s in value["statuses"]]
    elif stem in SHOPPERS and said and "group_id" not in said[0]:
        (arrival,) = found.arrivals
        assert (arrival.user, arrival.inbound.external_id) == (said[0]["from"], said[0]["id"])
        assert json.loads(arrival.inbound.raw or "") == said[0]
    else:
        assert (found.arrivals, found.receipts) == ([], [])
        assert len(found.notices) == 1


@needs_samples
@pytest.mark.parametrize(("stem", "name", "body"), [s for s in samples() if s[0] in COMPARED])
def test_another_parser_reads_the_same(stem: str, name: str, body: Json, phrases: Phrases) -> None:
    value = body["entry"][0]["changes"][0]["value"]
    client = WhatsApp(filter_updates=False)
    update = RawUpdate(json.dumps(body).encode(), hmac_header=None, update_hash="x")
    delivered = channel_for(body, phrases).read(json.dumps(body).encode())
    if stem == "message_status":
        theirs = pywa_types.MessageStatus.from_update(client, update)
        (receipt,) = delivered.receipts
        assert receipt.external_id == theirs.id
        assert receipt.status == {"played": "read"}.get(theirs.status.value, theirs.status.value)
        assert receipt.key == (theirs.tracker or None)
        return
    (arrival,) = delivered.arrivals
    ours = arrival.inbound
    if stem == "message":
        agrees_on_message(ours, pywa_types.Message.from_update(client, update), arrival, value["messages"][0])
    elif stem == "callback_button":
        pushed = pywa_types.CallbackButton.from_update(client, update)
        assert (ours.external_id, ours.text) == (pushed.id, pushed.title)
    elif stem == "callback_selection":
        chosen = pywa_types.CallbackSelection.from_update(client, update)
        assert (ours.external_id, ours.text) == (chosen.id, chosen.title)


def agrees_on_message(ours: Any, theirs: pywa_types.Message, arrival: Arrival, sample: Json) -> None:
    assert ours.external_id == theirs.id
    assert arrival.user == sample["from"]
    assert arrival.said_at == theirs.timestamp.astimezone(UTC)
    if theirs.text is not None:
        assert (ours.kind, ours.text) == ("text", theirs.text)
    if theirs.image is not None:
        assert (ours.kind, ours.media[0].id, ours.media[0].mime) == ("photos", theirs.image.id, theirs.image.mime_type)
        assert ours.text == (theirs.caption or "")
    assert (ours.kind == "unsupported") == (theirs.text is None and theirs.image is None)


@needs_samples
def test_a_sample_with_our_own_ids_is_a_press_of_our_button(phrases: Phrases) -> None:
    pressed = [body for stem, _, body in samples() if stem in ("callback_button", "callback_selection")]
    for body in pressed:
        raw = json.dumps(body).replace("callback_data", "12.3").encode()
        (arrival,) = channel_for(body, phrases).arrivals(raw)
        assert arrival.inbound.choice is not None
        assert (arrival.inbound.choice.message, arrival.inbound.choice.index) == (12, 3)


# What goes out


@pytest.fixture(scope="module")
def channel() -> WhatsAppChannel:
    return WhatsAppChannel("1", Phrases.load(ROOT / "domain.yml"), {})


@pytest.fixture(scope="module")
def meta() -> Json:
    if not SCHEMA.is_file():
        pytest.skip("needs Meta's OpenAPI file in ../shared/data")
    found: Json = json.loads(SCHEMA.read_text())
    return found


_validators: dict[str, jsonschema.Draft202012Validator] = {}


def valid(meta: Json, piece: Json, user: str = "33612345678") -> None:
    """Against the schema of its kind, with every limit in it."""
    kind = piece["type"]
    if kind not in _validators:
        reference = meta["components"]["schemas"]["Message"]["discriminator"]["mapping"][kind]
        schema = {"$ref": reference, "components": meta["components"]}
        _validators[kind] = jsonschema.Draft202012Validator(schema)
    body = addressed(piece, user, "out:1:0")
    _validators[kind].validate(body)
    # What Meta's file says in words only (text 4,096; button titles differ and are not blank).
    if kind == "text":
        assert 0 < len(body["text"]["body"]) <= 4_096
        assert body["text"]["body"].strip()
    if kind == "interactive":
        assert body["interactive"]["body"]["text"].strip()
        titles = [b["reply"]["title"] for b in body["interactive"]["action"].get("buttons", [])]
        assert len(set(titles)) == len(titles)
        assert all(title.strip() for title in titles)


def say(text: str, buttons: int = 0, title: str = "Yes", **more: Any) -> Message:
    made = tuple(Button(f"{title} {number}", f"/secret_{number}") for number in range(buttons))
    return Message(seq=7, sender="bot", at=AT, text=text, buttons=made, **more)


def test_every_phrase_of_the_domain_can_be_sent(channel: WhatsAppChannel, meta: Json, phrases: Phrases) -> None:
    sent = 0
    for name in phrases.names():
        for language in ("fr", "en"):
            rendered = phrases.render(name, language, {"reference": "RT-ABC123"})
            buttons = tuple(Button(b["title"], b["payload"]) for b in rendered.buttons)
            written = channel.outbound(
                Message(seq=3, sender="bot", at=AT, text=rendered.text, buttons=buttons, language=language)
            )
            for piece in written:
                valid(meta, piece)
                sent += 1
    assert sent > 200


# The word itself is no leak of a payload: hypothesis reads it in this file and tries it.
_PRINTABLE = st.characters(exclude_categories=["Cs", "Cc"])


@examples(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    text=st.text(_PRINTABLE, max_size=300).filter(lambda t: "secret" not in t * 2).map(lambda t: (t * 30)[:9_000]),
    titles=st.lists(st.text(_PRINTABLE, min_size=1, max_size=80).filter(lambda t: "secret" not in t), max_size=12),
)
def test_whatever_is_said_keeps_to_metas_limits(
    channel: WhatsAppChannel, meta: Json, text: str, titles: list[str]
) -> None:
    buttons = tuple(Button(title, f"/secret_{number}") for number, title in enumerate(titles))
    for piece in channel.outbound(Message(seq=1, sender="bot", at=AT, text=text, buttons=buttons)):
        valid(meta, piece)
        assert "secret" not in json.dumps(piece)


@pytest.mark.parametrize(("count", "title", "kind"), [
    (1, "Yes", "button"), (3, "Yes", "button"), (4, "Yes", "list"), (10, "Yes", "list"),
    (2, "a title that is longer than 20", "list"),
])  # fmt: skip
def test_quick_replies_are_buttons_or_a_list(
    channel: WhatsAppChannel, meta: Json, count: int, title: str, kind: str
) -> None:
    (piece,) = channel.outbound(say("Which one?", count, title))
    valid(meta, piece)
    assert piece["interactive"]["type"] == kind
    action = piece["interactive"]["action"]
    ids = [b["reply"]["id"] for b in action["buttons"]] if kind == "button" else [
        row["id"] for row in action["sections"][0]["rows"]
    ]  # fmt: skip
    assert ids == [f"7.{index}" for index in range(count)]


def test_what_no_list_can_hold_is_written_out(channel: WhatsAppChannel, meta: Json) -> None:
    (piece,) = channel.outbound(say("Which one?", 12))
    valid(meta, piece)
    assert len(piece["interactive"]["action"]["sections"][0]["rows"]) == 10
    assert piece["interactive"]["body"]["text"] == "Which one?\n• Yes 10\n• Yes 11"


def test_a_long_text_with_buttons_has_them_at_its_end(channel: WhatsAppChannel, meta: Json) -> None:
    text = "A sentence of some length. " * 300
    written = channel.outbound(say(text, 2))
    for piece in written:
        valid(meta, piece)
    assert [piece["type"] for piece in written] == ["text", "text", "interactive"]
    said = [p["text"]["body"] if p["type"] == "text" else p["interactive"]["body"]["text"] for p in written]
    assert "".join(said) == text
    assert all(part.rstrip().endswith(".") for part in said)


def test_a_document_is_sent_where_meta_can_fetch_it_and_written_out_where_not(
    channel: WhatsAppChannel, meta: Json
) -> None:
    slip = {"url": "https://shop.example/returns/t.pdf", "title": "Return slip RT-1", "mime": "application/pdf"}
    text, document = channel.outbound(say("Here it is.", attachments=(slip,)))
    valid(meta, document)
    assert document["document"] == {"link": slip["url"], "filename": "Return slip RT-1.pdf"}
    assert text["text"]["body"] == "Here it is."
    local = {**slip, "url": "http://127.0.0.1:8000/returns/t.pdf"}
    (text,) = channel.outbound(say("Here it is.", attachments=(local,)))
    assert text["text"]["body"] == "Here it is.\nReturn slip RT-1 http://127.0.0.1:8000/returns/t.pdf"
    picture = {**slip, "mime": "image/png"}
    valid(meta, channel.outbound(say("", attachments=(picture,)))[0])


def test_a_template_keeps_to_the_schema(meta: Json) -> None:
    found = TemplateConfig("refund_sent", "en_US", ("reference", "amount", "missing"))
    message = say("", response="utter_x", parameters={"reference": "RT-1", "amount": "12,50\u00a0€\n\t"})
    piece = template(found, message)
    valid(meta, piece)
    values = [p["text"] for p in piece["template"]["components"][0]["parameters"]]
    assert values == ["RT-1", "12,50 €", "-"]
    valid(meta, template(TemplateConfig("plain", "fr"), message))


def test_a_shopper_without_a_number_is_called_by_metas_id(channel: WhatsAppChannel) -> None:
    hidden = message("", "wamid.1", "text", text={"body": "hello"}) | {"from_user_id": "FR.13491208655302741918"}
    del hidden["from"]
    body = delivery().replace(b'"field"', b'"x"')
    content = json.loads(body)
    content["entry"][0]["changes"][0] = {
        "field": "messages",
        "value": {"metadata": {"phone_number_id": "1"}, "messages": [hidden]},
    }
    (arrival,) = channel.arrivals(json.dumps(content).encode())
    assert (arrival.user, arrival.identity) == ("FR.13491208655302741918", {})
    assert addressed({}, arrival.user, "k")["recipient"] == arrival.user


# Errors


@pytest.mark.parametrize(("status", "code", "verdict", "everybody", "maybe"), [
    (400, 131026, "person", False, False), (400, 131047, "window", False, False), (400, 131056, "retry", False, False),
    (429, 130429, "retry", True, False), (400, 190, "person", True, False), (400, 100, "give_up", False, False),
    (500, 131000, "retry", False, True), (503, 131016, "retry", False, False), (400, 132001, "person", False, False),
    (400, 999999, "give_up", False, False), (500, 999999, "retry", False, True), (401, None, "person", True, False),
    (429, None, "retry", True, False), (502, None, "retry", False, True), (404, None, "give_up", False, False),
])  # fmt: skip
def test_what_an_error_means(status: int, code: int | None, verdict: str, everybody: bool, maybe: bool) -> None:
    content = {"error": {"code": code, "message": "m"}} if code is not None else None
    found = codes.refusal(status, content, None)
    assert (found.verdict, found.everybody, found.maybe_sent) == (verdict, everybody, maybe)


@given(content=st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["error", "code", "message", "error_data"]), inner),
))  # fmt: skip
def test_no_answer_is_too_odd_to_be_judged(content: Any) -> None:
    assert codes.refusal(400, content, None).verdict in ("retry", "give_up", "person", "window")
    assert codes.later_refusal(content).code.startswith("whatsapp.")


@pytest.mark.parametrize(("written", "read"), [
    ("A" * 64, "a" * 64), ("m04pFf2ERdaopTyFkGPA0+bX3i+YY2dYgVFwOgDLSDI=",
     "9b4e2915fd8445d6a8a53c859063c0d3e6d7de2f986367588151703a00cb4832"),
    ("4654+8g=", ""), ("<HASH>", ""), (None, ""), ("é" * 64, ""),
])  # fmt: skip
def test_hashes_come_in_two_spellings(written: Any, read: str) -> None:
    assert digest(written) == read


# Long texts


@given(text=st.text(max_size=400), limit=st.integers(8, 60))
def test_parts_of_a_text_are_the_text_and_fit(text: str, limit: int) -> None:
    text = text.encode("utf-8", "ignore").decode()
    parts = split(text, limit)
    assert "".join(parts) == text
    assert all(part and length(part) <= limit for part in parts)


@pytest.mark.parametrize(("text", "parts"), [
    ("One two. Three four. Five", ["One two. Three four. ", "Five"]),
    ("First part here.\n\nSecond part here", ["First part here.\n\n", "Second part here"]),
    ("x" * 50, ["x" * 24, "x" * 24, "xx"]),
    ("aaaaaaaaaaaaaaaaaaaaaaa👩‍👩‍👧", ["a" * 23, "👩‍👩‍👧"]),
])  # fmt: skip
def test_a_text_is_cut_where_a_reader_pauses(text: str, parts: list[str]) -> None:
    assert split(text, 24) == parts


def test_anything_that_meta_may_send_is_events_or_a_refusal(channel: WhatsAppChannel) -> None:
    whole = json.loads(delivery(typed("33612345678", "wamid.1", "hi"), phone_id="1"))
    for odd in (None, 7, "x", [], {}, [None], {"a": []}, True, "\ud800", 1e400, "1" * 6_000):
        for path in _paths(whole):
            body = copy.deepcopy(whole)
            _put(body, path, odd)
            try:
                found = channel.read(json.dumps(body).encode())
            except RetourError:
                continue
            for arrival in found.arrivals:
                assert "\ud800" not in arrival.inbound.text + arrival.user + arrival.inbound.external_id


def _paths(value: Any, here: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [here, *(path for key, item in inner for path in _paths(item, (*here, key)))][1 if not here else 0 :]


def _put(body: Any, path: tuple[Any, ...], value: Any) -> None:
    for key in path[:-1]:
        body = body[key]
    body[path[-1]] = value
