"""The transactions around a send. Each method is one; it runs in a thread and the caller commits.

A try is written down before it is made, so that a crash in it shows at the next one. What a channel tells later about
a message goes through here too. The rules are in docs/adr/0008-messages-that-are-pushed.md.
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from bot.channels.port import PushChannel, Receipt, SendError
from bot.delivery import repository
from bot.delivery.model import Lane, Piece
from bot.outbox import service as outbox
from common.outbox import OutboxRow
from common.phrases import Phrases

# Longer than any send takes, short enough to be taken over soon after a crash.
LEASE_SECONDS = 20.0
TRIES_BEFORE_PARKING = 10
LATE_AFTER = timedelta(minutes=10)
_FIRST_RETRY_SECONDS = 1.0
_LONGEST_RETRY_SECONDS = 300.0
_EVERYBODY_SECONDS = 60.0
# Numbers of ours have few digits; longer ones do not fit into a column.
_KEY = re.compile(r"out:([0-9]{1,15}):([0-9]{1,3})")
_RANK = {"going": 0, "failed": 0, "sent": 1, "delivered": 2, "read": 3}


@dataclass(frozen=True)
class Parcel:
    """One piece to be sent now. `freely` is False for what replaces a message after the channel's window."""

    conversation_id: str
    channel: str
    user: str
    outbox_id: int
    part: int
    parts: int
    piece: dict[str, Any]
    tries: int
    freely: bool

    @property
    def key(self) -> str:
        """The piece's name towards the channel, the same at every try."""
        return f"out:{self.outbox_id}:{self.part}"


@dataclass(frozen=True)
class Step:
    """What follows a commit: the next piece, or none until `at` (None: until something is posted)."""

    parcel: Parcel | None = None
    at: datetime | None = None


