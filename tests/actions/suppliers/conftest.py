from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy.orm import Session

from actions.suppliers.model import SupplierClaim


class Progress:
    """Remembers what the case would have been told."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, str | None]] = []

    def __call__(self, session: Session, claim: SupplierClaim, *, now: datetime) -> None:
        self.seen.append((claim.status, claim.attention))


@pytest.fixture
def progress() -> Progress:
    return Progress()
