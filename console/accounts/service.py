"""Users and sign-in: argon2id hashes, sessions that expire, and a limit on guessing."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy.orm import Session

from common.errors import NotFoundError, RefusedError
from common.ids import new_id, new_token
from console.accounts import repository
from console.accounts.model import ROLES, SignInAttempt, User, UserSession

SESSION_LIFETIME = timedelta(days=14)
# A session in use is prolonged, but not with a write on every request.
_RENEW_AFTER = timedelta(days=1)
_WINDOW = timedelta(minutes=15)
_TRIES_BY_NAME_AND_ADDRESS = 5
_TRIES_BY_NAME = 30
_TRIES_BY_ADDRESS = 40
_FORMS_KEPT = timedelta(days=7)
_SHORTEST_PASSWORD = 10
_LONGEST_DISPLAY_NAME = 64
_NAME = re.compile(r"[a-z0-9][a-z0-9._@+-]{0,63}")
# OWASP's first recommendation for argon2id; 19 MiB keeps a small machine alive under a burst of sign-ins.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


@dataclass(frozen=True)
class SignedIn:
    """One request's user. `role` is `owner` or `agent`; `csrf` must come back with every POST.

    `display_name` is what shoppers read, None for a neutral wording.
    """

    id: str
    name: str
    display_name: str | None
    role: str
    language: str | None
    csrf: str
    token_sha256: str

    @property
    def is_owner(self) -> bool:
        return self.role == "owner"


@dataclass(frozen=True)
class Admission:
    """The answer to a sign-in: `token` for the cookie, or why not (`wrong` or `limited`)."""

    token: str | None
    why: str | None = None


def add_user(
    session: Session,
    name: str,
    password: str,
    role: str,
    *,
    now: datetime,
    display_name: str = "",
    language: str | None = None,
) -> User:
    """Create an account. Raises RefusedError `user.name`, `user.display_name`, `user.role`, `user.password` or
    `user.exists`."""
    name = name.strip().lower()
    if not _NAME.fullmatch(name):
        raise RefusedError(
            "user.name", f"{name!r} is not a user name; use 1 to 64 letters without accents, digits and . _ @ + -"
        )
    if role not in ROLES:
        raise RefusedError("user.role", f"{role!r} is not a role; use owner or agent.")
    _check_password(password)
    if repository.user_by_name(session, name) is not None:
        raise RefusedError("user.exists", f"There is already a user {name}; choose another name.")
    user = User(
        id=new_id("user"),
        name=name,
        display_name=_display_name(display_name),
        password_hash=_HASHER.hash(password),
        role=role,
        language=language,
        created_at=now,
    )
    repository.add(session, user)
    return user


def set_password(session: Session, user_id: str, password: str, *, keep_session: str = "") -> None:
    """Change a password and end the user's other sessions. Raises RefusedError `user.password`."""
    _check_password(password)
    user = _user(session, user_id)
    user.password_hash = _HASHER.hash(password)
    repository.end_sessions_of(session, user.id, but=keep_session)


def password_matches(session: Session, user_id: str, password: str) -> bool:
    return _verify(_user(session, user_id).password_hash, password)


def set_display_name(session: Session, user_id: str, display_name: str) -> None:
    """Change what shoppers read, "" for a neutral wording. Raises RefusedError `user.display_name`."""
    _user(session, user_id).display_name = _display_name(display_name)


def set_language(session: Session, user_id: str, language: str | None) -> None:
    _user(session, user_id).language = language


def set_disabled(session: Session, user_id: str, disabled: bool, *, now: datetime) -> User:
    """Close or reopen an account. The last owner stays: RefusedError `user.last_owner`."""
    user = _user(session, user_id)
    if disabled and user.role == "owner" and user.disabled_at is None and repository.active_owners(session) <= 1:
        raise RefusedError("user.last_owner", f"{user.name} is the only owner; make another owner first.")
    user.disabled_at = now if disabled else None
    if disabled:
        repository.end_sessions_of(session, user.id)
    return user


def count_attempt(session: Session, name: str, address: str, *, now: datetime) -> bool:
    """Record a try to sign in and say whether it may go on.

    Commit this before the password is looked at, so that many tries at once are counted too.
    """
    name, address, since = _attempt_name(name), address[:64], now - _WINDOW
    repository.drop_expired(session, now, since, now - _FORMS_KEPT)
    if (
        repository.attempts(session, since=since, name=name, address=address) >= _TRIES_BY_NAME_AND_ADDRESS
        or repository.attempts(session, since=since, name=name) >= _TRIES_BY_NAME
        or repository.attempts(session, since=since, address=address) >= _TRIES_BY_ADDRESS
    ):
        return False
    repository.add(session, SignInAttempt(name=name, address=address, at=now))
    return True


def sign_in(session: Session, name: str, password: str, address: str, *, now: datetime) -> Admission:
    """Open a session for the right name and password. A wrong name costs the same time as a wrong password."""
    user = repository.user_by_name(session, _attempt_name(name))
    matches = _verify(user.password_hash if user is not None else _decoy(), password)
    if user is None or not matches or user.disabled_at is not None:
        return Admission(None, "wrong")
    if _HASHER.check_needs_rehash(user.password_hash):
        user.password_hash = _HASHER.hash(password)
    repository.forget_attempts(session, user.name, address[:64])
    token = new_token()
    repository.add(
        session,
        UserSession(
            token_sha256=_digest(token),
            user_id=user.id,
            csrf=new_token(),
            created_at=now,
            expires_at=now + SESSION_LIFETIME,
        ),
    )
    return Admission(token)


def recognise(session: Session, token: str, *, now: datetime) -> SignedIn | None:
    """The user of a cookie, or None. A session in use is prolonged once a day."""
    if not token:
        return None
    found = repository.live_session(session, _digest(token), now)
    if found is None:
        return None
    row, user = found
    if row.expires_at < now + SESSION_LIFETIME - _RENEW_AFTER:
        row.expires_at = now + SESSION_LIFETIME
    return SignedIn(user.id, user.name, user.display_name, user.role, user.language, row.csrf, row.token_sha256)


def sign_out(session: Session, token_sha256: str) -> None:
    repository.end_session(session, token_sha256)


def _user(session: Session, user_id: str) -> User:
    user = repository.user_by_id(session, user_id)
    if user is None:
        raise NotFoundError("user.unknown", f"There is no user {user_id}.")
    return user


def _display_name(text: str) -> str | None:
    name = " ".join(text.split())
    if len(name) > _LONGEST_DISPLAY_NAME or not name.isprintable():
        raise RefusedError(
            "user.display_name", f"A name for shoppers has at most {_LONGEST_DISPLAY_NAME} characters; choose another."
        )
    return name or None


def _check_password(password: str) -> None:
    if not _SHORTEST_PASSWORD <= len(password) <= 200:
        raise RefusedError("user.password", f"A password needs {_SHORTEST_PASSWORD} to 200 characters; choose another.")


def _verify(password_hash: str, password: str) -> bool:
    try:
        # Cut: hashing megabytes somebody posts would be work for nothing.
        return _HASHER.verify(password_hash, password[:200])
    except (VerificationError, InvalidHashError):
        return False


@cache
def _decoy() -> str:
    """A hash nobody has the password of."""
    return _HASHER.hash(new_token())


def _attempt_name(name: str) -> str:
    return name.strip().lower()[:64]


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
