"""Pictures of shoppers, whatever channel they come from: checked, limited, kept, refused with a phrase."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

from bot.conversation import repository as conversations
from bot.messages import MessageRefusedError
from bot.metrics import Metrics
from bot.work import Database
from common.clock import Clock
from common.errors import RefusedError
from common.photos import store
from common.photos.intake import MAX_BYTES, intake
from common.photos.store import PhotoRow

MAX_PHOTOS = 40
# On WhatsApp and Telegram a shopper has one conversation for years.
_COUNTED = timedelta(days=1)
# Decoding a phone photo takes 50 to 200 MB; more at once would not fit a small machine.
_DECODED_AT_ONCE = 2
_MEGABYTE = 1024 * 1024
_PHRASES = {
    "photo.too_large": ("utter_edge_photo_too_large", 413),
    "photo.too_many_pixels": ("utter_edge_photo_too_large", 413),
    "photo.gone": ("utter_edge_photo_lost", 422),
}


class PhotoDesk:
    """Takes pictures in, a few at a time."""

    def __init__(self, database: Database, clock: Clock, metrics: Metrics, home: Path) -> None:
        self._database = database
        self._clock = clock
        self._metrics = metrics
        self._home = home
        self._decoding = asyncio.Semaphore(_DECODED_AT_ONCE)

    async def keep(self, conversation_id: str, data: bytes, client_id: str) -> PhotoRow:
        """Check and keep a picture; the same `client_id` again gives the one kept. Raises MessageRefusedError."""
        try:
            async with self._decoding:
                photo = await asyncio.to_thread(intake, data)
        except RefusedError as refusal:
            raise refused(refusal) from refusal
        now = self._clock.now()
        since = now - _COUNTED
        if (
            await self._database.read(lambda s: conversations.count_photos(s, conversation_id, since=since))
            >= MAX_PHOTOS
        ):
            raise MessageRefusedError("utter_edge_photo_too_many", 422, limit=MAX_PHOTOS)
        row = await self._database.write(
            lambda s: store.keep(s, self._home, photo, conversation_id=conversation_id, client_id=client_id, now=now)
        )
        self._metrics.count("photos_total")
        return row


def too_large() -> MessageRefusedError:
    """For a picture that was not even read."""
    return refused(RefusedError("photo.too_large", "The file is too large."))


def refused(refusal: RefusedError) -> MessageRefusedError:
    """The phrase that tells a shopper why a picture is not taken."""
    phrase, status = _PHRASES.get(refusal.code, ("utter_edge_photo_not_a_picture", 415))
    return MessageRefusedError(phrase, status, limit=MAX_BYTES // _MEGABYTE)
