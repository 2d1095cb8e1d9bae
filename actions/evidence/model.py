"""Evidence of a case: one row a photo, with what was checked and found."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from common.database import Base, Json, UtcDateTime

Verdict = Literal["ok", "ask_again", "person"]


class Evidence(Base):
    """One photo offered in one case. `checks` is `PhotoCheck.as_json()`.

    `case_id` is None until the case is opened. It names a row of rd_case without a foreign key, because evidence is
    gathered first and must not know cases.
    """

    __tablename__ = "rd_evidence"

    id: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    case_id: Mapped[str | None] = mapped_column(sa.String(40), index=True)
    photo_id: Mapped[str] = mapped_column(sa.ForeignKey("rd_photo.id"), unique=True)
    sha256: Mapped[str] = mapped_column(sa.String(64), index=True)
    phash: Mapped[str] = mapped_column(sa.String(16))
    mime: Mapped[str] = mapped_column(sa.String(32), default="image/jpeg")
    checks: Mapped[dict[str, Any]] = mapped_column(Json)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


@dataclass(frozen=True)
class Finding:
    """One check that did not pass: its name, what it asks for, and the numbers it rests on."""

    check: str
    verdict: Verdict
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class PhotoCheck:
    """All checks of one photo. `verdict` is the gravest of the findings; `response` is the phrase for the shopper
    (None when there is nothing to say). A finding never says that somebody lied."""

    photo_id: str
    sha256: str
    phash: str
    findings: tuple[Finding, ...]
    verdict: Verdict
    response: str | None = None
    parameters: dict[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return {
            "verdict": self.verdict,
            "findings": [{"check": item.check, "verdict": item.verdict, "facts": item.facts} for item in self.findings],
        }


@dataclass(frozen=True)
class CheckContext:
    """What a photo is compared with: the case it is for (None before one is opened), the products claimed, and when
    the parcel was delivered. `withdrawn_cases` of the same shopper may hold the same photo: who cancels a request and
    makes it again sends the same photos again."""

    case_id: str | None = None
    skus: tuple[str, ...] = ()
    delivered_at: datetime | None = None
    withdrawn_cases: frozenset[str] = frozenset()