@dataclass(frozen=True)
class Lanes:
    """Sends in the name of one process. `owner` is the same after a restart and never shared by two that live."""

    owner: str
    channels: Mapping[str, PushChannel]
    phrases: Phrases

    def recover(self, session: Session) -> None:
        """At the start of this process: what it held in its former life is not being sent."""
        repository.release_all(session, self.owner)

    def take(self, session: Session, conversation_id: str, *, now: datetime) -> Step:
        """Begin with the first waiting message of a conversation, if nobody is at it and it is due."""
        lane = repository.take(session, conversation_id, owner=self.owner, now=now, until=_until(now))
        return Step() if lane is None else self._next(session, lane, now)

    def sent(self, session: Session, parcel: Parcel, external_id: str, *, now: datetime) -> Step:
        """The channel took the piece."""
        lane = repository.keep(session, parcel.conversation_id, owner=self.owner, until=_until(now))
        piece = _piece(session, parcel)
        if piece.failed_id != external_id:
            # A receipt may have been faster than the answer to the call.
            piece.external_id = external_id
            piece.status = piece.status if _RANK[piece.status] else "sent"
            piece.unsure, piece.at = False, now
            session.flush()
            _settle(session, parcel.outbox_id, parcel.parts, now)
        return Step() if lane is None else self._next(session, lane, now)

    def refused(self, session: Session, parcel: Parcel, error: SendError, *, now: datetime) -> Step:
        """The channel did not take the piece, or did not say."""
        lane = repository.keep(session, parcel.conversation_id, owner=self.owner, until=_until(now))
        piece, row = _piece(session, parcel), repository.row(session, parcel.outbox_id)
        if lane is None or row is None or _RANK[piece.status]:
            return Step() if lane is None else self._next(session, lane, now)
        piece.unsure, piece.at = error.maybe_sent, now
        _judge(lane, row, error, tries=piece.tries, freely=parcel.freely, now=now)
        session.flush()
        return self._next(session, lane, now)

    def _next(self, session: Session, lane: Lane, now: datetime) -> Step:
        row = None if lane.stopped else repository.head(session, lane.conversation_id)
        while row is not None:
            if row.next_try_at is not None and row.next_try_at > now:
                return self._rest(session, lane, row.next_try_at)
            channel, user = repository.user_of(session, lane.conversation_id)
            written = self._written(session, lane, channel, row, now)
            if written is None:
                _stop(lane, "window", "The shopper has to write first: the channel takes no free words now.", now)
                break
            parcel = self._parcel(session, lane, channel, user, row, written, now)
            if parcel is not None:
                return Step(parcel)
            row = repository.head(session, lane.conversation_id)
        return self._rest(session, lane, None)

    def _written(
        self, session: Session, lane: Lane, channel: str, row: OutboxRow, now: datetime
    ) -> tuple[list[dict[str, Any]], bool] | None:
        translator, message = self.channels[channel], outbox.shown(self.phrases, row)
        if lane.open_until is None or now < lane.open_until:
            return translator.outbound(message), True
        if any(_RANK[piece.status] for piece in repository.pieces(session, row.id)):
            # Its beginning has gone out in free words; a template would say it all again.
            return None
        replaced = translator.when_closed(message)
        return None if replaced is None else (replaced, False)

    def _parcel(
        self,
        session: Session,
        lane: Lane,
        channel: str,
        user: str,
        row: OutboxRow,
        written: tuple[list[dict[str, Any]], bool],
        now: datetime,
    ) -> Parcel | None:
        pieces, freely = written
        known = {piece.part: piece for piece in repository.pieces(session, row.id)}
        part = next((n for n in range(len(pieces)) if n not in known or not _RANK[known[n].status]), None)
        if part is None:
            _settle(session, row.id, len(pieces), now)
            return None
        piece = known.get(part) or Piece(outbox_id=row.id, part=part, status="going", tries=0, repeats=0, unsure=False)
        piece.repeats += piece.unsure
        piece.tries, piece.unsure, piece.status, piece.at = piece.tries + 1, True, "going", now
        row.attempts += 1
        session.add(piece)
        session.flush()
        return Parcel(
            conversation_id=lane.conversation_id,
            channel=channel,
            user=user,
            outbox_id=row.id,
            part=part,
            parts=len(pieces),
            piece=pieces[part],
            tries=piece.tries,
            freely=freely,
        )

    @staticmethod
    def _rest(session: Session, lane: Lane, at: datetime | None) -> Step:
        lane.owner = lane.until = None
        session.flush()
        return Step(at=at)


def opened(session: Session, conversation_id: str) -> None:
    """A conversation of a channel that is written to has begun."""
    repository.add_lane(session, conversation_id)


def heard(session: Session, conversation_id: str, *, open_until: datetime | None) -> None:
    """The shopper wrote: the channel's window is open until then, and what was stopped may be tried again."""
    lane = repository.lock(session, conversation_id)
    if lane is None:
        return
    if open_until is not None and (lane.open_until is None or open_until > lane.open_until):
        lane.open_until = open_until
    if lane.stopped:
        _free(session, lane)
    session.flush()


def told(session: Session, channel: str, receipt: Receipt, *, now: datetime) -> str | None:
    """What became of a piece; the conversation when that changed anything."""
    piece = _meant(session, channel, receipt)
    row = repository.row(session, piece.outbox_id) if piece else None
    lane = repository.lock(session, row.conversation_id) if row else None
    if piece is None or row is None or lane is None:
        return None
    session.refresh(piece)
    if receipt.status == "failed":
        changed = _failed_later(lane, row, piece, receipt, now)
    else:
        changed = _RANK[receipt.status] > _RANK[piece.status] and piece.failed_id != receipt.external_id
        if changed:
            piece.status, piece.external_id = receipt.status, receipt.external_id
            piece.unsure, piece.at = False, now
    if not changed:
        return None
    session.flush()
    if _RANK[piece.status] and row.status in ("sent", "delivered"):
        _settle(session, row.id, len(repository.pieces(session, row.id)), now)
    return row.conversation_id


