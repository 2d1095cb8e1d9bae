"""What Telegram needs to be told, and how it says that something cannot work."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.channels.registry import plugged
from common.errors import SettingsError
from common.phrases import Phrases
from common.settings import Settings
from common.shop_config import ShopConfig
from tests import telegram_updates

TELEGRAM = "https://api.telegram.example"


def settings_with(home: Path, **changes: str) -> Settings:
    environ = telegram_updates.environment(TELEGRAM) | {"RETOUR_PUBLIC_URL": "https://returns.example"} | changes
    return Settings.load({**environ, "RETOUR_HOME": str(home)})


def test_without_a_token_the_channel_is_off(settings: Settings, shop: ShopConfig, phrases: Phrases) -> None:
    assert "telegram" not in plugged(settings, shop, phrases)


@pytest.mark.parametrize("address", ["http://127.0.0.1:8000", "http://returns.example", "https://returns.example:8000"])
def test_an_address_telegram_would_refuse_is_named_with_the_way_out(
    tmp_path: Path, shop: ShopConfig, phrases: Phrases, address: str
) -> None:
    assert "telegram" in plugged(settings_with(tmp_path), shop, phrases)
    assert "telegram" in plugged(settings_with(tmp_path, RETOUR_PUBLIC_URL="https://r.example:8443"), shop, phrases)
    with pytest.raises(SettingsError, match=r"RETOUR_PUBLIC_URL is .+RETOUR_TELEGRAM_MODE=polling"):
        plugged(settings_with(tmp_path, RETOUR_PUBLIC_URL=address), shop, phrases)


@pytest.mark.parametrize(
    "changes", [{"RETOUR_TELEGRAM_MODE": "polling"}, {"RETOUR_TELEGRAM_API_URL": "http://127.0.0.1:8081"}]
)
def test_who_asks_for_updates_or_has_a_bot_api_server_may_live_anywhere(
    tmp_path: Path, shop: ShopConfig, phrases: Phrases, changes: dict[str, str]
) -> None:
    here = settings_with(tmp_path, RETOUR_PUBLIC_URL="http://127.0.0.1:8000", **changes)
    assert "telegram" in plugged(here, shop, phrases)
