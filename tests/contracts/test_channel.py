"""What every channel's translator promises, run on each of them. A new channel is one line in `CHANNELS`."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.port import Arrival, Channel
from bot.channels.telegram.channel import TelegramChannel
from bot.channels.web.channel import WebChannel
from bot.channels.whatsapp.channel import WhatsAppChannel
from bot.messages import MAX_TEXT, Button, Inbound, Message, MessageRefusedError, as_typed, checked_text
from common.errors import RefusedError, RetourError
from common.phrases import Phrases
from common.settings import ROOT
from tests.bot.memory_channel import MemoryChannel
from tests.graph_api import PHONE_ID, words_of
from tests.telegram_updates import message, update
from tests.whatsapp import delivery, typed

AT = datetime(2026, 11, 23, 10, tzinfo=UTC)


@dataclass(frozen=True)
class Case:
    """A channel, how its transport writes one typed text, and the words of one piece it sends."""

    channel: Channel
    write: Callable[[str, str], bytes]
    words: Callable[[dict[str, Any]], str] = lambda piece: str(piece["text"])


WHATSAPP = WhatsAppChannel(PHONE_ID, Phrases.load(ROOT / "domain.yml"), {})
TELEGRAM = TelegramChannel(Phrases.load(ROOT / "domain.yml"), "")
CHANNELS = [
    pytest.param(Case(WebChannel(), lambda i, t: json.dumps({"client_id": i, "text": t}).encode()), id="web"),
    pytest.param(
        Case(MemoryChannel(), lambda i, t: json.dumps([{"user": "u", "id": i, "text": t}]).encode()), id="memory"
    ),
    pytest.param(Case(WHATSAPP, lambda i, t: delivery(typed("33612345678", i, t)), words_of), id="whatsapp"),
    pytest.param(Case(TELEGRAM, lambda i, t: update(zlib.crc32(i.encode()), message(text=t))), id="telegram"),
]


@pytest.fixture(params=CHANNELS)
def case(request: pytest.FixtureRequest) -> Case:
    found: Case = request.param
    return found


def arrive(case: Case, event_id: str, text: str) -> Inbound:
    (arrival,) = case.channel.arrivals(case.write(event_id, text), user="u1")
    return arrival.inbound


@pytest.mark.parametrize(
    "text", ["hello", "👩‍👩‍👧‍👦", "\u202bمرحبا\u202c", "<b>&amp;</b>", "two\nlines", "x" * MAX_TEXT]
)
def test_text_arrives_as_it_was_written(case: Case, text: str) -> None:
    inbound = arrive(case, "e1", text)
    assert (inbound.channel, inbound.kind, inbound.text) == (case.channel.name, "text", text)
    assert inbound.payload is None


def test_the_same_event_has_the_same_name_and_another_one_another(case: Case) -> None:
    first, again, other = arrive(case, "e1", "a"), arrive(case, "e1", "a"), arrive(case, "e2", "a")
    assert first.external_id == again.external_id != other.external_id


@pytest.mark.parametrize("text", ["", "  ", "\u200b", "x" * (MAX_TEXT + 1), "x" * 500_000])
def test_what_the_shopper_can_put_right_is_refused_with_a_phrase(case: Case, text: str) -> None:
    try:
        phrase = arrive(case, "e1", text).response
    except MessageRefusedError as refusal:
        phrase = refusal.phrase
    # In a batch the others must not suffer, so there the event carries the phrase that answers it.
    assert phrase in ("utter_edge_empty", "utter_edge_too_long")


@pytest.mark.parametrize("body", [b"", b"{", b"null", b"7", b"\xff", b"[" * 100_000, b'{"a": 1}'])
def test_what_is_not_of_the_channel_is_malformed(case: Case, body: bytes) -> None:
    with pytest.raises(RefusedError) as refused:
        case.channel.arrivals(body, user="u1")
    assert refused.value.code == "channel.malformed"


@given(body=st.one_of(st.binary(max_size=200), st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(
        st.sampled_from([
            "client_id", "text", "choice", "photos", "message", "index", "id", "user", "entry", "changes", "value",
            "messages", "statuses", "field", "metadata", "phone_number_id", "from", "type", "update_id", "chat", "data",
            "photo", "document", "file_id", "callback_query", "edited_message", "date", "media_group_id", "caption",
        ]), inner
    ),
).map(lambda value: json.dumps(value).encode())))  # fmt: skip
@pytest.mark.parametrize(
    "channel", [WebChannel(), MemoryChannel(), WHATSAPP, TELEGRAM], ids=["web", "memory", "whatsapp", "telegram"]
)
def test_no_body_causes_anything_but_events_or_a_refusal(channel: Channel, body: bytes) -> None:
    try:
        arrivals = channel.arrivals(body, user="u1")
    except RetourError:
        return
    assert all(isinstance(arrival, Arrival) for arrival in arrivals)


def test_what_goes_out_keeps_to_the_channels_limits(case: Case) -> None:
    buttons = tuple(Button(f"title {number} " + "y" * 60, f"/secret{number}") for number in range(3))
    line = Message(seq=1, sender="bot", at=AT, text="word " * 300, buttons=buttons)
    written = case.channel.outbound(line)
    assert all(len(case.words(part)) <= case.channel.capabilities.max_text for part in written)
    assert "".join(case.words(part) for part in written) == line.text
    assert "secret" not in json.dumps(written)


@given(text=st.text(max_size=300))
def test_nothing_typed_is_ever_a_command(text: str) -> None:
    try:
        typed = as_typed(checked_text(text))
    except MessageRefusedError:
        return
    assert not typed.strip().startswith("/")
    assert "\0" not in typed
    typed.encode("utf-8")
