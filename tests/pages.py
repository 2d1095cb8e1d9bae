"""What the pages under docs/ give a reader to copy, for tests that follow them word for word."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import textwrap

import pytest

from common.settings import ROOT

_COMMANDS = {"python": [sys.executable, "-"], "php": ["php"], "js": ["node", "-"]}
LANGUAGES = sorted(_COMMANDS)
_FRAMES = {
    "python": "{code}\nprint({snake}({arguments}))",
    "php": "<?php\n{code}\necho {snake}({arguments});",
    "js": "{code}\nconsole.log({camel}({arguments}))",
}


def blocks(page: str, language: str = "") -> list[str]:
    """The code blocks of a page in one language ("" for those that name none), without their indentation."""
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    found = re.findall(r"^( *)```(\w*)\n(.+?)^\1```$", text, re.DOTALL | re.MULTILINE)
    return [textwrap.dedent(code) for _, name, code in found if name == language]


def block(page: str, language: str, containing: str) -> str:
    """The one block of a page that contains a word."""
    (found,) = [code for code in blocks(page, language) if containing in code]
    return found


def made(page: str, language: str, function: str, arguments: str, secret: str) -> str:
    """What the page's sample in that language makes; skipped where the language is not installed."""
    command = _COMMANDS[language]
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not installed")
    first, *rest = function.split("_")
    camel = first + "".join(word.title() for word in rest)
    code = _FRAMES[language].format(code=blocks(page, language)[0], snake=function, camel=camel, arguments=arguments)
    environ = {**os.environ, "RETOUR_ORDER_TOKEN_SECRET": secret}
    done = subprocess.run(command, input=code, env=environ, capture_output=True, text=True, check=True, timeout=60)
    return done.stdout.strip()
