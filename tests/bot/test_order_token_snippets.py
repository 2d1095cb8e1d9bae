"""What docs/on-my-shop.md gives a shop's developer to copy makes tokens that are accepted."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from datetime import UTC, datetime

import pytest

from bot.channels.web.order_token import check
from bot.conversation.identity import Identity
from common.settings import ROOT

SECRET = "a secret of the shop, with 32 bytes or more"
CALLS = {
    "python": ([sys.executable, "-"], "{code}\nprint(order_token('#1042', 'ann@example.com'))"),
    "php": (["php"], "<?php\n{code}\necho order_token('#1042', 'ann@example.com');"),
    "js": (["node", "-"], "{code}\nconsole.log(orderToken('#1042', 'ann@example.com'))"),
}


@pytest.mark.parametrize("language", sorted(CALLS))
def test_the_snippet_makes_a_token_that_is_accepted(language: str) -> None:
    command, frame = CALLS[language]
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not installed")
    page = (ROOT / "docs" / "on-my-shop.md").read_text(encoding="utf-8")
    found = re.search(rf"```{language}\n(.+?)```", page, re.DOTALL)
    assert found is not None
    environ = {**os.environ, "RETOUR_ORDER_TOKEN_SECRET": SECRET}
    done = subprocess.run(
        command, input=frame.format(code=found[1]), env=environ, capture_output=True, text=True, check=True, timeout=60
    )
    checked = check(done.stdout.strip(), SECRET, now=datetime.now(UTC))
    assert (checked.verdict, checked.identity) == ("accepted", Identity(email="ann@example.com", order="#1042"))
