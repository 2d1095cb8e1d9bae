"""Telegram by the Bot API (docs/connect-telegram.md). Nothing outside this folder imports `telegram`."""

from __future__ import annotations

import hmac
import re
from functools import partial
from urllib.parse import urlsplit

from bot.channels.plug import Plugged
from common.errors import SettingsError
from common.phrases import Phrases
from common.settings import Settings
from common.shop_config import ShopConfig

_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")
_TOKEN = re.compile(r"[0-9]{3,20}:[A-Za-z0-9_-]{10,100}")
# Ports Telegram delivers to (https://core.telegram.org/bots/api#setwebhook); None is 443.
_PORTS = (None, 443, 80, 88, 8443)


def plug(settings: Settings, shop: ShopConfig, phrases: Phrases) -> Plugged | None:
    """The channel, when it has a token. Raises SettingsError that names what is wrong."""
    if not settings.telegram.token:
        return None
    # Late: python-telegram-bot takes 20 MB and a second, which nobody needs who has no bot.
    from bot.channels.telegram.channel import TelegramChannel
    from bot.channels.telegram.client import TelegramClient
    from bot.channels.telegram.routes import poll, register, watch

    if not _TOKEN.fullmatch(settings.telegram.token):
        raise SettingsError(
            "settings.telegram", "RETOUR_TELEGRAM_TOKEN is not a bot token such as 123456:ABC...; copy it again."
        )
    _check_address(settings)
    secret = webhook_secret(settings)
    channel = TelegramChannel(phrases, shop.order_token_secret)
    client = TelegramClient(settings)
    if settings.telegram.mode == "polling":
        return Plugged(channel, client, lambda _blueprint, _gate: None, partial(poll, client=client, channel=channel))
    return Plugged(
        channel,
        client,
        partial(register, secret=secret, channel=channel),
        partial(watch, client=client, public_url=settings.public_url, secret=secret),
    )


def webhook_secret(settings: Settings) -> str:
    """What Telegram sends with every update; derived, so that it need not be configured."""
    given = settings.telegram.secret
    if given and not _SECRET.fullmatch(given):
        raise SettingsError(
            "settings.telegram", "RETOUR_TELEGRAM_SECRET takes 1 to 256 letters, digits, - and _; choose another one."
        )
    return given or hmac.new(settings.secret_key.encode(), b"telegram-webhook", "sha256").hexdigest()


def _check_address(settings: Settings) -> None:
    """What Telegram would refuse later, when nobody looks. A Bot API server of one's own takes any address."""
    here = urlsplit(settings.public_url)
    refused = here.scheme != "https" or here.port not in _PORTS
    if refused and settings.telegram.mode == "webhook" and settings.telegram.api_url.startswith("https://"):
        raise SettingsError(
            "settings.telegram",
            f"Telegram delivers only to https on port 443, 80, 88 or 8443, and RETOUR_PUBLIC_URL is "
            f"{settings.public_url}; correct it, or set RETOUR_TELEGRAM_MODE=polling.",
        )
