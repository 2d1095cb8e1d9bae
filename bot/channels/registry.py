"""The channels that are written to, by name. Adding one is a folder beside this file and a line here."""

from __future__ import annotations

from bot.channels import telegram, whatsapp
from bot.channels.plug import Plug, Plugged
from common.phrases import Phrases
from common.settings import Settings
from common.shop_config import ShopConfig

PLUGS: dict[str, Plug] = {"telegram": telegram.plug, "whatsapp": whatsapp.plug}


def plugged(settings: Settings, shop: ShopConfig, phrases: Phrases) -> dict[str, Plugged]:
    """Those that are set up."""
    made = {name: plug(settings, shop, phrases) for name, plug in PLUGS.items()}
    return {name: channel for name, channel in made.items() if channel is not None}
