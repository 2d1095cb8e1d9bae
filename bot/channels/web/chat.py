"""What a client of the chat API can do, the same for its HTTP and its WebSocket side."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy.orm import Session

from bot import photos
from bot.channels.web.channel import WebChannel
from bot.channels.web.order_token import Checked
from bot.channels.web.order_token import check as order_token_check
from bot.conversation import repository as conversations
from bot.conversation import service
from bot.conversation.identity import Identity
from bot.messages import MAX_TEXT, Inbound, Message, MessageRefusedError
from bot.outbox import service as outbox
from bot.web.context import Running
from bot.web.http import HttpError
from common.errors import NotFoundError, RefusedError
from common.outbox import Conversation
from common.photos import store
from common.phrases import LANGUAGES

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class News:
    """What a client does not know yet, and how things stand."""

    messages: list[Message]
    state: str
    language: str


@dataclass(frozen=True)
class Who:
    """The conversation a request has proven to be its own."""

    id: str
    language: str


class Chat:
    """Opens, receives, reads; refuses with an HttpError that carries a sentence in the shopper's language."""

    def __init__(self, running: Running) -> None:
        self._running = running
        self._context = running.context
        self._channel = WebChannel()

    async def open(
        self, address: str, locale: str, resume: str | None, order_token: str | None
    ) -> tuple[dict[str, Any], bool]:
        """The conversation of `resume` if it is one, else a new one; says whether it is new.

        An order token that is not valid changes nothing for the shopper; the answer says what is wrong with it.
        """
        database, context = self._running.database, self._context
        checked = self._checked(order_token)
        identity = checked.identity if checked else None
        verdict = {"order_token": checked.verdict} if checked else {}
        if resume:
            known = await (database.write if identity else database.read)(partial(_resumed, resume, identity))
            if known is not None:
                return {"conversation": known.id, "token": resume, "language": known.language, **verdict}, False
        language = locale if locale in LANGUAGES else "en"
        self._limit(self._running.limits.conversations.take(address), language)
        opened = await database.write(
            lambda s: service.open_web(
                s, language=language, lease=self._running.dispatcher.lease, now=context.clock.now(), identity=identity
            )
        )
        self._running.metrics.count("inbound_total", channel="web", kind="start")
        self._running.dispatcher.wake(opened.conversation.id, opened.received.work)
        return {"conversation": opened.conversation.id, "token": opened.token, "language": language, **verdict}, True

    def _checked(self, order_token: str | None) -> Checked | None:
        if order_token is None:
            return None
        checked = order_token_check(order_token, self._context.shop.order_token_secret, now=self._context.clock.now())
        self._running.metrics.count("order_tokens_total", result=checked.verdict)
        if checked.identity is None:
            log.warning("an order token is not valid; its shopper is asked as usual", extra={"reason": checked.verdict})
        return checked

    async def who(self, token: str) -> Who:
        """Whose token that is. Raises HttpError 401."""
        found = await self._running.database.read(partial(_of_token, token)) if token else None
        if found is None:
            raise HttpError(401, "token.unknown", "The token opens no conversation; open a new one.")
        return found

    async def send(self, who: Who, body: bytes) -> int:
        """Take in a message; its number, the same however often it is sent."""
        try:
            inbound = self._channel.arrivals(body, user=who.id)[0].inbound
            received = await self._store(who, inbound)
        except MessageRefusedError as refusal:
            raise self._refused(refusal, who.language) from refusal
        except RefusedError as wrong:
            raise HttpError(400, wrong.code, wrong.message) from wrong
        return received.seq

    async def _store(self, who: Who, inbound: Inbound) -> service.Received:
        running, context = self._running, self._context

        wait = running.limits.messages.take(who.id)
        if wait > 0:
            # A client that sends again because the answer was lost is not one that sends too much.
            seq = await running.database.read(lambda s: service.known_seq(s, inbound))
            if seq is not None:
                return service.Received(seq, "known")
        self._limit(wait, who.language)
        received = await running.database.write(
            lambda s: service.receive(
                s, who.id, inbound, phrases=context.phrases, lease=running.dispatcher.lease, now=context.clock.now()
            )
        )
        if received.known == "new":
            running.metrics.count("inbound_total", channel="web", kind=inbound.kind)
            running.dispatcher.wake(who.id, received.work)
            running.notifier.notify(who.id)
        return received

    async def news(self, conversation_id: str, after: int) -> News:
        """Messages after a number, and the conversation's state."""
        return await self._running.database.read(partial(self._news, conversation_id, after))

    def _news(self, conversation_id: str, after: int, session: Session) -> News:
        # The state first: a message that goes with a change of it is then never older than the state shown.
        conversation = conversations.get(session, conversation_id)
        if conversation is None:
            raise HttpError(401, "token.unknown", "The conversation is gone; open one with POST conversations.")
        messages = outbox.transcript(session, self._context.phrases, conversation_id, after=after)
        return News(messages, conversation.state, conversation.language)

    def shown(self, messages: list[Message]) -> list[dict[str, Any]]:
        """The API's Message objects."""
        return [shown for message in messages for shown in self._channel.outbound(message)]

    async def keep_photo(self, who: Who, data: bytes | None, client_id: str) -> dict[str, Any]:
        """Check and keep a photo; `None` is one that was too large to be read."""
        try:
            if data is None:
                raise photos.too_large()
            self._limit(self._running.limits.photos.take(who.id), who.language)
            row = await self._running.photos.keep(who.id, data, client_id)
        except MessageRefusedError as refusal:
            raise self._refused(refusal, who.language) from refusal
        return {"photo": row.id, "width": row.width, "height": row.height}

    async def photo(self, who: Who, photo_id: str) -> bytes:
        """The picture, if it is of this conversation."""
        home = self._context.settings.home

        def read(session: Session) -> bytes:
            row = store.find(session, [photo_id])[0]
            if row.conversation_id != who.id:
                raise NotFoundError("photo.unknown", f"There is no photo {photo_id} in {who.id}.")
            return store.path_of(home, row.id).read_bytes()

        try:
            return await self._running.database.read(read)
        except (NotFoundError, OSError) as error:
            raise HttpError(404, "photo.unknown", "There is no such photo in this conversation.") from error

    def too_long(self, who: Who) -> HttpError:
        """For a body so large that it was not read."""
        return self._phrase("utter_edge_too_long", 422, who.language, limit=MAX_TEXT)

    def trouble(self, language: str) -> HttpError:
        """For what should not have happened."""
        return self._phrase("utter_edge_technical_trouble", 503, language)

    def _limit(self, wait: float, language: str) -> None:
        if wait > 0:
            problem = self._phrase("utter_edge_too_fast", 429, language)
            problem.retry_after = wait
            raise problem

    def _refused(self, refusal: MessageRefusedError, language: str) -> HttpError:
        return self._phrase(refusal.phrase, refusal.status, language, refusal.code, **refusal.parameters)

    def _phrase(
        self, name: str, status: int, language: str, code: str | None = None, **parameters: object
    ) -> HttpError:
        code = code or name.removeprefix("utter_edge_")
        self._running.metrics.count("refused_total", code=code)
        return HttpError(status, code, self._context.phrases.render(name, language, parameters).text)


def _resumed(token: str, identity: Identity | None, session: Session) -> Who | None:
    conversation = service.resume(session, token, identity)
    return None if conversation is None else Who(conversation.id, conversation.language)


def _of_token(token: str, session: Session) -> Who | None:
    conversation: Conversation | None = service.of_token(session, token)
    return None if conversation is None else Who(conversation.id, conversation.language)
