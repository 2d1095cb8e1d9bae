"""A console to visit, with an owner and an agent who may sign in."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from actions.runtime import Runtime
from common.database import transaction
from console.accounts.service import add_user
from tests.console.console_server import serving
from tests.console.visitor import PASSWORD, Visitor


@pytest.fixture
def users(runtime: Runtime) -> None:
    with transaction(runtime.engine) as session:
        add_user(session, "olive", PASSWORD, "owner", now=runtime.clock.now())
        add_user(session, "ari", PASSWORD, "agent", now=runtime.clock.now())


@pytest.fixture
def console(runtime: Runtime, users: None) -> Iterator[str]:
    with serving(runtime) as base:
        yield base


@pytest.fixture
def browse(console: str) -> Callable[..., Visitor]:
    """Opens a browser; with a name, somebody has signed in there."""

    def make(name: str = "", language: str = "en") -> Visitor:
        visitor = Visitor(console, language)
        if name:
            assert visitor.sign_in(name).status == 200
        return visitor

    return make


@pytest.fixture
def owner(browse: Callable[..., Visitor]) -> Visitor:
    return browse("olive")
