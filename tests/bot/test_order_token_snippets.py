"""What the pages give a shop's developer to copy makes order tokens and start links that are accepted."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.channels.telegram.links import order_of
from bot.channels.web.order_token import check
from bot.conversation.identity import Identity
from tests.pages import LANGUAGES, made

SECRET = "a secret of the shop, with 32 bytes or more"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_snippet_makes_a_token_that_is_accepted(language: str) -> None:
    token = made("on-my-shop.md", language, "order_token", "'#1042', 'ann@example.com'", SECRET)
    checked = check(token, SECRET, now=datetime.now(UTC))
    assert (checked.verdict, checked.identity) == ("accepted", Identity(email="ann@example.com", order="#1042"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_snippet_makes_a_link_that_is_accepted(language: str) -> None:
    word = made("connect-telegram.md", language, "start_word", "'N°1042-É'", SECRET)
    assert order_of(word, SECRET, now=datetime.now(UTC)) == "N°1042-É"
    assert order_of(word, SECRET[:-1], now=datetime.now(UTC)) is None
