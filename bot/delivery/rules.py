"""How far a message is, and what an error means for it and for those behind it."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from bot.channels.port import SendError
from bot.delivery import repository
from bot.delivery.model import Lane, Piece
from common.outbox import OutboxRow

TRIES_BEFORE_PARKING = 10
_FIRST_RETRY_SECONDS = 1.0
_LONGEST_RETRY_SECONDS = 300.0
_EVERYBODY_SECONDS = 60.0
_LONGEST_EVERYBODY_SECONDS = 900.0
RANK = {"going": 0, "failed": 0, "sent": 1, "delivered": 2, "read": 3}


def judge(lane: Lane, row: OutboxRow, piece: Piece, error: SendError, *, freely: bool, now: datetime) -> None:
    """What an error means for its message and for those behind it."""
    row.error = f"{error.code}: {error.message}"[:300]
    if error.everybody:
        # Not this shopper's fault and not counted against them; the console shows what is late.
        piece.tries -= 1
        pause = min(_EVERYBODY_SECONDS * 2.0 ** (min(row.attempts, 20) - 1), _LONGEST_EVERYBODY_SECONDS)
        row.next_try_at = now + timedelta(seconds=error.after or pause)
    elif error.verdict == "give_up":
        finish(row, "failed", now)
        _note(lane, error.code, error.message, now)
    elif error.verdict == "window" and freely:
        lane.open_until = now
    elif error.verdict == "retry" and piece.tries < TRIES_BEFORE_PARKING:
        row.next_try_at = now + timedelta(seconds=error.after or _pause(piece.tries))
    else:
        stop(lane, error.code, error.message, now)


def settle(session: Session, outbox_id: int, parts: int, now: datetime) -> None:
    """A message is as far as the last of its pieces."""
    row, found = repository.row(session, outbox_id), repository.pieces(session, outbox_id)
    if row is None or not repository.all_done(found, parts):
        return
    finish(row, min((piece.status for piece in found), key=RANK.__getitem__, default="sent"), now)
    row.external_id = found[-1].external_id if found else None
    session.flush()


def finish(row: OutboxRow, status: str, now: datetime) -> None:
    """The message is no longer waiting."""
    row.status, row.next_try_at = status, None
    if status != "failed":
        row.error = None
        row.sent_at = row.sent_at or now


def _pause(tries: int) -> float:
    longest = min(_FIRST_RETRY_SECONDS * 2.0 ** (tries - 1), _LONGEST_RETRY_SECONDS)
    return longest * random.uniform(0.5, 1.0)


def free(session: Session, lane: Lane) -> None:
    """Nothing is wrong any more, and what waits is due at once."""
    lane.stopped, lane.trouble, lane.trouble_text, lane.trouble_at = False, None, None, None
    row = repository.head(session, lane.conversation_id)
    if row is not None:
        row.next_try_at = None
        for piece in repository.pieces(session, row.id):
            piece.tries = 0


def stop(lane: Lane, trouble: str, text: str, now: datetime) -> None:
    """Nothing more goes out until somebody puts it right."""
    lane.stopped = True
    _note(lane, trouble, text, now)


def _note(lane: Lane, trouble: str, text: str, now: datetime) -> None:
    lane.trouble, lane.trouble_text, lane.trouble_at = trouble[:64], text[:300], now
