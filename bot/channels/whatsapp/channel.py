"""WhatsApp's translator: the Cloud API's JSON and our own types."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from bot.channels.port import Arrival, Capabilities, Delivery
from bot.channels.whatsapp import inbound, outbound
from bot.messages import Message
from common.phrases import Phrases
from common.shop_config import TemplateConfig

Templates = Mapping[str, Mapping[str, TemplateConfig]]


class WhatsAppChannel:
    """One business number. Events of other numbers of the same app are kept and not answered."""

    name = "whatsapp"
    capabilities = Capabilities(
        push=True,
        max_text=outbound.MAX_TEXT,
        max_buttons=outbound.MAX_ROWS,
        max_title=outbound.MAX_ROW_DESCRIPTION,
        photos_in=True,
        documents_out=True,
        typing=True,
        idempotent_send=False,
        window=timedelta(hours=24),
        per_second=80,
    )

    def __init__(self, phone_number_id: str, phrases: Phrases, templates: Templates) -> None:
        self._phone_number_id = phone_number_id
        self._phrases = phrases
        self._templates = templates

    def arrivals(self, body: bytes, *, user: str | None = None) -> list[Arrival]:
        """The shoppers' events of one call; the signature has proven that they are Meta's."""
        return self.read(body).arrivals

    def read(self, body: bytes) -> Delivery:
        return inbound.read(body, self._phone_number_id)

    def outbound(self, message: Message) -> list[dict[str, Any]]:
        return outbound.pieces(message, self._phrases.render("utter_edge_choose", message.language).text)

    def when_closed(self, message: Message) -> list[dict[str, Any]] | None:
        """The template of retour.toml for the message's phrase and language."""
        found = self._templates.get(message.response or "", {}).get(message.language)
        return None if found is None else [outbound.template(found, message)]
