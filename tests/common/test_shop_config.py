"""`retour.toml`: what is wrong in it is named, and secrets come from the environment or `.env`."""

from __future__ import annotations

from pathlib import Path

import pytest

from common.errors import SettingsError
from common.settings import environment
from common.shop_config import ShopConfig

SHOP = """
[shop]
name = "Your shop"
country = "FR"
currency = "EUR"
support_email = "help@your-shop.example"
{more}
[payment]
kind = "manual"
"""


def load(folder: Path, more: str, **environ: str) -> ShopConfig:
    path = folder / "retour.toml"
    path.write_text(SHOP.format(more=more), encoding="utf-8")
    return ShopConfig.load(path, environ)


def test_without_a_secret_nobody_signs(tmp_path: Path) -> None:
    assert load(tmp_path, "").order_token_secret == ""


def test_the_secret_of_order_tokens_is_named_and_long(tmp_path: Path) -> None:
    more = 'order_token_secret_env = "MY_SECRET"'
    found = load(tmp_path, more, MY_SECRET="s" * 32)
    assert found.order_token_secret == "s" * 32
    assert "sss" not in repr(found)
    for environ, word in (({}, "MY_SECRET"), ({"MY_SECRET": "s" * 31}, "openssl rand")):
        with pytest.raises(SettingsError, match=word):
            load(tmp_path, more, **environ)


@pytest.mark.parametrize(
    "origins",
    ['"https://shop.example"', '["shop.example"]', '["https://shop.example/shop"]', '["https://*.shop.example"]',
     '["*"]', "[7]", '["https://"]', '["ftp://shop.example"]'],
)  # fmt: skip
def test_an_origin_no_browser_sends_is_refused_at_start(tmp_path: Path, origins: str) -> None:
    with pytest.raises(SettingsError, match=r"https://shop\.example"):
        load(tmp_path, f"allowed_origins = {origins}")


def test_origins_are_scheme_and_host(tmp_path: Path) -> None:
    found = load(tmp_path, 'allowed_origins = ["https://shop.example", "http://localhost:3000/"]')
    assert found.allowed_origins == ("https://shop.example", "http://localhost:3000/")


def test_a_secret_may_stand_in_the_env_file_and_the_environment_wins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".env").write_text("MY_SECRET=from-the-file\n", encoding="utf-8")
    monkeypatch.delenv("MY_SECRET", raising=False)
    assert environment(tmp_path)["MY_SECRET"] == "from-the-file"
    monkeypatch.setenv("MY_SECRET", "from-the-process")
    assert environment(tmp_path)["MY_SECRET"] == "from-the-process"
