"""What a channel tells later about something it took."""

from __future__ import annotations

import re
from datetime import datetime

from sqlalchemy.orm import Session

from bot.channels.port import Receipt
from bot.delivery import repository
from bot.delivery.model import Lane, Piece
from bot.delivery.rules import RANK, judge, settle
from common.outbox import OutboxRow

# Numbers of ours have few digits; longer ones do not fit into a column.
_KEY = re.compile(r"out:([0-9]{1,15}):([0-9]{1,3})")


def told(session: Session, channel: str, receipt: Receipt, *, now: datetime) -> str | None:
    """What became of a piece; the conversation when that changed anything that is to be acted upon."""
    if receipt.status != "failed":
        _moved(session, channel, receipt, now)
        return None
    piece = _meant(session, channel, receipt)
    row = repository.row(session, piece.outbox_id) if piece else None
    lane = repository.lock(session, row.conversation_id) if row else None
    if piece is None or row is None or lane is None:
        return None
    session.refresh(piece)
    if not _failed_later(lane, row, piece, receipt, now):
        return None
    session.flush()
    return row.conversation_id


def _moved(session: Session, channel: str, receipt: Receipt, now: datetime) -> None:
    before = [status for status, rank in RANK.items() if rank < RANK[receipt.status]]
    outbox_id = repository.move(session, channel, _place(receipt), receipt.external_id, receipt.status, before, now=now)
    row = None if outbox_id is None else repository.row(session, outbox_id)
    if row is not None and row.status in ("sent", "delivered"):
        settle(session, row.id, len(repository.pieces(session, row.id)), now)


def _failed_later(lane: Lane, row: OutboxRow, piece: Piece, receipt: Receipt, now: datetime) -> bool:
    ours = piece.external_id == receipt.external_id or (piece.external_id is None and piece.unsure)
    if not ours or piece.failed_id == receipt.external_id or RANK[piece.status] > 1 or receipt.refusal is None:
        return False
    # What went out after the window was in the words of a template; another one would fare no better.
    freely = lane.open_until is None or piece.at < lane.open_until
    piece.failed_id, piece.external_id, piece.status = receipt.external_id, None, "going"
    piece.unsure, piece.at = False, now
    row.status = "queued"
    judge(lane, row, piece, receipt.refusal, freely=freely, now=now)
    return True


def _meant(session: Session, channel: str, receipt: Receipt) -> Piece | None:
    place = _place(receipt)
    if place is None:
        return repository.piece_named(session, channel, receipt.external_id)
    return repository.piece_at(session, channel, *place)


def _place(receipt: Receipt) -> tuple[int, int] | None:
    """The message and the part that a report's key names, if it is one of ours."""
    found = _KEY.fullmatch(receipt.key or "")
    return None if found is None else (int(found[1]), int(found[2]))
