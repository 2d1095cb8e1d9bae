"""WhatsApp by Meta's Cloud API (docs/connect-whatsapp.md)."""

from __future__ import annotations

from functools import partial

from bot.channels.plug import Plugged
from bot.channels.whatsapp.channel import WhatsAppChannel
from bot.channels.whatsapp.client import WhatsAppClient
from bot.channels.whatsapp.routes import register
from common.errors import SettingsError
from common.phrases import Phrases
from common.settings import Settings
from common.shop_config import ShopConfig


def plug(settings: Settings, shop: ShopConfig, phrases: Phrases) -> Plugged | None:
    """The channel, when it has a token. Raises SettingsError that names what is missing."""
    found = settings.whatsapp
    if not found.token:
        return None
    for name, value in (
        ("RETOUR_WHATSAPP_PHONE_NUMBER_ID", found.phone_number_id),
        ("RETOUR_WHATSAPP_APP_SECRET", found.app_secret),
        ("RETOUR_WHATSAPP_VERIFY_TOKEN", found.verify_token),
    ):
        if not value:
            raise SettingsError("settings.whatsapp", f"WhatsApp has a token and no {name}; set it.")
    unknown = sorted(set(shop.templates) - set(phrases.names()))
    if unknown:
        raise SettingsError("shop.template", f"[whatsapp.templates.{unknown[0]}] names no phrase of domain.yml.")
    channel = WhatsAppChannel(found.phone_number_id, phrases, shop.templates)
    return Plugged(channel, WhatsAppClient(found), partial(register, settings=found, channel=channel))
