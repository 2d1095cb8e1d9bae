"""The right of one process to work on a conversation for a while."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from bot.conversation import repository

# Longer than anything a turn does between two renewals, short enough to be taken over soon after a crash.
LEASE_SECONDS = 20.0


@dataclass(frozen=True)
class Lease:
    """Takes leases in the name of one process. `owner` is the same after a restart, so its own are its own again.

    Two living processes must never share an owner: the name has the port in it, which only one can listen on.
    """

    owner: str

    def take(self, session: Session, conversation_id: str, *, now: datetime) -> bool:
        """Begin to work on a conversation, unless somebody else is at it."""
        until = now + timedelta(seconds=LEASE_SECONDS)
        return repository.lease(session, conversation_id, owner=self.owner, now=now, until=until)

    def keep(self, session: Session, conversation_id: str, *, now: datetime) -> bool:
        """Go on; False means that another process took over and this one must drop what it did."""
        until = now + timedelta(seconds=LEASE_SECONDS)
        return repository.keep_lease(session, conversation_id, owner=self.owner, until=until)

    def release(self, session: Session, conversation_id: str) -> None:
        """End the work."""
        repository.release(session, conversation_id, owner=self.owner)
