"""What is done with an event: stored, handed to a turn, ended, tried again, given up."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from bot.conversation.repository import Locked
from bot.inbox import repository
from bot.messages import MAX_EXTERNAL_ID, MAX_PHOTOS, Inbound
from common.errors import RefusedError

FAILURES_BEFORE_PARKING = 8
_FIRST_RETRY_SECONDS = 0.4
# Rasa is back ten seconds after a crash; a shopper should not wait for the next try much longer than that.
_LONGEST_PATIENCE_SECONDS = 3.0
_LONGEST_RETRY_SECONDS = 15.0
# The photos of an album come one by one, but all at once.
ALBUM_SECONDS = 1.0


@dataclass(frozen=True)
class Work:
    """An event in the hands of a turn. `attempt` 1 means that no turn has seen it before.

    `state`, `language` and `identity` are the conversation's when it was handed out.
    """

    id: int
    conversation_id: str
    channel: str
    external_id: str
    kind: str
    body: dict[str, Any]
    received_at: datetime
    attempt: int
    failures: int
    state: str
    language: str
    identity: dict[str, Any] | None = None

    @property
    def message_id(self) -> str:
        """The name Rasa knows the event by; replies are keyed with it."""
        return f"in:{self.id}"


def add(
    session: Session, conversation_id: str, inbound: Inbound, heard: Locked, *, hand_out: bool, now: datetime
) -> Work:
    """Store an event under the number it was heard with; with `hand_out`, as one that a turn has from the start.

    The count of attempts is written before the turn, so that a crash in it shows at the next attempt.
    """
    if len(inbound.external_id) > MAX_EXTERNAL_ID:
        raise RefusedError("inbox.external_id", f"An event id has {len(inbound.external_id)} characters.")
    body = _body(inbound)
    attempts = 1 if hand_out else 0
    inbox_id = repository.add(
        session,
        {
            "conversation_id": conversation_id,
            "channel": inbound.channel,
            "external_id": inbound.external_id,
            "seq": heard.seq,
            "kind": inbound.kind,
            "body": body,
            "raw": inbound.raw,
            "received_at": now,
            "attempts": attempts,
            "failures": 0,
            "next_try_at": None if inbound.album is None else _album_until(now),
        },
    )
    return Work(
        id=inbox_id,
        conversation_id=conversation_id,
        channel=inbound.channel,
        external_id=inbound.external_id,
        kind=inbound.kind,
        body=body,
        received_at=now,
        attempt=attempts,
        failures=0,
        state=heard.state,
        language=heard.language,
        identity=heard.identity,
    )


def _body(inbound: Inbound) -> dict[str, Any]:
    body: dict[str, Any] = {"text": inbound.text}
    if inbound.photos:
        body["photos"] = list(inbound.photos)
    if inbound.choice is not None:
        body["choice"] = {"message": inbound.choice.message, "index": inbound.choice.index}
    if inbound.payload is not None:
        body["payload"] = inbound.payload
    if inbound.client_id is not None:
        body["client_id"] = inbound.client_id
    if inbound.media:
        body["media"] = [asdict(media) for media in inbound.media]
    if inbound.response is not None:
        body["response"], body["parameters"] = inbound.response, inbound.parameters
    if inbound.album is not None:
        body["album"] = inbound.album
    return body


def join_album(session: Session, conversation_id: str, inbound: Inbound, *, now: datetime) -> int | None:
    """Put a photo to those of its album that came before it and that no turn has seen yet, and wait for the next one.

    The number of their event; None when there are none: then it begins one of its own. The conversation must be held,
    and the photo be new.
    """
    for row in repository.newest_of(session, conversation_id):
        media = row.body.get("media", [])
        fits = row.body.get("album") == inbound.album and len(media) + len(inbound.media) <= MAX_PHOTOS
        if fits and row.attempts == 0 and row.done_at is None:
            text = row.body["text"] or inbound.text
            body = {**row.body, "text": text, "media": [*media, *_body(inbound)["media"]]}
            repository.extend(session, row.id, body, until=_album_until(now))
            return row.seq
    return None


def _album_until(now: datetime) -> datetime:
    return now + timedelta(seconds=ALBUM_SECONDS)


def next_work(session: Session, conversation_id: str, held: Locked, *, now: datetime) -> Work | None:
    """Hand the event whose turn it is to a turn, unless it is to wait a little before it is tried again."""
    event = repository.oldest_undone(session, conversation_id, due=now)
    if event is None:
        return None
    repository.count_attempt(session, event.id)
    return Work(
        id=event.id,
        conversation_id=event.conversation_id,
        channel=event.channel,
        external_id=event.external_id,
        kind=event.kind,
        body=event.body,
        received_at=event.received_at,
        attempt=event.attempts + 1,
        failures=event.failures,
        state=held.state,
        language=held.language,
        identity=held.identity,
    )


def put_off(session: Session, work: Work, *, failed: bool, error: str, now: datetime) -> datetime:
    """Have an event tried again, later each time; says when. `failed` counts towards giving up."""
    tries, longest = (
        (work.failures, _LONGEST_RETRY_SECONDS) if failed else (work.attempt - 1, _LONGEST_PATIENCE_SECONDS)
    )
    until = now + timedelta(seconds=min(_FIRST_RETRY_SECONDS * 2 ** min(tries, 10), longest))
    repository.put_off(session, work.id, until=until, failed=failed, error=error)
    return until


def gives_up(work: Work) -> bool:
    """Whether one more failure of this event is the last one."""
    return work.failures + 1 >= FAILURES_BEFORE_PARKING
