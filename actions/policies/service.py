"""Which policy decides: the one that was in force when the order was placed, as the shopper found it then."""

from __future__ import annotations

from datetime import UTC, datetime, time
from functools import lru_cache
from pathlib import Path

from sqlalchemy.orm import Session

from actions.policies import repository
from actions.policies.model import PolicyVersion
from actions.policy.loader import load_text
from actions.policy.model import Policy
from common.errors import NotFoundError
from common.ids import new_id


def record(session: Session, policy: Policy, *, now: datetime) -> bool:
    """Keep the policy if it is not the newest one kept. Says whether it is new."""
    last = repository.newest(session)
    if last is not None and last.sha256 == policy.sha256:
        return False
    since = now if policy.valid_from is None else datetime.combine(policy.valid_from, time(), UTC)
    session.add(
        PolicyVersion(
            id=new_id("policy"), sha256=policy.sha256, content=policy.source, valid_from=since, recorded_at=now
        )
    )
    session.flush()
    return True


def in_force(session: Session, present: Policy, at: datetime) -> Policy:
    """The policy of that instant; `present` where none was kept, or where it still holds."""
    version = repository.in_force(session, at)
    if version is None or version.sha256 == present.sha256:
        return present
    return _read(version.sha256, version.content, present.path)


def of_digest(session: Session, present: Policy, sha256: str) -> Policy:
    """The policy with that digest. Raises NotFoundError when it was never kept."""
    if sha256 == present.sha256:
        return present
    version = repository.by_digest(session, sha256)
    if version is None:
        raise NotFoundError("policy.unknown", f"No policy with digest {sha256[:12]} was kept; restore the database.")
    return _read(version.sha256, version.content, present.path)


@lru_cache(maxsize=64)
def _read(sha256: str, content: str, path: Path) -> Policy:
    # Named after its digest: a clause must not point into the file of today.
    return load_text(content, path.with_name(f"{path.stem}@{sha256[:8]}{path.suffix}"))
