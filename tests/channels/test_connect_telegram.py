"""docs/connect-telegram.md followed as somebody new would: its settings, the doctor, both ways updates come."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator

import pytest

from tests.bot_api import TOKEN, BotApi
from tests.browser.system.case_rows import case_of, until_said
from tests.pages import block, blocks
from tests.situations import damaged_mug, drive
from tests.stack import ROOT, Stack, running
from tests.telegram_shopper import TelegramShopper

PAGE = "connect-telegram.md"
pytestmark = [pytest.mark.slow, pytest.mark.stack, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def api() -> Iterator[BotApi]:
    server = BotApi().start()
    yield server
    server.close()
    assert server.wrong == []


@pytest.fixture(scope="module")
def stack(api: BotApi, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Started with the settings of the page and nothing else, but for where the Bot API is."""
    environ = dict(line.split("=", 1) for line in block(PAGE, "", "RETOUR_TELEGRAM_TOKEN=").split())
    assert set(environ) == {"RETOUR_TELEGRAM_TOKEN"}
    environ = {"RETOUR_TELEGRAM_TOKEN": TOKEN, "RETOUR_TELEGRAM_API_URL": api.url}
    with running(tmp_path_factory.mktemp("telegram"), **environ) as stack:
        yield stack


def doctor(stack: Stack) -> str:
    """The doctor's line about Telegram."""
    done = subprocess.run(
        [ROOT / "bin" / "retour", "doctor"], env=stack.environ, capture_output=True, text=True, timeout=120, check=True
    )
    return next(line for line in done.stdout.splitlines() if line.split()[1] == "telegram")


def hold_a_conversation(stack: Stack, api: BotApi, number: str, seeds: tuple[int, int, int]) -> None:
    """Start, words, an album and a photo, quick replies, an answer unasked."""
    order, email = stack.order_for("damaged_low_value")
    shopper = TelegramShopper(api, number)
    shopper.say("/start")
    until_said(shopper, "utter_menu")
    plan = damaged_mug(order, email, seeds)
    drive(shopper, plan)
    assert "utter_readback" in plan.names
    until_said(shopper, "utter_case_refunded")
    assert (case_of(stack, order).status, len(api.named("answerCallbackQuery")) > 0) == ("refunded", True)


def test_updates_are_brought_to_the_address_the_doctor_names(stack: Stack, api: BotApi) -> None:
    api.waits_for(lambda: bool(api.webhook))
    (shown,) = blocks(PAGE)[1].splitlines()
    shown = shown.replace("your_shop_bot", "a_shop_bot").replace("https://returns.your-shop.example", stack.base)
    assert doctor(stack) == shown
    hold_a_conversation(stack, api, "447000001", (820_001, 820_002, 820_003))


def test_with_the_other_mode_they_are_asked_for(stack: Stack, api: BotApi) -> None:
    text = (ROOT / "docs" / PAGE).read_text(encoding="utf-8")
    name, _, mode = next(iter(re.findall(r"RETOUR_TELEGRAM_MODE=polling", text))).partition("=")
    stack.stop()
    stack.environ[name] = mode
    stack.start()
    api.waits_for(lambda: not api.webhook)
    assert doctor(stack).endswith("@a_shop_bot, polling")
    hold_a_conversation(stack, api, "447000002", (820_011, 820_012, 820_013))
