"""The Bot API over python-telegram-bot: send, fetch a photo, show that an answer is being made, ask for updates."""

from __future__ import annotations

from typing import Any

import httpx
from telegram import Bot, InlineKeyboardMarkup, LinkPreviewOptions
from telegram import Message as Sent
from telegram.constants import ChatAction
from telegram.error import TelegramError
from telegram.request import HTTPXRequest

from bot.channels.port import SendError
from bot.channels.telegram.errors import file_error, send_error
from bot.messages import Media
from common.errors import RefusedError, UpstreamError
from common.photos.intake import MAX_BYTES
from common.settings import Settings

POLL_SECONDS = 25
# Below the lease of a send, so that nobody takes it over while we still wait for the answer.
_TIMEOUTS: dict[str, Any] = {"connect_timeout": 4.0, "read_timeout": 12.0, "write_timeout": 12.0, "pool_timeout": 4.0}
_KINDS = ["message", "edited_message", "callback_query"]
_NO_PREVIEW = LinkPreviewOptions(is_disabled=True)


class TelegramClient:
    """Used on one event loop; `close()` it there."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._made: Bot | None = None
        self._requests: tuple[HTTPXRequest, HTTPXRequest] | None = None

    async def send(self, user: str, piece: dict[str, Any], *, key: str) -> str:
        try:
            return str((await self._sent(int(user), piece)).message_id)
        except TelegramError as error:
            raise send_error(error) from error

    async def fetch(self, media: Media) -> bytes:
        bot = await self._bot()
        try:
            file = await bot.get_file(media.id)
            if (file.file_size or media.size or 0) > MAX_BYTES:
                raise RefusedError("photo.too_large", f"The file has more than {MAX_BYTES} bytes.")
            return bytes(await file.download_as_bytearray())
        except TelegramError as error:
            raise file_error(error) from error

    async def answering(self, user: str, event_id: str, *, typing: bool) -> None:
        bot, query = await self._bot(), event_id.partition(":")[2]
        try:
            if query:
                # Until this the button that was pressed keeps turning.
                await bot.answer_callback_query(query)
            if typing:
                await bot.send_chat_action(int(user), ChatAction.TYPING)
        except TelegramError as error:
            raise send_error(error) from error

    async def check(self) -> str:
        bot, wanted = await self._bot(), address(self._settings.public_url)
        try:
            me, hook = await bot.get_me(), await bot.get_webhook_info()
        except TelegramError as error:
            raise send_error(error) from error
        if self._settings.telegram.mode == "polling":
            return f"@{me.username}, polling"
        if hook.url and hook.url != wanted:
            raise UpstreamError("telegram.webhook", f"@{me.username} delivers to {hook.url}; start Retour again.")
        trouble = f"; Telegram's last error there: {hook.last_error_message}" if hook.last_error_message else ""
        if not hook.url:
            return f"@{me.username}, webhook not registered yet; Retour does that while it runs (see bot.log)"
        return f"@{me.username}, webhook {wanted}{trouble}"

    async def set_webhook(self, url: str, secret: str) -> None:
        """Have updates brought to an address. Raises SendError."""
        try:
            await (await self._bot()).set_webhook(url, secret_token=secret, allowed_updates=_KINDS)
        except TelegramError as error:
            raise send_error(error) from error

    async def forget_webhook(self) -> None:
        """Have updates kept until they are asked for. Raises SendError."""
        try:
            await (await self._bot()).delete_webhook()
        except TelegramError as error:
            raise send_error(error) from error

    async def updates(self, after: int | None) -> list[dict[str, Any]]:
        """The updates that come next, at once or within half a minute; asking acknowledges those up to `after`.

        Raises SendError.
        """
        bot, offset = await self._bot(), None if after is None else after + 1
        try:
            found = await bot.get_updates(
                offset, timeout=POLL_SECONDS, read_timeout=POLL_SECONDS + 10, allowed_updates=_KINDS
            )
        except TelegramError as error:
            raise send_error(error) from error
        # As Telegram wrote them: what the library does not know yet is kept.
        return [update.to_dict() for update in found]

    async def close(self) -> None:
        for request in self._requests or ():
            await request.shutdown()
        self._made = self._requests = None

    async def _bot(self) -> Bot:
        if self._made is None:
            # Not in __init__: the connections belong to the event loop they are used on.
            sending, asking = HTTPXRequest(**_TIMEOUTS), HTTPXRequest(**_TIMEOUTS, connection_pool_size=1)
            await sending.initialize()
            await asking.initialize()
            url, token = self._settings.telegram.api_url, self._settings.telegram.token
            self._made = Bot(token, f"{url}/bot", f"{url}/file/bot", request=sending, get_updates_request=asking)
            self._requests = (sending, asking)
        return self._made

    async def _sent(self, user: int, piece: dict[str, Any]) -> Sent:
        bot = await self._bot()
        if piece["method"] == "sendMessage":
            keyboard = piece.get("reply_markup")
            markup = InlineKeyboardMarkup.de_json(keyboard, bot) if keyboard else None
            return await bot.send_message(user, piece["text"], reply_markup=markup, link_preview_options=_NO_PREVIEW)
        if piece["method"] == "sendPhoto":
            return await bot.send_photo(user, await self._file(piece["photo"]), caption=piece.get("caption"))
        return await bot.send_document(
            user, await self._file(piece["document"]), caption=piece.get("caption"), filename=piece["filename"]
        )

    async def _file(self, url: str) -> str | bytes:
        """A document of our own as bytes, since our address may be closed to Telegram (polling); others by address."""
        own = self._settings.public_url + "/"
        if not url.startswith(own):
            return url
        here = f"http://127.0.0.1:{self._settings.port}/" + url.removeprefix(own)
        try:
            async with httpx.AsyncClient(trust_env=False, timeout=10.0) as http:
                answer = await http.get(here)
        except httpx.HTTPError as error:
            raise SendError("telegram.document", "A document of ours could not be read.", "retry") from error
        if answer.status_code != 200:
            raise SendError("telegram.document", f"A document of ours answers {answer.status_code}.", "retry")
        return answer.content


def address(public_url: str) -> str:
    """Where Telegram brings updates."""
    return f"{public_url}/webhooks/telegram"
