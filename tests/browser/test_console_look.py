"""The console in a real browser: what it looks like, on a desk and on a phone, in both languages, for everybody."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page

from actions.runtime import Runtime
from common.clock import FixedClock
from common.database import transaction
from console.accounts.service import add_user
from tests.browser.accessibility import violations
from tests.browser.conftest import DESKTOP, PHONE
from tests.console.console_server import serving
from tests.console.scenes import Morning, money_trouble, morning
from tests.console.visitor import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)]
_SHOTS = os.environ.get("RETOUR_CONSOLE_SHOTS")
_DEVICES = {
    "desk": {"viewport": DESKTOP},
    "phone": {"viewport": PHONE, "is_mobile": True, "has_touch": True, "device_scale_factor": 2},
}


@pytest.fixture
def scene(runtime: Runtime, clock: FixedClock) -> Iterator[tuple[str, Morning]]:
    """A served console with a morning's work in it."""
    with transaction(runtime.engine) as session:
        add_user(session, "olive", PASSWORD, "owner", now=clock.now())
    there = morning(runtime)
    plain = replace(runtime, settings=replace(runtime.settings, public_url="http://127.0.0.1"))
    with serving(plain) as base:
        yield base, there


def enter(context: BrowserContext, base: str, clock: FixedClock) -> Page:
    context.clock.set_fixed_time(clock.now())
    page = context.new_page()
    page.goto(f"{base}/console")
    page.locator("[name=name]").fill("olive")
    page.locator("[name=password]").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector(".tabs")
    return page


def look(page: Page, name: str) -> list[str]:
    """What is wrong with the page: wider than the window, or found by axe; a picture is kept where one is asked for."""
    page.wait_for_load_state("networkidle")
    if _SHOTS:
        Path(_SHOTS).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=f"{_SHOTS}/{name}.png", full_page="phone" not in name or "talk" not in name)
    wide = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    found = [f"{name} is wider than its window"] if wide else []
    return found + [f"{name}: {violation}" for violation in violations(page)]


_ALL = [(device, language, scheme) for device in _DEVICES for language in ("en", "fr") for scheme in ("light", "dark")]
# Every choice once; all of them together when pictures are wanted.
_CHOSEN = _ALL if _SHOTS else [("desk", "en", "light"), ("phone", "fr", "dark")]


@pytest.mark.slow
@pytest.mark.parametrize(("device", "language", "scheme"), _CHOSEN)
def test_every_page_is_sound(
    context_of: Callable[..., BrowserContext],
    scene: tuple[str, Morning],
    clock: FixedClock,
    device: str,
    language: str,
    scheme: str,
) -> None:
    base, there = scene
    context = context_of(**_DEVICES[device], locale=language, color_scheme=scheme)
    prefix = f"{device}-{language}-{scheme}"
    door = context.new_page()
    door.goto(f"{base}/console/sign-in")
    wrong = look(door, f"{prefix}-0-door")
    page = enter(context, base, clock)
    wrong += look(page, f"{prefix}-1-overview")
    for number, (name, path) in enumerate(
        {
            "cases": "cases",
            "review": f"cases/{there.review}",
            "approve": f"cases/{there.review}/approve",
            "change": f"cases/{there.review}/change",
            "refuse": f"cases/{there.review}/refuse",
            "refunded": f"cases/{there.refunded}",
            "returning": f"cases/{there.returning}",
            "portal": f"cases/{there.portal}",
            "refused": f"cases/{there.refused}",
            "conversations": "conversations",
            "talk-waiting": f"conversations/{there.waiting}",
            "talk-held": f"conversations/{there.held}",
            "suppliers": "suppliers?days=365",
            "shelf": "shelf",
            "users": "users",
            "account": "account",
            "missing": "nowhere",
        }.items(),
        2,
    ):
        answer = page.goto(f"{base}/console/{path}")
        assert answer is not None
        assert answer.status == (404 if name == "missing" else 200), name
        wrong += look(page, f"{prefix}-{number}-{name}")
    page.goto(f"{base}/console/cases/{there.review}")
    page.locator(".photos a").first.click()
    page.wait_for_selector(".big img")
    wrong += look(page, f"{prefix}-18-photo")
    assert wrong == []


@pytest.mark.slow
@pytest.mark.parametrize(("device", "language", "scheme"), _CHOSEN)
def test_the_pages_about_money_are_sound(
    context_of: Callable[..., BrowserContext],
    scene: tuple[str, Morning],
    runtime: Runtime,
    clock: FixedClock,
    device: str,
    language: str,
    scheme: str,
) -> None:
    base, _ = scene
    disputed, both = money_trouble(runtime)
    page = enter(context_of(**_DEVICES[device], locale=language, color_scheme=scheme), base, clock)
    wrong = look(page, f"{device}-{language}-{scheme}-money-overview")
    for name, path in {"leaks": "leaks", "disputed": f"cases/{disputed}", "two-suppliers": f"cases/{both}"}.items():
        page.goto(f"{base}/console/{path}")
        wrong += look(page, f"{device}-{language}-{scheme}-money-{name}")
    assert wrong == []
