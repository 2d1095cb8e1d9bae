"""Before a turn: the channel is told that its event is being answered, and photos are fetched and kept."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace

from bot.channels.port import Client
from bot.delivery import repository as deliveries
from bot.inbox import repository as inbox
from bot.inbox.service import Work
from bot.messages import Media
from bot.photos import PhotoDesk, refused
from bot.work import Database
from common.errors import RefusedError, UpstreamError

# With the waits between them this is about twenty seconds; then the shopper is asked to send the photo again.
_TRIES = 8
log = logging.getLogger(__name__)


class Preparation:
    """Makes an event complete. What it did is found again after a crash, so nothing is fetched or kept twice."""

    def __init__(self, database: Database, clients: Mapping[str, Client], photos: PhotoDesk) -> None:
        self._database = database
        self._clients = clients
        self._photos = photos
        self._shows: set[asyncio.Task[None]] = set()

    async def __call__(self, work: Work) -> Work:
        """The event with its photos. Raises MessageRefusedError for a photo that cannot be had, UpstreamError."""
        client = self._clients.get(work.channel)
        if client is None:
            return work
        # Not only what Rasa answers: a button that is pressed keeps turning until its channel is told.
        answered = work.kind != "unsupported" or "response" in work.body
        if work.attempt == 1 and answered:
            self._show(client, work)
        media = work.body.get("media") or []
        if not media or work.body.get("photos"):
            return work
        kept = [await self._fetch(client, work, number, Media(**found)) for number, found in enumerate(media)]
        body = {**work.body, "photos": kept}
        await self._database.write(lambda s: inbox.set_body(s, work.id, body))
        return replace(work, body=body)

    async def _fetch(self, client: Client, work: Work, number: int, media: Media) -> str:
        try:
            data = await client.fetch(media)
        except RefusedError as refusal:
            raise refused(refusal) from refusal
        except UpstreamError as error:
            if work.attempt >= _TRIES:
                raise refused(RefusedError("photo.gone", error.message)) from error
            # A second try is cheap and the photo may well come; so this never counts towards giving the event up.
            raise UpstreamError(error.code, error.message, retryable=True) from error
        name = hashlib.sha256(f"{work.external_id}:{number}".encode()).hexdigest()
        return (await self._photos.keep(work.conversation_id, data, name)).id

    def _show(self, client: Client, work: Work) -> None:
        task = asyncio.get_running_loop().create_task(self._answering(client, work))
        # A task nobody holds may be collected before it has run.
        self._shows.add(task)
        task.add_done_callback(self._shows.discard)

    async def _answering(self, client: Client, work: Work) -> None:
        with suppress(UpstreamError):
            _, user = await self._database.read(lambda s: deliveries.user_of(s, work.conversation_id))
            # While a person answers, nobody types before that person does.
            await client.answering(user, work.external_id, typing=work.state != "human")