def resume(session: Session, conversation_id: str) -> bool:
    """A person has looked: nothing is wrong any more, and what waits is tried again; False when nothing was wrong."""
    lane = repository.lock(session, conversation_id)
    if lane is None or (lane.trouble is None and repository.head(session, conversation_id) is None):
        return False
    _free(session, lane)
    session.flush()
    return True


def _free(session: Session, lane: Lane) -> None:
    lane.stopped, lane.trouble, lane.trouble_text, lane.trouble_at = False, None, None, None
    row = repository.head(session, lane.conversation_id)
    if row is not None:
        row.next_try_at = None
        for piece in repository.pieces(session, row.id):
            piece.tries = 0


def _stop(lane: Lane, trouble: str, text: str, now: datetime) -> None:
    lane.stopped = True
    _note(lane, trouble, text, now)


def _note(lane: Lane, trouble: str, text: str, now: datetime) -> None:
    lane.trouble, lane.trouble_text, lane.trouble_at = trouble[:64], text[:300], now


def _judge(lane: Lane, row: OutboxRow, error: SendError, *, tries: int, freely: bool, now: datetime) -> None:
    """What an error means for its message and for those behind it."""
    row.error = f"{error.code}: {error.message}"[:300]
    if error.everybody:
        # Not this shopper's fault and not counted against them; the console shows what is late.
        row.next_try_at = now + timedelta(seconds=error.after or _EVERYBODY_SECONDS)
    elif error.verdict == "give_up":
        _finish(row, "failed", now)
        _note(lane, error.code, error.message, now)
    elif error.verdict == "window" and freely:
        lane.open_until = now
    elif error.verdict == "retry" and tries < TRIES_BEFORE_PARKING:
        row.next_try_at = now + timedelta(seconds=error.after or _pause(tries))
    else:
        _stop(lane, error.code, error.message, now)


def _failed_later(lane: Lane, row: OutboxRow, piece: Piece, receipt: Receipt, now: datetime) -> bool:
    ours = piece.external_id == receipt.external_id or (piece.external_id is None and piece.unsure)
    if not ours or piece.failed_id == receipt.external_id or _RANK[piece.status] > 1 or receipt.refusal is None:
        return False
    piece.failed_id, piece.external_id, piece.status = receipt.external_id, None, "going"
    piece.unsure, piece.at = False, now
    row.status = "queued"
    _judge(lane, row, receipt.refusal, tries=piece.tries, freely=True, now=now)
    return True


def _meant(session: Session, channel: str, receipt: Receipt) -> Piece | None:
    place = _KEY.fullmatch(receipt.key or "")
    if place is None:
        return repository.piece_named(session, channel, receipt.external_id)
    return repository.piece_at(session, channel, int(place[1]), int(place[2]))


def _piece(session: Session, parcel: Parcel) -> Piece:
    return next(piece for piece in repository.pieces(session, parcel.outbox_id) if piece.part == parcel.part)


def _settle(session: Session, outbox_id: int, parts: int, now: datetime) -> None:
    """A message is as far as the last of its pieces."""
    row, found = repository.row(session, outbox_id), repository.pieces(session, outbox_id)
    if row is None or not repository.all_done(found, parts):
        return
    _finish(row, min((piece.status for piece in found), key=_RANK.__getitem__, default="sent"), now)
    row.external_id = found[-1].external_id if found else None
    session.flush()


def _finish(row: OutboxRow, status: str, now: datetime) -> None:
    row.status, row.next_try_at = status, None
    if status != "failed":
        row.error = None
        row.sent_at = row.sent_at or now


def _pause(tries: int) -> float:
    longest = min(_FIRST_RETRY_SECONDS * 2.0 ** (tries - 1), _LONGEST_RETRY_SECONDS)
    return longest * random.uniform(0.5, 1.0)


def _until(now: datetime) -> datetime:
    return now + timedelta(seconds=LEASE_SECONDS)
