"""What is done with an event: stored, handed to a turn, ended, tried again, given up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from bot.inbox import repository
from bot.inbox.model import InboxRow
from bot.messages import MAX_EXTERNAL_ID, Inbound
from common.errors import RefusedError
from common.outbox import next_seq

FAILURES_BEFORE_PARKING = 8
_FIRST_RETRY_SECONDS = 0.4
_LONGEST_RETRY_SECONDS = 15.0


@dataclass(frozen=True)
class Work:
    """An event in the hands of a turn. `attempt` 1 means that no turn has seen it before.

    `state` and `language` are the conversation's when it was handed out.
    """

    id: int
    conversation_id: str
    channel: str
    kind: str
    body: dict[str, Any]
    received_at: datetime
    attempt: int
    failures: int
    state: str
    language: str

    @property
    def message_id(self) -> str:
        """The name Rasa knows the event by; replies are keyed with it."""
        return f"in:{self.id}"


def add(session: Session, conversation_id: str, inbound: Inbound, *, now: datetime) -> InboxRow:
    """Store an event with the conversation's next number. The caller has made sure that it is new."""
    if len(inbound.external_id) > MAX_EXTERNAL_ID:
        raise RefusedError("inbox.external_id", f"An event id has {len(inbound.external_id)} characters.")
    body: dict[str, Any] = {"text": inbound.text}
    if inbound.photos:
        body["photos"] = list(inbound.photos)
    if inbound.choice is not None:
        body["choice"] = {"message": inbound.choice.message, "index": inbound.choice.index}
    if inbound.payload is not None:
        body["payload"] = inbound.payload
    if inbound.client_id is not None:
        body["client_id"] = inbound.client_id
    row = InboxRow(
        conversation_id=conversation_id,
        channel=inbound.channel,
        external_id=inbound.external_id,
        seq=next_seq(session, conversation_id),
        kind=inbound.kind,
        body=body,
        raw=inbound.raw,
        received_at=now,
        attempts=0,
        failures=0,
    )
    repository.add(session, row)
    return row


def hand_out(session: Session, row: InboxRow) -> Work:
    """Give an event to a turn. The count is written before the turn, so a crash in it shows at the next attempt."""
    repository.count_attempt(session, row)
    state, language = repository.situation(session, row.conversation_id)
    return Work(
        id=row.id,
        conversation_id=row.conversation_id,
        channel=row.channel,
        kind=row.kind,
        body=row.body,
        received_at=row.received_at,
        attempt=row.attempts,
        failures=row.failures,
        state=state,
        language=language,
    )


def next_work(session: Session, conversation_id: str, *, now: datetime) -> Work | None:
    """The event whose turn it is, unless it is to wait a little before it is tried again."""
    row = repository.oldest_undone(session, conversation_id)
    if row is None or (row.next_try_at is not None and row.next_try_at > now):
        return None
    return hand_out(session, row)


def put_off(session: Session, work: Work, *, failed: bool, error: str, now: datetime) -> datetime:
    """Have an event tried again, later each time; says when. `failed` counts towards giving up."""
    tries = work.failures if failed else work.attempt - 1
    until = now + timedelta(seconds=min(_FIRST_RETRY_SECONDS * 2 ** min(tries, 10), _LONGEST_RETRY_SECONDS))
    repository.put_off(session, work.id, until=until, failed=failed, error=error)
    return until


def gives_up(work: Work) -> bool:
    """Whether one more failure of this event is the last one."""
    return work.failures + 1 >= FAILURES_BEFORE_PARKING
