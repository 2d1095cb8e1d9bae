"""`retour doctor` asks each channel that is set up who we are there."""

from __future__ import annotations

from pathlib import Path

import pytest

from common.settings import Settings
from common.shop_config import ShopConfig
from retour.commands.doctor import _asked_who_we_are
from tests import whatsapp
from tests.graph_api import GraphApi


@pytest.mark.parametrize(
    ("changes", "ok", "words"),
    [
        ({}, True, "+33 1 00 00 00 00 (Lumen)"),
        ({"RETOUR_WHATSAPP_TOKEN": "expired"}, False, "Invalid OAuth access token"),
        ({"RETOUR_WHATSAPP_API_URL": "http://127.0.0.1:9"}, False, "did not answer"),
        ({"RETOUR_WHATSAPP_APP_SECRET": ""}, False, "RETOUR_WHATSAPP_APP_SECRET"),
        ({"RETOUR_WHATSAPP_TOKEN": ""}, None, "not set up"),
    ],
)
def test_whatsapp_is_asked_for_its_name(
    tmp_path: Path, shop: ShopConfig, changes: dict[str, str], ok: bool | None, words: str
) -> None:
    graph = GraphApi().start()
    try:
        environ = {**whatsapp.environment(graph.url), **changes, "RETOUR_HOME": str(tmp_path)}
        found = {finding.subject: finding for finding in _asked_who_we_are(Settings.load(environ), shop)}
    finally:
        graph.close()
    assert found["whatsapp"].ok is ok
    assert words in found["whatsapp"].text
