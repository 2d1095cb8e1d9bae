"""Where pictures are kept: the file under RETOUR_HOME/photos by content, the row that says whose it is."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from common.database import Base, UtcDateTime
from common.errors import NotFoundError
from common.ids import new_id
from common.photos.intake import Photo


class PhotoRow(Base):
    """One picture sent in one conversation; the fields are those of `intake.Photo`."""

    __tablename__ = "rd_photo"

    id: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    conversation_id: Mapped[str] = mapped_column(sa.ForeignKey("rd_conversation.id"), index=True)
    client_id: Mapped[str] = mapped_column(sa.String(64))
    sha256: Mapped[str] = mapped_column(sa.String(64), index=True)
    phash: Mapped[str] = mapped_column(sa.String(16))
    width: Mapped[int]
    height: Mapped[int]
    size: Mapped[int]
    sharpness: Mapped[float]
    brightness: Mapped[float]
    taken_at: Mapped[str | None] = mapped_column(sa.String(19))
    software: Mapped[str | None] = mapped_column(sa.String(120))
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (sa.UniqueConstraint("conversation_id", "client_id"),)


def path_of(home: Path, photo_id: str) -> Path:
    """The file of a picture; `photo_id` must come from a row, never from a request."""
    return home / "photos" / photo_id[-2:] / f"{photo_id}.jpg"


def keep(
    session: Session, home: Path, photo: Photo, *, conversation_id: str, client_id: str, now: datetime
) -> PhotoRow:
    """Keep a picture. The same `client_id` again gives the row that is there already.

    The file is on disk before the row can be committed, so a row never points at nothing.
    """
    known = session.scalars(
        sa.select(PhotoRow).where(PhotoRow.conversation_id == conversation_id, PhotoRow.client_id == client_id)
    ).first()
    if known is not None:
        return known
    row = PhotoRow(
        id=new_id("photo"),
        conversation_id=conversation_id,
        client_id=client_id,
        sha256=photo.sha256,
        phash=photo.phash,
        width=photo.width,
        height=photo.height,
        size=len(photo.jpeg),
        sharpness=photo.sharpness,
        brightness=photo.brightness,
        taken_at=photo.taken_at.isoformat() if photo.taken_at else None,
        software=photo.software,
        received_at=now,
    )
    target = path_of(home, row.id)
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("wb") as file:
        file.write(photo.jpeg)
        file.flush()
        os.fsync(file.fileno())
    session.add(row)
    session.flush()
    return row


def find(session: Session, photo_ids: list[str]) -> list[PhotoRow]:
    """The rows in the order asked for. Raises NotFoundError `photo.unknown` when one is missing."""
    rows = {row.id: row for row in session.scalars(sa.select(PhotoRow).where(PhotoRow.id.in_(photo_ids)))}
    missing = [photo_id for photo_id in photo_ids if photo_id not in rows]
    if missing:
        raise NotFoundError("photo.unknown", f"There is no photo {missing[0]}.")
    return [rows[photo_id] for photo_id in photo_ids]
