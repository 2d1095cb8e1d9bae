"""One turn: a stored event, Rasa's answer to it, and one commit that ends the event and posts the answer.

Rasa is called outside any transaction. If the process dies before the commit, the event is tried again and Rasa's
tracker says whether it had been processed (docs/adr/0006-turns-from-the-inbox.md).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy.orm import Session

from bot.conversation import repository
from bot.conversation.identity import Identity
from bot.conversation.lease import Lease
from bot.conversation.replies import Answer, answer_of
from bot.conversation.repository import Locked
from bot.handoff import service as handoff
from bot.inbox import repository as inbox
from bot.inbox import service as inbox_service
from bot.inbox.service import Work
from bot.messages import MessageRefusedError, as_typed
from bot.outbox import repository as outbox
from bot.rasa import RasaClient
from common.errors import RetourError
from common.outbox import OutMessage, post
from common.phrases import LANGUAGES

MOMENT_AFTER = timedelta(seconds=5)
MOMENT_AGAIN_AFTER = timedelta(minutes=3)
_REMEMBERED = 20_000


Result = Literal["answered", "silent", "put_off", "parked", "idle"]


@dataclass(frozen=True)
class Next:
    """What a commit came to, and what follows: the next event, or none until `at` (None: until one comes in)."""

    work: Work | None = None
    at: datetime | None = None
    result: Result = "idle"


class LeaseLostError(RetourError):
    """Another process has taken over the conversation; what this one was about to write must not be written."""

    def __init__(self, conversation_id: str) -> None:
        super().__init__("lease.lost", f"Another process works on {conversation_id} now.", retryable=True)


# Fetches what an event only refers to, before its turn. Raises MessageRefusedError, UpstreamError.
Preparation = Callable[[Work], Awaitable[Work]]


@dataclass
class Talk:
    """The exchange with Rasa for one event. It remembers in which conversations it has looked at the language."""

    rasa: RasaClient
    preparation: Preparation
    looked: set[str] = field(default_factory=set)

    async def ready(self, work: Work) -> Work | Answer | None:
        """The event with everything Rasa needs to know; or the answer, None for silence, where Rasa is not asked.

        Raises UpstreamError.
        """
        try:
            work = await self.preparation(work)
        except MessageRefusedError as refusal:
            return Answer((OutMessage(response=refusal.phrase, parameters=refusal.parameters),))
        if work.state == "human":
            return None
        if response := work.body.get("response"):
            return Answer((OutMessage(response=response, parameters=work.body.get("parameters") or {}),))
        return None if work.kind == "unsupported" else work

    async def answer(self, work: Work) -> Answer:
        """Rasa's answer to the event, asked for once or taken from its memory; empty when it says nothing.

        Raises UpstreamError.
        """
        if work.attempt > 1:
            tracked = await self.rasa.tracked(work.conversation_id, work.message_id)
            if tracked.processed:
                return self._told(answer_of(tracked.replies), tracked.language)
        replies = await self.rasa.turn(work.conversation_id, _message(work), _metadata(work))
        answer = answer_of(replies)
        if work.kind != "text" or work.conversation_id in self.looked:
            return answer
        # Actions tell when the language changes. One look at the slot covers what they told before this process was.
        self._remember(work.conversation_id)
        return self._told(answer, await self.rasa.language(work.conversation_id))

    def _told(self, answer: Answer, language: str | None) -> Answer:
        if answer.language is not None or language not in LANGUAGES:
            return answer
        return Answer(answer.messages, language, answer.handoff)

    def _remember(self, conversation_id: str) -> None:
        if len(self.looked) >= _REMEMBERED:
            self.looked.clear()
        self.looked.add(conversation_id)


def _message(work: Work) -> str:
    if work.kind == "start":
        return "/start"
    payload = work.body.get("payload")
    if payload:
        return str(payload)
    text = str(work.body.get("text", ""))
    if not text and work.body.get("photos"):
        return "/photos_sent"
    return as_typed(text)


def _metadata(work: Work) -> dict[str, Any]:
    return {
        "message_id": work.message_id,
        "channel": work.channel,
        "photos": work.body.get("photos", []),
        "locale": work.language,
        **Identity.of(work.identity).as_metadata(),
    }


@dataclass(frozen=True)
class Turns:
    """The transactions around a turn. Each method is one; it runs in a thread and the caller commits."""

    lease: Lease

    def take(self, session: Session, conversation_id: str, *, now: datetime, again: bool) -> Next:
        """Begin with the oldest event of a conversation, if it is free and the event is due; `again` as for a lease."""
        held = self.lease.take(session, conversation_id, now=now, again=again)
        return Next() if held is None else self._go_on(session, conversation_id, held, now, "idle")

    def finish(self, session: Session, work: Work, answer: Answer | None, *, now: datetime) -> Next:
        """End the event and post its answer; `None` when a person answers. Raises LeaseLostError."""
        held = self._hold(session, work, now)
        if not inbox.finish(session, work.id, at=now):
            # Ended by somebody else meanwhile, with its answer in the same commit.
            return self._go_on(session, work.conversation_id, held, now, "idle")
        if answer is None:
            return self._go_on(session, work.conversation_id, held, now, "silent")
        if answer.language is not None and answer.language != held.language:
            # First, so that phrases posted below are in the language that was just chosen.
            repository.set_language(session, work.conversation_id, answer.language)
            held = replace(held, language=answer.language)
        messages = list(answer.messages)
        if answer.handoff is not None:
            asked = handoff.ask_for_person(session, work.conversation_id, reason=answer.handoff)
            if asked and not messages:
                messages.append(OutMessage(response="utter_edge_handoff_waiting"))
        if not messages:
            # A shopper is never left without a word, and these words promise that somebody looks.
            handoff.ask_for_person(session, work.conversation_id, reason="technical: rasa.silent")
            messages.append(OutMessage(response="utter_edge_technical_trouble"))
        for number, message in enumerate(messages):
            post(session, work.conversation_id, message, key=f"{work.message_id}:{number}", now=now)
        return self._go_on(session, work.conversation_id, held, now, "answered")

    def fail(self, session: Session, work: Work, error: RetourError, *, now: datetime) -> Next:
        """Try the event again later, or park it and call a person after too many failures. Raises LeaseLostError."""
        held = self._hold(session, work, now)
        if error.retryable or not inbox_service.gives_up(work):
            until = inbox_service.put_off(session, work, failed=not error.retryable, error=error.code, now=now)
            self._one_moment(session, work, now)
            self.lease.release(session, work.conversation_id)
            return Next(at=until, result="put_off")
        if inbox.finish(session, work.id, at=now, error=error.code):
            handoff.ask_for_person(session, work.conversation_id, reason=f"technical: {error.code}")
            trouble = OutMessage(response="utter_edge_technical_trouble")
            post(session, work.conversation_id, trouble, key=f"{work.message_id}:parked", now=now)
        return self._go_on(session, work.conversation_id, held, now, "parked")

    def still_at_it(self, session: Session, work: Work, *, now: datetime) -> None:
        """Renew the lease in the middle of a long turn and ask the shopper for patience. Raises LeaseLostError."""
        self._hold(session, work, now)
        self._one_moment(session, work, now)

    def _one_moment(self, session: Session, work: Work, now: datetime) -> None:
        if now - work.received_at < MOMENT_AFTER:
            return
        # Once for a whole outage, however many messages wait in it, and not before each answer of a slow recovery.
        before = outbox.newest_of(session, work.conversation_id, ":moment")
        if before is None or not (before[1] or now - before[0] < MOMENT_AGAIN_AFTER):
            moment = OutMessage(response="utter_edge_one_moment")
            post(session, work.conversation_id, moment, key=f"{work.message_id}:moment", now=now)

    def let_go(self, session: Session, conversation_id: str) -> None:
        """Give up a lease after a turn that could not be ended, so that the sweep need not wait for it to run out."""
        self.lease.release(session, conversation_id)

    def _hold(self, session: Session, work: Work, now: datetime) -> Locked:
        held = self.lease.keep(session, work.conversation_id, now=now)
        if held is None:
            raise LeaseLostError(work.conversation_id)
        return held

    def _go_on(self, session: Session, conversation_id: str, held: Locked, now: datetime, result: Result) -> Next:
        work = inbox_service.next_work(session, conversation_id, held, now=now)
        if work is None:
            self.lease.release(session, conversation_id)
        return Next(work=work, result=result)
