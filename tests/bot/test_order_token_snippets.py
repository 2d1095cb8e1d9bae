"""What the pages give a shop's developer to copy makes order tokens and start links that are accepted."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from datetime import UTC, datetime

import pytest

from bot.channels.telegram.links import order_of
from bot.channels.web.order_token import check
from bot.conversation.identity import Identity
from common.settings import ROOT

SECRET = "a secret of the shop, with 32 bytes or more"
COMMANDS = {"python": [sys.executable, "-"], "php": ["php"], "js": ["node", "-"]}
FRAMES = {
    "python": "{code}\nprint({snake}({arguments}))",
    "php": "<?php\n{code}\necho {snake}({arguments});",
    "js": "{code}\nconsole.log({camel}({arguments}))",
}


def made(page: str, language: str, function: str, arguments: str) -> str:
    """What the page's snippet in that language prints."""
    command = COMMANDS[language]
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not installed")
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    found = re.search(rf"```{language}\n(.+?)```", text, re.DOTALL)
    assert found is not None
    first, *rest = function.split("_")
    camel = first + "".join(word.title() for word in rest)
    code = FRAMES[language].format(code=found[1], snake=function, camel=camel, arguments=arguments)
    environ = {**os.environ, "RETOUR_ORDER_TOKEN_SECRET": SECRET}
    done = subprocess.run(command, input=code, env=environ, capture_output=True, text=True, check=True, timeout=60)
    return done.stdout.strip()


@pytest.mark.parametrize("language", sorted(COMMANDS))
def test_the_snippet_makes_a_token_that_is_accepted(language: str) -> None:
    token = made("on-my-shop.md", language, "order_token", "'#1042', 'ann@example.com'")
    checked = check(token, SECRET, now=datetime.now(UTC))
    assert (checked.verdict, checked.identity) == ("accepted", Identity(email="ann@example.com", order="#1042"))


@pytest.mark.parametrize("language", sorted(COMMANDS))
def test_the_snippet_makes_a_link_that_is_accepted(language: str) -> None:
    word = made("connect-telegram.md", language, "start_word", "'N°1042-É'")
    assert order_of(word, SECRET, now=datetime.now(UTC)) == "N°1042-É"
    assert order_of(word, SECRET[:-1], now=datetime.now(UTC)) is None
