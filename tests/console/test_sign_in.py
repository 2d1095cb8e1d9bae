"""Who gets in, for how long, and what a form without its proof may do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa

from actions.runtime import Runtime
from common.clock import FixedClock
from common.database import transaction
from common.errors import RefusedError
from console.accounts import service
from console.accounts.model import SignInAttempt, User, UserSession
from tests.console.visitor import PASSWORD, Visitor

Browse = Callable[..., Visitor]


def _count(runtime: Runtime, table: type) -> int:
    with transaction(runtime.engine) as session:
        return session.scalar(sa.select(sa.func.count()).select_from(table)) or 0


def test_without_a_session_every_page_leads_to_the_door(browse: Browse) -> None:
    for path in ("", "/cases", "/conversations", "/users", "/account", "/photos/x", "/cases/x"):
        assert "User name" in browse().get(f"/console{path}").words, path


def test_the_right_password_opens_and_the_cookie_is_out_of_reach_of_scripts(browse: Browse) -> None:
    visitor = browse()
    assert "What needs you now" in visitor.sign_in("Olive ").words
    assert len(visitor.cookies["retour_console"]) > 40


def test_the_cookie_is_http_only_lax_and_secure(browse: Browse) -> None:
    visitor = browse()
    form = visitor.get("/console/sign-in").form("/console/sign-in")
    import requests

    answer = requests.post(
        f"{visitor.base}/console/sign-in",
        data=form.fields | {"name": "olive", "password": PASSWORD},
        headers={"cookie": f"retour_sign_in={visitor.cookies['retour_sign_in']}"},
        allow_redirects=False,
        timeout=20,
    )
    cookie = next(line for line in answer.raw.headers.getlist("set-cookie") if line.startswith("retour_console="))
    for part in ("HttpOnly", "SameSite=Lax", "Secure", "Path=/console"):
        assert part in cookie
    assert answer.status_code == 303


@pytest.mark.parametrize(("name", "password"), [("olive", "wrong"), ("nobody", PASSWORD), ("", ""), ("olive", "")])
def test_a_wrong_name_and_a_wrong_password_get_the_same_answer(browse: Browse, name: str, password: str) -> None:
    answer = browse().sign_in(name, password)
    assert answer.status == 401
    assert "do not belong together" in answer.words


def test_guessing_is_stopped_and_the_right_password_with_it(
    browse: Browse, runtime: Runtime, clock: FixedClock
) -> None:
    visitor = browse()
    for _ in range(5):
        assert visitor.sign_in("olive", "wrong guess").status == 401
    limited = visitor.sign_in("olive")
    assert (limited.status, "Too many tries" in limited.words) == (429, True)
    assert visitor.sign_in("ari").status == 200
    clock.advance(timedelta(minutes=16))
    assert browse().sign_in("olive").status == 200
    assert _count(runtime, SignInAttempt) == 0


def test_who_guesses_locks_nobody_out_who_comes_through_the_same_web_server(browse: Browse) -> None:
    stranger, olive = browse(), browse()
    stranger.headers["x-forwarded-for"], olive.headers["x-forwarded-for"] = "203.0.113.1", "203.0.113.2"
    assert [stranger.sign_in("olive", "wrong guess").status for _ in range(6)] == [401] * 5 + [429]
    assert olive.sign_in("olive").status == 200


def test_a_closed_account_does_not_open(browse: Browse, runtime: Runtime, clock: FixedClock) -> None:
    visitor = browse("ari")
    with transaction(runtime.engine) as session:
        user = session.scalars(sa.select(User).where(User.name == "ari")).one()
        service.set_disabled(session, user.id, True, now=clock.now())
    assert "User name" in visitor.get("/console").words
    assert browse().sign_in("ari").status == 401


def test_a_session_ends_after_two_weeks_of_silence_and_not_before(
    browse: Browse, runtime: Runtime, clock: FixedClock
) -> None:
    visitor = browse("ari")
    clock.advance(timedelta(days=13))
    assert "What needs you now" in visitor.get("/console").words
    clock.advance(timedelta(days=13))
    assert "What needs you now" in visitor.get("/console").words
    clock.advance(timedelta(days=15))
    assert "User name" in visitor.get("/console").words


def test_signing_out_ends_the_session_on_the_server(browse: Browse, runtime: Runtime) -> None:
    visitor = browse("ari")
    stolen = dict(visitor.cookies)
    visitor.submit(visitor.get("/console/account"), "/console/sign-out")
    visitor.cookies = stolen
    assert "User name" in visitor.get("/console").words
    assert _count(runtime, UserSession) == 0


def test_the_sign_in_form_needs_the_cookie_it_came_with(browse: Browse) -> None:
    visitor = browse()
    page = visitor.get("/console/sign-in")
    visitor.cookies.clear()
    answer = visitor.submit(page, "/console/sign-in", name="olive", password=PASSWORD)
    assert (answer.status, "open too long" in answer.words) == (403, True)
    assert "retour_console" not in visitor.cookies


@pytest.mark.parametrize("csrf", ["", "x", "é"])
def test_a_post_without_the_right_proof_does_nothing(browse: Browse, runtime: Runtime, csrf: str) -> None:
    visitor = browse("olive")
    answer = visitor.post("/console/users", {"name": "eve", "password": PASSWORD, "role": "owner", "csrf": csrf})
    assert (answer.status, "nothing was done" in answer.words) == (403, True)
    assert _count(runtime, User) == 2


def test_a_proof_of_another_session_does_not_count(browse: Browse, runtime: Runtime) -> None:
    other = browse("olive").get("/console/account").form("/console/sign-out").fields["csrf"]
    visitor = browse("olive")
    assert visitor.post("/console/sign-out", {"csrf": other}).status == 403
    assert "What needs you now" in visitor.get("/console").words


def test_the_proof_may_come_as_a_header(browse: Browse) -> None:
    visitor = browse("olive")
    csrf = visitor.get("/console/account").form("/console/sign-out").fields["csrf"]
    assert "User name" in visitor.post("/console/sign-out", {}, X_CSRF=csrf).words


def test_only_an_owner_manages_users(browse: Browse, runtime: Runtime) -> None:
    agent = browse("ari")
    csrf = agent.get("/console/account").form("/console/sign-out").fields["csrf"]
    assert "Team" not in agent.get("/console").words
    assert agent.get("/console/users").status == 403
    answer = agent.post("/console/users", {"name": "eve", "password": PASSWORD, "role": "owner", "csrf": csrf})
    assert (answer.status, _count(runtime, User)) == (403, 2)


def test_an_owner_adds_closes_and_reopens(browse: Browse) -> None:
    visitor = browse("olive")
    page = visitor.submit(visitor.get("/console/users"), "/console/users", name="Eve", password=PASSWORD, role="agent")
    assert "eve can sign in now." in page.words
    assert browse().sign_in("eve").status == 200
    close = next(form.action for form in page.forms if form.action.endswith("/disable"))
    with_ari_or_eve_closed = visitor.submit(page, close)
    assert "can no longer sign in" in with_ari_or_eve_closed.words
    reopen = next(form.action for form in with_ari_or_eve_closed.forms if form.action.endswith("/enable"))
    assert "can sign in again" in visitor.submit(with_ari_or_eve_closed, reopen).words


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"name": "olive"}, "already a user"),
        ({"password": "short"}, "10 to 200"),
        ({"name": "<b>"}, "A user name has"),
        ({"role": "root"}, "Choose a role"),
    ],
)
def test_a_user_that_cannot_be_is_refused_with_a_reason(browse: Browse, fields: dict[str, str], said: str) -> None:
    visitor = browse("olive")
    whole = {"name": "new", "password": PASSWORD, "role": "agent"} | fields
    assert said in visitor.submit(visitor.get("/console/users"), "/console/users", **whole).words


def test_the_last_owner_stays(runtime: Runtime, users: None, clock: FixedClock) -> None:
    with transaction(runtime.engine) as session:
        olive = session.scalars(sa.select(User).where(User.name == "olive")).one()
        with pytest.raises(RefusedError) as refused:
            service.set_disabled(session, olive.id, True, now=clock.now())
    assert refused.value.code == "user.last_owner"


def test_a_new_password_ends_the_other_sessions(browse: Browse) -> None:
    here, there = browse("ari"), browse("ari")
    page = here.get("/console/account")
    wrong = here.submit(page, "/console/account/password", current="guess", password="another long one")
    assert "not right" in wrong.words
    changed = here.submit(page, "/console/account/password", current=PASSWORD, password="another long one")
    assert "is changed" in changed.words
    assert "User name" in there.get("/console").words
    assert browse().sign_in("ari", "another long one").status == 200


def test_language_follows_the_browser_until_it_is_chosen(browse: Browse) -> None:
    visitor = browse("olive", "fr-FR,fr;q=0.9,en;q=0.5")
    page = visitor.get("/console")
    assert "Ce qui vous attend" in page.words
    english = visitor.submit(page, "/console/account/language", language="en", back="/console/cases")
    assert "All" in english.words
    assert "What needs you now" in visitor.get("/console").words
    away = visitor.submit(page, "/console/account/language", language="en", back="https://evil.example/")
    assert "What needs you now" in away.words


def test_every_answer_carries_the_headers(browse: Browse) -> None:
    visitor = browse("olive")
    for path in ("/console", "/console/sign-in", "/console/static/console.css", "/console/nowhere"):
        headers = visitor.get(path).headers
        assert "default-src 'self'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
    assert visitor.get("/console").headers["cache-control"] == "no-store"


def test_a_form_of_megabytes_is_not_read(browse: Browse) -> None:
    visitor = browse("olive")
    assert visitor.post("/console/cases/search", {"text": "x" * 100_000}).status == 413
    assert browse().post("/console/sign-in", {"name": "x" * 20_000}).status == 413
