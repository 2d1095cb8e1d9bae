"""The product's settings under a name that leaves hypothesis its own."""

from __future__ import annotations

import pytest

from common.settings import Settings


@pytest.fixture
def app_settings(settings: Settings) -> Settings:
    return settings
