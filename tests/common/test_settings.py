"""Settings: defaults, and one sentence for each wrong value."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from common.errors import SettingsError
from common.settings import Settings


def load(tmp_path: Path, **values: str) -> Settings:
    return Settings.load({"RETOUR_HOME": str(tmp_path / "home"), **values}, root=tmp_path)


def test_defaults_need_nothing_set(tmp_path: Path) -> None:
    settings = load(tmp_path)
    assert settings.port == 8000
    assert settings.database_url == f"sqlite:///{tmp_path / 'home' / 'retour.db'}"
    assert settings.rasa_url == "http://127.0.0.1:8002"
    assert settings.policy_path == tmp_path / "policy.example.yml"


def test_a_policy_of_the_shop_replaces_the_example(tmp_path: Path) -> None:
    (tmp_path / "policy.yml").write_text("window: 30\n")
    assert load(tmp_path).policy_path == tmp_path / "policy.yml"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("RETOUR_PORT", "eighty"),
        ("RETOUR_PORT", "0"),
        ("RETOUR_PORT", "70000"),
        ("RETOUR_PUBLIC_URL", "shop.example"),
        ("RETOUR_RASA_URL", "ftp://127.0.0.1"),
        ("RETOUR_DATABASE_URL", "mysql://127.0.0.1/retour"),
        ("RETOUR_TELEGRAM_MODE", "carrier-pigeon"),
    ],
)
def test_a_wrong_value_is_named_in_one_sentence(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(SettingsError) as refusal:
        load(tmp_path, **{name: value})
    assert name in refusal.value.message
    assert refusal.value.message.endswith(".")
    assert "\n" not in refusal.value.message


def test_the_secret_key_is_made_once_and_readable_by_its_owner_only(tmp_path: Path) -> None:
    first = load(tmp_path)
    assert load(tmp_path).secret_key == first.secret_key
    assert len(first.secret_key) >= 32
    assert stat.S_IMODE((tmp_path / "home" / "secret.key").stat().st_mode) == 0o600


def test_a_damaged_secret_key_stops_the_start(tmp_path: Path) -> None:
    load(tmp_path)
    (tmp_path / "home" / "secret.key").write_text("short")
    with pytest.raises(SettingsError, match="damaged"):
        load(tmp_path)


def test_secrets_do_not_show_when_settings_are_printed(tmp_path: Path) -> None:
    settings = load(tmp_path, RETOUR_SECRET_KEY="k" * 40, RETOUR_WHATSAPP_TOKEN="very-secret")
    assert "kkkk" not in repr(settings)
    assert "very-secret" not in repr(settings)
