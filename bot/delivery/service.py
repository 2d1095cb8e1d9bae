"""The transactions around a send. Each method is one; it runs in a thread and the caller commits.

A try is written down before it is made, so that a crash in it shows at the next one
(docs/adr/0008-messages-that-are-pushed.md).
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from bot.channels.port import PushChannel, SendError
from bot.delivery import repository
from bot.delivery.model import WINDOW, Lane, Piece
from bot.delivery.rules import RANK, free, judge, settle, stop
from bot.outbox import service as outbox
from common.outbox import OutboxRow
from common.phrases import Phrases

log = logging.getLogger(__name__)
# Longer than any send takes, short enough to be taken over soon after a crash.
LEASE_SECONDS = 20.0


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

    def renew(self, session: Session, conversation_id: str, *, now: datetime) -> bool:
        """Hold on to a conversation before a piece that was taken long ago; False when another process has it."""
        return repository.keep(session, conversation_id, owner=self.owner, until=_until(now)) is not None

    def sent(self, session: Session, parcel: Parcel, external_id: str, *, now: datetime) -> Step:
        """The channel took the piece."""
        lane = repository.keep(session, parcel.conversation_id, owner=self.owner, until=_until(now))
        status = repository.taken(session, parcel.outbox_id, parcel.part, external_id, now=now)
        if status is not None and parcel.parts == 1:
            repository.finish(session, parcel.outbox_id, status, external_id, now=now)
        elif status is not None:
            settle(session, parcel.outbox_id, parcel.parts, now)
        return Step() if lane is None else self._next(session, lane, now)

    def refused(self, session: Session, parcel: Parcel, error: SendError, *, now: datetime) -> Step:
        """The channel did not take the piece, or did not say."""
        lane = repository.keep(session, parcel.conversation_id, owner=self.owner, until=_until(now))
        piece, row = _piece(session, parcel), repository.row(session, parcel.outbox_id)
        if lane is None or row is None or RANK[piece.status]:
            return Step() if lane is None else self._next(session, lane, now)
        piece.unsure, piece.at = error.maybe_sent, now
        judge(lane, row, piece, error, freely=parcel.freely, now=now)
        session.flush()
        return self._next(session, lane, now)

    def _next(self, session: Session, lane: Lane, now: datetime) -> Step:
        closed = lane.trouble == WINDOW
        for row in [] if lane.stopped and not closed else repository.queued(session, lane.conversation_id):
            if row.next_try_at is not None and row.next_try_at > now:
                return self._rest(session, lane, row.next_try_at)
            channel, user = repository.user_of(session, lane.conversation_id)
            try:
                written = self._written(session, lane, channel, row, now)
            except Exception as error:
                # A bug of ours. A person has to know, and the turn that said it must not fail with it.
                log.exception("a message cannot be written for its channel", extra={"outbox": row.id})
                stop(lane, "delivery.unwritable", repr(error), now)
                return self._rest(session, lane, None)
            if written is None:
                # It waits for the shopper; what is behind it and has a template need not.
                closed = True
                continue
            parcel = self._parcel(session, lane, channel, user, row, written, now)
            if parcel is not None:
                return Step(parcel)
        if closed:
            stop(lane, WINDOW, "The shopper has to write first: the channel takes no free words now.", now)
        return self._rest(session, lane, None)

    def _written(
        self, session: Session, lane: Lane, channel: str, row: OutboxRow, now: datetime
    ) -> tuple[list[dict[str, Any]], bool] | None:
        translator, message = self.channels[channel], outbox.shown(self.phrases, row)
        if lane.open_until is None or now < lane.open_until:
            return translator.outbound(message), True
        if any(RANK[piece.status] for piece in repository.pieces(session, row.id)):
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
        known = {piece.part: piece for piece in repository.pieces(session, row.id)} if row.attempts else {}
        part = next((n for n in range(len(pieces)) if n not in known or not RANK[known[n].status]), None)
        if part is None:
            settle(session, row.id, len(pieces), now)
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
        session.flush()
        repository.release(session, lane.conversation_id)
        return Step(at=at)


def opened(session: Session, conversation_id: str) -> None:
    """A conversation of a channel that is written to has begun."""
    repository.add_lane(session, conversation_id)


def heard(session: Session, conversation_id: str, *, open_until: datetime | None) -> None:
    """The shopper wrote: the channel's window is open until then, and what was stopped may be tried again."""
    if repository.hear(session, conversation_id, open_until=open_until):
        lane = repository.lane(session, conversation_id)
        if lane is not None:
            free(session, lane)
            session.flush()


def _piece(session: Session, parcel: Parcel) -> Piece:
    return next(piece for piece in repository.pieces(session, parcel.outbox_id) if piece.part == parcel.part)


def _until(now: datetime) -> datetime:
    return now + timedelta(seconds=LEASE_SECONDS)
