"""Settings from the environment (and `.env`); every wrong value is named in one sentence."""

from __future__ import annotations

import contextlib
import hmac
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from dotenv import dotenv_values

from common.errors import SettingsError

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class WhatsAppSettings:
    """The Cloud API of one business number; `token` empty means the channel is off."""

    api_url: str
    token: str
    phone_number_id: str
    app_secret: str
    verify_token: str


@dataclass(frozen=True)
class TelegramSettings:
    """One Telegram bot; `token` empty means the channel is off."""

    api_url: str
    token: str
    secret: str
    mode: str


@dataclass(frozen=True)
class Settings:
    """Everything the environment decides. Secrets are only here, never in `retour.toml` or a log."""

    home: Path
    database_url: str
    redis_url: str | None
    host: str
    port: int
    public_url: str
    secret_key: str
    policy_path: Path
    shop_path: Path
    rasa_url: str
    actions_url: str
    whatsapp: WhatsAppSettings
    telegram: TelegramSettings
    smtp_url: str = ""

    def __repr__(self) -> str:
        return f"Settings(home={self.home}, port={self.port}, public_url={self.public_url})"

    @property
    def rasa_token(self) -> str:
        """The secret between bot/ and Rasa's HTTP API, derived so that it need not be configured."""
        return hmac.new(self.secret_key.encode(), b"rasa-api", "sha256").hexdigest()

    @classmethod
    def load(cls, environ: Mapping[str, str] | None = None, *, root: Path = ROOT) -> Settings:
        """Read RETOUR_* from `environ` (default: `.env` below the process environment).

        Creates RETOUR_HOME and the secret key file when absent. Raises SettingsError naming the setting.
        """
        values = dict(environ) if environ is not None else environment(root)
        home = Path(values.get("RETOUR_HOME") or root / "var").resolve()
        port = _port(values)
        host = values.get("RETOUR_HOST") or "127.0.0.1"
        try:
            home.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise SettingsError("settings.home", f"RETOUR_HOME {home} cannot be created: {error}.") from error
        policy = Path(values.get("RETOUR_POLICY") or root / "policy.yml")
        shop = Path(values.get("RETOUR_SHOP") or root / "retour.toml")
        return cls(
            home=home,
            database_url=_database_url(values, home),
            redis_url=values.get("RETOUR_REDIS_URL") or None,
            host=host,
            port=port,
            public_url=_url(values, "RETOUR_PUBLIC_URL", f"http://127.0.0.1:{port}"),
            secret_key=values.get("RETOUR_SECRET_KEY") or _kept_secret(home / "secret.key"),
            policy_path=policy if policy.is_file() or "RETOUR_POLICY" in values else root / "policy.example.yml",
            shop_path=shop if shop.is_file() or "RETOUR_SHOP" in values else root / "retour.example.toml",
            rasa_url=_url(values, "RETOUR_RASA_URL", f"http://127.0.0.1:{port + 2}"),
            actions_url=_url(values, "RETOUR_ACTIONS_URL", f"http://127.0.0.1:{port + 1}"),
            whatsapp=WhatsAppSettings(
                api_url=_url(values, "RETOUR_WHATSAPP_API_URL", "https://graph.facebook.com/v23.0"),
                token=values.get("RETOUR_WHATSAPP_TOKEN", ""),
                phone_number_id=values.get("RETOUR_WHATSAPP_PHONE_NUMBER_ID", ""),
                app_secret=values.get("RETOUR_WHATSAPP_APP_SECRET", ""),
                verify_token=values.get("RETOUR_WHATSAPP_VERIFY_TOKEN", ""),
            ),
            telegram=_telegram(values),
            smtp_url=_smtp_url(values),
        )


def environment(root: Path = ROOT) -> dict[str, str]:
    """The process environment over what `.env` says."""
    from_file = {key: value for key, value in dotenv_values(root / ".env").items() if value is not None}
    return {**from_file, **os.environ}


def _port(values: Mapping[str, str]) -> int:
    text = values.get("RETOUR_PORT") or "8000"
    # Four neighbouring ports serve the private processes, so the last few are not usable.
    if not text.isdigit() or not 1 <= int(text) <= 65_530:
        raise SettingsError("settings.port", f"RETOUR_PORT is {text!r}; set it to a number from 1 to 65530.")
    return int(text)


def _url(values: Mapping[str, str], name: str, default: str) -> str:
    text = (values.get(name) or default).rstrip("/")
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise SettingsError("settings.url", f"{name} is {text!r}; set it to an address such as https://shop.example.")
    return text


def _database_url(values: Mapping[str, str], home: Path) -> str:
    text = values.get("RETOUR_DATABASE_URL") or f"sqlite:///{home / 'retour.db'}"
    if not text.startswith(("sqlite:///", "postgresql://", "postgresql+psycopg://")):
        raise SettingsError(
            "settings.database", "RETOUR_DATABASE_URL must start with sqlite:/// or postgresql://; correct its scheme."
        )
    return text


def _telegram(values: Mapping[str, str]) -> TelegramSettings:
    mode = values.get("RETOUR_TELEGRAM_MODE") or "webhook"
    if mode not in ("webhook", "polling"):
        raise SettingsError("settings.telegram_mode", f"RETOUR_TELEGRAM_MODE is {mode!r}; use webhook or polling.")
    return TelegramSettings(
        api_url=_url(values, "RETOUR_TELEGRAM_API_URL", "https://api.telegram.org"),
        token=values.get("RETOUR_TELEGRAM_TOKEN", ""),
        secret=values.get("RETOUR_TELEGRAM_SECRET", ""),
        mode=mode,
    )


def _smtp_url(values: Mapping[str, str]) -> str:
    text = values.get("RETOUR_SMTP_URL", "")
    parts = urlsplit(text)
    if text and (parts.scheme not in ("smtp", "smtps") or not parts.hostname):
        # Without the value: it may hold a password.
        raise SettingsError("settings.smtp", "RETOUR_SMTP_URL is no address such as smtp://user:password@host:587.")
    return text


def _kept_secret(path: Path) -> str:
    """The key made on first start. Two processes starting at once agree: only one creates the file."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        if not path.exists():
            descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "w", encoding="ascii") as file:
                file.write(secrets.token_urlsafe(48))
                file.flush()
                os.fsync(file.fileno())
            with contextlib.suppress(FileExistsError):
                os.link(temporary, path)
            temporary.unlink()
        key = path.read_text(encoding="ascii").strip()
    except OSError as error:
        raise SettingsError(
            "settings.secret_key", f"The secret key {path} cannot be kept: {error}; set RETOUR_SECRET_KEY."
        ) from error
    if len(key) < 32:
        raise SettingsError("settings.secret_key", f"{path} is damaged; restore it or set RETOUR_SECRET_KEY.")
    return key
