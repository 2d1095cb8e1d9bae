"""One running system for all these tests, and its people."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext

from tests.browser.browser_shopper import BrowserShopper
from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.shop_site import ShopSite
from tests.browser.system.people import Owner
from tests.stack import Stack, running, shop_file

Pictures = Callable[[BrowserShopper, str], None]
_SHOTS = Path("test-results/situations")
LINK_SECRET = "a secret of the shop, with 32 bytes or more"
_seeds = itertools.count(500_000)


@pytest.fixture(scope="package")
def listed() -> Iterator[ShopSite]:
    """The website that `allowed_origins` lists."""
    site = ShopSite().start()
    yield site
    site.close()


@pytest.fixture(scope="package")
def stack(chromium: Browser, listed: ShopSite, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    folder = tmp_path_factory.mktemp("system")
    file = shop_file(folder, allowed_origins=[listed.url], order_token_secret_env="LINK_SECRET")
    with running(folder, RETOUR_SHOP=str(file), LINK_SECRET=LINK_SECRET) as stack:
        yield stack


@pytest.fixture(params=["en", "fr"])
def shopper(request: pytest.FixtureRequest, stack: Stack, context_of: Callable[..., BrowserContext]) -> BrowserShopper:
    """A new visitor: English ones sit at a desktop, French ones hold a phone."""
    language = str(request.param)
    view = {"viewport": DESKTOP} if language == "en" else {"viewport": PHONE, "has_touch": True, "is_mobile": True}
    page = context_of(**view, locale="en-GB" if language == "en" else "fr-FR").new_page()
    return BrowserShopper(page, language).open(stack.base)


@pytest.fixture
def owner(stack: Stack, context_of: Callable[..., BrowserContext]) -> Owner:
    return Owner(context_of().new_page(), stack).sign_in()


@pytest.fixture(scope="session")
def picture() -> Pictures:
    """Keeps a screenshot under test-results/ for people to look at."""

    def take(shopper: BrowserShopper, name: str) -> None:
        _SHOTS.mkdir(parents=True, exist_ok=True)
        shopper.page.screenshot(path=_SHOTS / f"{name}-{shopper.language}.png")

    return take


@pytest.fixture
def seeds() -> tuple[int, int]:
    """Two photos nobody has sent before."""
    return next(_seeds), next(_seeds)
