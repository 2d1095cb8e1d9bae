"""The right of one process to work on a conversation for a while."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from bot.conversation import repository
from bot.conversation.repository import Locked

# Longer than anything a turn does between two renewals, short enough to be taken over soon after a crash.
LEASE_SECONDS = 20.0


@dataclass(frozen=True)
class Lease:
    """Takes leases in the name of one process. `owner` is the same after a restart, so its own are its own again.

    Two living processes must never share an owner: the name has the port in it, which only one can listen on.
    """

    owner: str

    def take(self, session: Session, conversation_id: str, *, now: datetime, again: bool = False) -> Locked | None:
        """Begin to work on a conversation, unless somebody is at it: another process, or another task of this one.

        `again` is for those who know that no task of this process is: at its start, the leases of its former life.
        """
        until = now + timedelta(seconds=LEASE_SECONDS)
        return repository.lease(session, conversation_id, owner=self.owner, again=again, now=now, until=until)

    def keep(self, session: Session, conversation_id: str, *, now: datetime) -> Locked | None:
        """Go on; None means that another process took over and this one must drop what it did."""
        until = now + timedelta(seconds=LEASE_SECONDS)
        return repository.keep_lease(session, conversation_id, owner=self.owner, until=until)

    def release(self, session: Session, conversation_id: str) -> None:
        """End the work."""
        repository.release(session, conversation_id, owner=self.owner)
