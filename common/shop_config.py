"""`retour.toml`: the shop, its suppliers and its payment service. Secrets are named, never written there."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from common.errors import SettingsError


@dataclass(frozen=True)
class SupplierConfig:
    """One supplier. `kind` is `http` (has the generic API) or `portal` (gets signed links).

    `poll_seconds` is how often an `http` supplier is asked while an answer is due.
    """

    id: str
    name: str
    kind: str
    language: str = "en"
    email: str = ""
    base_url: str = ""
    token: str = field(default="", repr=False)
    webhook_secret: str = field(default="", repr=False)
    return_address: str = ""
    answer_within_days: int = 5
    poll_seconds: int = 60


@dataclass(frozen=True)
class PaymentConfig:
    """Where refunds are executed. `kind` is `http` (the generic payment API) or `manual` (a person pays)."""

    kind: str
    base_url: str = ""
    token: str = field(default="", repr=False)


@dataclass(frozen=True)
class TemplateConfig:
    """A message that WhatsApp has approved; `language` is WhatsApp's code, `parameters` name the phrase's own."""

    name: str
    language: str
    parameters: tuple[str, ...] = ()


@dataclass(frozen=True)
class ShopConfig:
    name: str
    country: str
    currency: str
    support_email: str
    suppliers: dict[str, SupplierConfig]
    payment: PaymentConfig
    allowed_origins: tuple[str, ...]
    # By phrase of domain.yml, then by language.
    templates: dict[str, dict[str, TemplateConfig]] = field(default_factory=dict)

    @classmethod
    def load(cls, path: Path, environ: Mapping[str, str] | None = None) -> ShopConfig:
        """Read the file. Raises SettingsError that names the file, the key and what to write there."""
        values = os.environ if environ is None else environ
        try:
            content = tomllib.loads(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise SettingsError("shop.file", f"{path} cannot be read: {error}; copy retour.example.toml.") from error
        except tomllib.TOMLDecodeError as error:
            raise SettingsError("shop.syntax", f"{path} is not valid TOML: {error}.") from error
        shop = _table(content, "shop", path)
        return cls(
            name=_text(shop, "name", f"{path} [shop]"),
            country=_text(shop, "country", f"{path} [shop]"),
            currency=_text(shop, "currency", f"{path} [shop]"),
            support_email=_text(shop, "support_email", f"{path} [shop]"),
            suppliers={
                key: _supplier(key, table, f"{path} [suppliers.{key}]", values)
                for key, table in content.get("suppliers", {}).items()
            },
            payment=_payment(_table(content, "payment", path), f"{path} [payment]", values),
            allowed_origins=tuple(shop.get("allowed_origins", ())),
            templates=_templates(content, path),
        )


def _templates(content: dict[str, Any], path: Path) -> dict[str, dict[str, TemplateConfig]]:
    found: dict[str, dict[str, TemplateConfig]] = {}
    for phrase, languages in content.get("whatsapp", {}).get("templates", {}).items():
        for language, table in languages.items():
            where = f"{path} [whatsapp.templates.{phrase}.{language}]"
            parameters = tuple(str(name) for name in table.get("parameters", ()))
            template = TemplateConfig(_text(table, "name", where), _text(table, "language", where), parameters)
            found.setdefault(phrase, {})[language] = template
    return found


def _supplier(key: str, table: dict[str, Any], where: str, environ: Mapping[str, str]) -> SupplierConfig:
    kind = _text(table, "kind", where)
    if kind not in ("http", "portal"):
        raise SettingsError("shop.supplier_kind", f'{where} kind is {kind!r}; write "http" or "portal".')
    return SupplierConfig(
        id=key,
        name=_text(table, "name", where),
        kind=kind,
        language=table.get("language", "en"),
        email=table.get("email", ""),
        base_url=_address(table, where, environ) if kind == "http" else "",
        token=_secret(table, "token_env", where, environ) if kind == "http" else "",
        webhook_secret=_secret(table, "webhook_secret_env", where, environ) if kind == "http" else "",
        return_address=table.get("return_address", ""),
        answer_within_days=int(table.get("answer_within_days", 5)),
        poll_seconds=int(table.get("poll_seconds", 60)),
    )


def _payment(table: dict[str, Any], where: str, environ: Mapping[str, str]) -> PaymentConfig:
    kind = _text(table, "kind", where)
    if kind not in ("http", "manual"):
        raise SettingsError("shop.payment_kind", f'{where} kind is {kind!r}; write "http" or "manual".')
    if kind == "manual":
        return PaymentConfig(kind)
    return PaymentConfig(kind, _address(table, where, environ), _secret(table, "token_env", where, environ))


def _table(content: dict[str, Any], key: str, path: Path) -> dict[str, Any]:
    table = content.get(key)
    if not isinstance(table, dict):
        raise SettingsError("shop.missing", f"{path} has no table [{key}]; see retour.example.toml.")
    return table


def _text(table: dict[str, Any], key: str, where: str) -> str:
    value = table.get(key)
    if not isinstance(value, str) or not value:
        raise SettingsError("shop.missing", f"{where} needs {key}; see retour.example.toml.")
    return value


def _address(table: dict[str, Any], where: str, environ: Mapping[str, str]) -> str:
    """`base_url` as it is written, or what the environment variable named by `base_url_env` holds."""
    name = table.get("base_url_env")
    address = environ.get(name, "") if isinstance(name, str) else _text(table, "base_url", where)
    if not address.startswith(("http://", "https://")):
        raise SettingsError(
            "shop.address", f"{where} has {address!r} for {name or 'base_url'}; write an http(s) address."
        )
    return address.rstrip("/")


def _secret(table: dict[str, Any], key: str, where: str, environ: Mapping[str, str]) -> str:
    name = _text(table, key, where)
    value = environ.get(name, "")
    if not value:
        raise SettingsError("shop.secret", f"{where} takes its secret from {name}, which is not set; set it.")
    return value
