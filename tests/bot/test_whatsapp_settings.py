"""What WhatsApp needs to be told, and how it says that something is missing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bot.channels.registry import plugged
from common.errors import SettingsError
from common.phrases import Phrases
from common.settings import Settings
from common.shop_config import ShopConfig, TemplateConfig
from tests import whatsapp


def settings_with(tmp_path: Path, **changes: str) -> Settings:
    return Settings.load({**whatsapp.environment("https://graph.example"), **changes, "RETOUR_HOME": str(tmp_path)})


def test_without_a_token_the_channel_is_off(settings: Settings, shop: ShopConfig, phrases: Phrases) -> None:
    assert "whatsapp" not in plugged(settings, shop, phrases)


@pytest.mark.parametrize("name", ["PHONE_NUMBER_ID", "APP_SECRET", "VERIFY_TOKEN"])
def test_what_is_missing_beside_a_token_is_named(name: str, tmp_path: Path, shop: ShopConfig, phrases: Phrases) -> None:
    assert "whatsapp" in plugged(settings_with(tmp_path), shop, phrases)
    with pytest.raises(SettingsError, match=f"RETOUR_WHATSAPP_{name}"):
        plugged(settings_with(tmp_path, **{f"RETOUR_WHATSAPP_{name}": ""}), shop, phrases)


def test_templates_come_from_the_shops_file(tmp_path: Path, shop: ShopConfig, phrases: Phrases) -> None:
    file = tmp_path / "retour.toml"
    file.write_text(
        """
[shop]
name = "S"
country = "FR"
currency = "EUR"
support_email = "s@shop.example"
[payment]
kind = "manual"
[whatsapp.templates.utter_case_refund_started]
fr = { name = "lance", language = "fr", parameters = ["amount"] }
en = { name = "started", language = "en_US" }
"""
    )
    templates = ShopConfig.load(file, {}).templates
    assert templates["utter_case_refund_started"] == {
        "fr": TemplateConfig("lance", "fr", ("amount",)),
        "en": TemplateConfig("started", "en_US"),
    }
    plugged(settings_with(tmp_path), replace(shop, templates=templates), phrases)
    with pytest.raises(SettingsError, match="utter_no_such_phrase"):
        plugged(settings_with(tmp_path), replace(shop, templates={"utter_no_such_phrase": {}}), phrases)


def test_a_template_without_a_name_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "retour.toml"
    file.write_text(
        '[shop]\nname="S"\ncountry="FR"\ncurrency="EUR"\nsupport_email="s@s.example"\n[payment]\nkind="manual"\n'
        '[whatsapp.templates.utter_x]\nfr = { language = "fr" }\n'
    )
    with pytest.raises(SettingsError, match=r"whatsapp\.templates\.utter_x\.fr"):
        ShopConfig.load(file, {})
