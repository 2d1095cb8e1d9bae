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
        changed = RANK[receipt.status] > RANK[piece.status] and piece.failed_id != receipt.external_id
        if changed:
            piece.status, piece.external_id = receipt.status, receipt.external_id
            piece.unsure, piece.at = False, now
    if not changed:
        return None
    session.flush()
    if RANK[piece.status] and row.status in ("sent", "delivered"):
        settle(session, row.id, len(repository.pieces(session, row.id)), now)
    return row.conversation_id


def _failed_later(lane: Lane, row: OutboxRow, piece: Piece, receipt: Receipt, now: datetime) -> bool:
    ours = piece.external_id == receipt.external_id or (piece.external_id is None and piece.unsure)
    if not ours or piece.failed_id == receipt.external_id or RANK[piece.status] > 1 or receipt.refusal is None:
        return False
    piece.failed_id, piece.external_id, piece.status = receipt.external_id, None, "going"
    piece.unsure, piece.at = False, now
    row.status = "queued"
    judge(lane, row, receipt.refusal, tries=piece.tries, freely=True, now=now)
    return True


def _meant(session: Session, channel: str, receipt: Receipt) -> Piece | None:
    place = _KEY.fullmatch(receipt.key or "")
    if place is None:
        return repository.piece_named(session, channel, receipt.external_id)
    return repository.piece_at(session, channel, int(place[1]), int(place[2]))
