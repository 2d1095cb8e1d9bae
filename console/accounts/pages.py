"""The user's own account, sign-out, and for an owner: who else may sign in."""

from __future__ import annotations

from typing import Any

from common.errors import RefusedError
from console.accounts import repository, service
from console.accounts.model import ROLES
from console.routes import Route
from console.visit import Answer, Page, Redirect, Visit
from console.words import LANGUAGES


def account(_visit: Visit) -> Answer:
    return Page("account.html")


def language(visit: Visit) -> Answer:
    """Switch the console's language and stay on the page."""
    wanted = visit.form.get("language", "")
    if wanted not in LANGUAGES:
        raise RefusedError("user.language", f"{wanted!r} is not a language of the console.")
    service.set_language(visit.session, visit.user.id, wanted)
    back = visit.form.get("back", "")
    # Only paths of ours: an address from a form must not lead elsewhere.
    return Redirect(back if back == "/console" or back.startswith("/console/") else "/console")


def password(visit: Visit) -> Answer:
    """Change one's own password; every other session of the user ends."""
    if not service.password_matches(visit.session, visit.user.id, visit.form.get("current", "")):
        raise RefusedError("user.current", "The current password is not right.")
    service.set_password(
        visit.session, visit.user.id, visit.form.get("password", ""), keep_session=visit.user.token_sha256
    )
    return Redirect("/console/account", "account.password_changed")


def display_name(visit: Visit) -> Answer:
    """Change what shoppers read when the user answers them."""
    service.set_display_name(visit.session, visit.user.id, visit.form.get("display_name", ""))
    return Redirect("/console/account", "account.display_name_changed")


def sign_out(visit: Visit) -> Answer:
    service.sign_out(visit.session, visit.user.token_sha256)
    return Redirect("/console/sign-in")


def users(visit: Visit) -> Answer:
    return Page("users.html", {"users": repository.users(visit.session), "roles": ROLES})


def add_user(visit: Visit) -> Answer:
    user = service.add_user(
        visit.session,
        visit.form.get("name", ""),
        visit.form.get("password", ""),
        visit.form.get("role", ""),
        now=visit.now,
        display_name=visit.form.get("display_name", ""),
    )
    return Redirect("/console/users", "users.added", {"name": user.name})


def disable_user(visit: Visit, user_id: str) -> Answer:
    return _set_disabled(visit, user_id, True)


def enable_user(visit: Visit, user_id: str) -> Answer:
    return _set_disabled(visit, user_id, False)


def reset_password(visit: Visit, user_id: str) -> Answer:
    service.set_password(visit.session, user_id, visit.form.get("password", ""))
    return Redirect("/console/users", "users.password_set")


def _set_disabled(visit: Visit, user_id: str, disabled: bool) -> Answer:
    user = service.set_disabled(visit.session, user_id, disabled, now=visit.now)
    return Redirect("/console/users", "users.disabled" if disabled else "users.enabled", {"name": user.name})


_OWNER: dict[str, Any] = {"owner_only": True, "back": "/console/users"}
ROUTES = (
    Route("GET", "/account", account),
    Route("POST", "/account/language", language, back="/console/account"),
    Route("POST", "/account/display-name", display_name, back="/console/account"),
    Route("POST", "/account/password", password, back="/console/account"),
    Route("POST", "/sign-out", sign_out),
    Route("GET", "/users", users, owner_only=True),
    Route("POST", "/users", add_user, **_OWNER),
    Route("POST", "/users/<user_id:str>/disable", disable_user, **_OWNER),
    Route("POST", "/users/<user_id:str>/enable", enable_user, **_OWNER),
    Route("POST", "/users/<user_id:str>/password", reset_password, **_OWNER),
)
