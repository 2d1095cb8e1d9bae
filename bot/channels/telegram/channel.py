"""Telegram's translator: the Bot API's JSON and our own types."""

from __future__ import annotations

from typing import Any

from bot.channels.port import Arrival, Capabilities, Delivery
from bot.channels.telegram import inbound, outbound
from bot.messages import Message
from common.phrases import Phrases


class TelegramChannel:
    """One bot, in private chats. `link_secret` is what signed order links are checked with, "" for none."""

    name = "telegram"
    capabilities = Capabilities(
        push=True,
        max_text=outbound.MAX_TEXT,
        max_buttons=outbound.MAX_BUTTONS,
        max_title=outbound.MAX_TITLE,
        photos_in=True,
        documents_out=True,
        typing=True,
        idempotent_send=False,
        # "About 30 messages per second": https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this
        per_second=30,
    )

    def __init__(self, phrases: Phrases, link_secret: str) -> None:
        self._phrases = phrases
        self._link_secret = link_secret

    def arrivals(self, body: bytes, *, user: str | None = None) -> list[Arrival]:
        """The shopper's event of one update, or of a list of updates."""
        return self.read(body).arrivals

    def read(self, body: bytes) -> Delivery:
        return inbound.read(body, self._link_secret)

    def outbound(self, message: Message) -> list[dict[str, Any]]:
        return outbound.pieces(message, self._phrases.render("utter_edge_choose", message.language).text)

    def when_closed(self, message: Message) -> list[dict[str, Any]] | None:
        """There is no window to be closed."""
        return None
