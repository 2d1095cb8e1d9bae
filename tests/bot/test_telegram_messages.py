"""Telegram's translator: recorded shapes of updates in, calls of the Bot API out. No network."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.telegram import plug, webhook_secret
from bot.channels.telegram.channel import TelegramChannel
from bot.channels.telegram.links import MAX_NUMBER_BYTES, order_of, start_word
from bot.channels.text import length
from bot.messages import Button, Choice, Inbound, Media, Message
from common.errors import SettingsError
from common.phrases import Phrases
from common.settings import ROOT, Settings
from common.shop_config import ShopConfig
from tests.telegram_updates import SHOPPER, message, photo, press

SECRET = "a secret of the shop, with 32 bytes or more"
AT = datetime(2026, 11, 23, 10, tzinfo=UTC)
CHANNEL = TelegramChannel(Phrases.load(ROOT / "domain.yml"), SECRET)
PDF = {"url": "https://shop.example/returns/x.pdf", "title": "Return slip RT-1", "mime": "application/pdf"}


def arrived(content: dict[str, Any], number: int = 1) -> Inbound:
    (arrival,) = CHANNEL.arrivals(json.dumps({"update_id": number, **content}).encode())
    return arrival.inbound


def test_words_say_who_wrote_them_and_in_which_language() -> None:
    (arrival,) = CHANNEL.arrivals(json.dumps({"update_id": 7, **message(text="bonjour", language="fr-CA")}).encode())
    assert (arrival.user, arrival.language, arrival.identity) == (str(SHOPPER), "fr", {})
    assert (arrival.inbound.external_id, arrival.inbound.kind, arrival.inbound.text) == ("7", "text", "bonjour")


def test_of_a_photo_the_largest_size_is_taken_wherever_it_stands() -> None:
    content = photo("big", caption=" the handle ")
    content["message"]["photo"].reverse()
    inbound = arrived(content)
    assert (inbound.kind, inbound.text, inbound.album) == ("photos", "the handle", None)
    assert inbound.media == (Media("big", "image/jpeg", size=1000),)


def test_a_document_that_is_an_image_is_a_photo_and_another_is_not() -> None:
    document = {"file_id": "d1", "file_unique_id": "u", "mime_type": "image/png", "file_size": 5}
    assert arrived(message(document=document)).media == (Media("d1", "image/png", size=5),)
    other = arrived(message(document={**document, "mime_type": "application/zip"}))
    assert (other.kind, other.response) == ("unsupported", "utter_edge_only_text_and_photos")


@pytest.mark.parametrize("kind", ["voice", "video", "sticker", "location", "contact", "poll", "animation"])
def test_what_nobody_can_read_is_told_so(kind: str) -> None:
    inbound = arrived(message(**{kind: {"file_id": "x"}}))
    assert (inbound.kind, inbound.response) == ("unsupported", "utter_edge_only_text_and_photos")


@pytest.mark.parametrize(
    "content",
    [message(pinned_message={}), {"my_chat_member": {"chat": {"id": 1, "type": "private"}}}, {}, {"a_new_kind": {}},
     {"edited_message": photo("p", caption="better words")["message"]}, {"channel_post": message(text="x")["message"]},
     message(-100, chat="supergroup", new_chat_members=[])],
)  # fmt: skip
def test_what_concerns_no_shopper_is_kept_and_not_answered(content: dict[str, Any]) -> None:
    delivery = CHANNEL.read(json.dumps({"update_id": 3, **content}).encode())
    assert (len(delivery.arrivals), len(delivery.notices)) == (0, 1)


def test_an_edit_is_the_words_as_they_are_now() -> None:
    inbound = arrived({"edited_message": message(text="order 1043, sorry")["message"]}, number=9)
    assert (inbound.kind, inbound.text, inbound.external_id) == ("text", "order 1043, sorry", "9")


def test_a_group_is_told_once_that_it_is_the_wrong_place() -> None:
    names = {arrived(message(-100_77, chat="supergroup", text=t), n).external_id for n, t in enumerate("abc")}
    assert names == {"group:-10077"}
    inbound = arrived(message(-100_77, chat="group", text="my order 1042"))
    assert (inbound.kind, inbound.response) == ("unsupported", "utter_edge_private_only")
    # What people say in a group is none of our business, so it is not kept either.
    assert inbound.raw is None


def test_a_press_names_message_and_place_and_the_query_to_be_answered() -> None:
    inbound = arrived(press("12.3", query="998877"), number=5)
    assert (inbound.kind, inbound.choice, inbound.external_id) == ("choice", Choice(12, 3), "5:998877")
    for data in ("/restart", "12", "-1.2", "1.2.3", "9" * 70):
        wrong = arrived(press(data))
        assert (wrong.kind, wrong.response, wrong.payload) == ("unsupported", "utter_edge_choice_unknown", None)


def test_start_opens_and_a_signed_link_brings_the_order() -> None:
    now = datetime.fromtimestamp(message(text="x")["message"]["date"], UTC)
    word = start_word("#1042", SECRET, until=now + timedelta(days=7))

    def identity(text: str) -> tuple[str, dict[str, str]]:
        (arrival,) = CHANNEL.arrivals(json.dumps({"update_id": 1, **message(text=text)}).encode())
        return arrival.inbound.kind, dict(arrival.identity)

    assert identity("/start") == ("start", {})
    assert identity(f"/start {word}") == ("start", {"order": "#1042"})
    assert identity("/start@a_shop_bot") == ("start", {})
    for wrong in (word[:-1], word.swapcase(), "x" * 64, start_word("1042", "another secret", until=now), "é"):
        assert identity(f"/start {wrong}") == ("start", {})
    assert identity(f"/start {start_word('1042', SECRET, until=now - timedelta(seconds=2))}") == ("start", {})
    assert identity("/start the engine please") == ("text", {})


@given(number=st.text(min_size=1, max_size=MAX_NUMBER_BYTES).filter(lambda n: len(n.encode("utf-8", "replace")) <= 28))
def test_any_number_survives_the_link_and_fits_into_it(number: str) -> None:
    if any("\ud800" <= c <= "\udfff" for c in number):
        return
    word = start_word(number, SECRET, until=AT)
    assert len(word) <= 64
    assert word.replace("-", "").replace("_", "").isalnum()
    assert order_of(word, SECRET, now=AT) == number
    assert order_of(word, SECRET, now=AT + timedelta(seconds=1)) is None
    assert order_of(word, "", now=AT) is None
    with pytest.raises(ValueError, match="28 bytes"):
        start_word("x" * 29, SECRET, until=AT)


@given(st.text(alphabet="ABCDEFabcdef0123456789_-", max_size=70))
def test_no_guessed_word_is_a_link(word: str) -> None:
    assert order_of(word, SECRET, now=AT) is None


def said(text: str = "", **more: Any) -> list[dict[str, Any]]:
    return CHANNEL.outbound(Message(seq=12, sender="bot", at=AT, text=text, **more))


def test_a_long_text_is_parted_at_its_sentences_and_nothing_is_lost() -> None:
    sentence = "The parcel is on its way 👩‍👩‍👧‍👦 and will be there soon. "
    parts = [piece["text"] for piece in said(sentence * 200)]
    assert len(parts) > 1
    assert "".join(parts) == sentence * 200
    assert all(length(part) <= 4_096 and part.endswith(". ") for part in parts)


def test_buttons_stand_below_the_last_words_and_carry_no_command() -> None:
    buttons = tuple(Button(f"title {n} " + "y" * 90, f"/secret{n}") for n in range(14))
    *words, last = said("word " * 1_000, buttons=buttons, attachments=(PDF,))
    assert [piece["method"] for piece in words] == ["sendMessage", "sendDocument"]
    rows = last["reply_markup"]["inline_keyboard"]
    assert [row[0]["callback_data"] for row in rows] == [f"12.{n}" for n in range(12)]
    assert all(len(row[0]["text"]) <= 64 and len(row[0]["callback_data"].encode()) <= 64 for row in rows)
    assert "secret" not in json.dumps([*words, last])
    assert said(buttons=(Button(" ", "/x"),))[0]["reply_markup"]["inline_keyboard"][0][0]["text"] == "1"


def test_a_return_slip_is_a_document_with_a_name() -> None:
    words, slip = said("Here it is.", attachments=(PDF,))
    assert words == {"method": "sendMessage", "text": "Here it is."}
    assert slip == {
        "method": "sendDocument", "document": PDF["url"], "filename": "Return slip RT-1.pdf", "caption": PDF["title"],
    }  # fmt: skip
    assert said("x", attachments=({**PDF, "url": "/etc/passwd"},))[0]["text"] == "x\nReturn slip RT-1 /etc/passwd"


def test_the_settings_are_checked_at_the_start(settings: Settings, shop: ShopConfig, phrases: Phrases) -> None:
    assert plug(settings, shop, phrases) is None
    named = replace(settings.telegram, token="123456:abcdefghijklmnop")
    found = plug(replace(settings, telegram=named), shop, phrases)
    assert found is not None
    assert found.channel.name == "telegram"
    for wrong in (replace(named, token="my-token"), replace(named, secret="with blanks"), replace(named, secret="é")):
        with pytest.raises(SettingsError, match="RETOUR_TELEGRAM"):
            plug(replace(settings, telegram=wrong), shop, phrases)
    # Without a secret of the shop's there is one all the same, and it is this installation's own.
    derived = webhook_secret(settings)
    assert len(derived) == 64
    assert derived != webhook_secret(replace(settings, secret_key="another key"))
