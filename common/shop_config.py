"""`retour.toml`: the shop, its suppliers and its payment service. Secrets are named, never written there."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from common import config_values as values
from common.errors import SettingsError
from common.settings import environment
from common.supplier_terms import SupplierTerms, read_terms

_ORDER_TOKEN_BYTES = 32


@dataclass(frozen=True)
class SupplierConfig:
    """One supplier. `kind` is `http` (has the generic API) or `portal` (gets signed links).

    `poll_seconds` is how often an `http` supplier is asked while an answer is due; `ships_from` the country its parcels
    to shoppers come from (empty: not known).
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
    ships_from: str = ""
    terms: SupplierTerms = field(default_factory=SupplierTerms)


@dataclass(frozen=True)
class CostConfig:
    """What the estimate of an outcome's cost takes for granted. Amounts are minor units of the shop's currency.

    `return_freight_minor` and `handling_minor` are for a parcel that comes to the shop itself; `resale_percent` is what
    an undamaged item still brings, of its wholesale price; `partial_refund_percent` what is offered to a shopper who
    keeps a flawed item, of what was paid for it.
    """

    return_freight_minor: int = 0
    handling_minor: int = 0
    resale_percent: int = 60
    partial_refund_percent: int = 30


@dataclass(frozen=True)
class PaymentConfig:
    """Where refunds are executed. `kind` is `http` (the generic payment API) or `manual` (a person pays).

    Without a `webhook_secret` the service's events are refused.
    """

    kind: str
    base_url: str = ""
    token: str = field(default="", repr=False)
    webhook_secret: str = field(default="", repr=False)


@dataclass(frozen=True)
class TemplateConfig:
    """A message that WhatsApp has approved; `language` is WhatsApp's code, `parameters` name the phrase's own."""

    name: str
    language: str
    parameters: tuple[str, ...] = ()


@dataclass(frozen=True)
class ShopConfig:
    """`order_token_secret` signs who a page's visitor is (docs/on-my-shop.md); empty means that nobody does."""

    name: str
    country: str
    currency: str
    support_email: str
    suppliers: dict[str, SupplierConfig]
    payment: PaymentConfig
    allowed_origins: tuple[str, ...]
    costs: CostConfig = field(default_factory=CostConfig)
    # By phrase of domain.yml, then by language.
    templates: dict[str, dict[str, TemplateConfig]] = field(default_factory=dict)
    order_token_secret: str = field(default="", repr=False)

    @classmethod
    def load(cls, path: Path, environ: Mapping[str, str] | None = None) -> ShopConfig:
        """Read the file; secrets come from `environ` (default: `.env` below the process environment).

        Raises SettingsError that names the file, the key and what to write there.
        """
        secrets = environment() if environ is None else environ
        try:
            # Numbers with a point stay text: an amount must not pass through binary fractions.
            content = tomllib.loads(path.read_text(encoding="utf-8"), parse_float=str)
        except OSError as error:
            raise SettingsError("shop.file", f"{path} cannot be read: {error}; copy retour.example.toml.") from error
        except tomllib.TOMLDecodeError as error:
            raise SettingsError("shop.syntax", f"{path} is not valid TOML: {error}.") from error
        shop = _table(content, "shop", path)
        currency = _text(shop, "currency", f"{path} [shop]")
        return cls(
            name=_text(shop, "name", f"{path} [shop]"),
            country=_text(shop, "country", f"{path} [shop]"),
            currency=currency,
            support_email=_text(shop, "support_email", f"{path} [shop]"),
            suppliers={
                key: _supplier(key, table, f"{path} [suppliers.{key}]", secrets, currency)
                for key, table in content.get("suppliers", {}).items()
            },
            payment=_payment(_table(content, "payment", path), f"{path} [payment]", secrets),
            allowed_origins=_origins(shop, f"{path} [shop]"),
            costs=_costs(values.table(content, "costs", str(path)), f"{path} [costs]", currency),
            templates=_templates(content, path),
            order_token_secret=_order_token_secret(shop, f"{path} [shop]", secrets),
        )


def _origins(shop: dict[str, Any], where: str) -> tuple[str, ...]:
    """Websites as a browser names them: scheme and host, no path, no wildcard."""
    origins = shop.get("allowed_origins", [])
    if not isinstance(origins, list) or not all(isinstance(entry, str) for entry in origins):
        raise SettingsError("shop.origins", f'{where} allowed_origins must be a list such as ["https://shop.example"].')
    for entry in origins:
        parts = urlsplit(entry)
        plain = f"{parts.scheme}://{parts.netloc}"
        if parts.scheme not in ("http", "https") or not parts.netloc or entry.rstrip("/") != plain or "*" in entry:
            raise SettingsError(
                "shop.origins", f'{where} allowed_origins has {entry!r}; write scheme and host: "https://shop.example".'
            )
    return tuple(origins)


def _order_token_secret(shop: dict[str, Any], where: str, environ: Mapping[str, str]) -> str:
    if "order_token_secret_env" not in shop:
        return ""
    secret = _secret(shop, "order_token_secret_env", where, environ)
    # RFC 7518, 3.2: a key for HS256 has at least the 256 bits of its hash.
    if len(secret.encode()) < _ORDER_TOKEN_BYTES:
        raise SettingsError(
            "shop.secret",
            f"{where} order_token_secret_env names a secret of {len(secret.encode())} bytes; make one of at least "
            f"{_ORDER_TOKEN_BYTES}, for example with `openssl rand -hex 32`.",
        )
    return secret


def _templates(content: dict[str, Any], path: Path) -> dict[str, dict[str, TemplateConfig]]:
    found: dict[str, dict[str, TemplateConfig]] = {}
    for phrase, languages in content.get("whatsapp", {}).get("templates", {}).items():
        for language, table in languages.items():
            where = f"{path} [whatsapp.templates.{phrase}.{language}]"
            parameters = tuple(str(name) for name in table.get("parameters", ()))
            template = TemplateConfig(_text(table, "name", where), _text(table, "language", where), parameters)
            found.setdefault(phrase, {})[language] = template
    return found


def _supplier(key: str, table: dict[str, Any], where: str, environ: Mapping[str, str], currency: str) -> SupplierConfig:
    kind = _text(table, "kind", where)
    if kind not in ("http", "portal"):
        raise SettingsError("shop.supplier_kind", f'{where} kind is {kind!r}; write "http" or "portal".')
    days = values.whole(table.get("answer_within_days", 5), where, "answer_within_days", most=365)
    terms = values.table(table, "terms", where)
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
        answer_within_days=days,
        poll_seconds=values.whole(table.get("poll_seconds", 60), where, "poll_seconds", most=86400),
        ships_from=values.country(table.get("ships_from", ""), where, "ships_from"),
        terms=read_terms(terms, f"{where[:-1]}.terms]", currency=currency, answer_within_days=days),
    )


def _costs(table: dict[str, Any], where: str, currency: str) -> CostConfig:
    usual = CostConfig()
    values.only(table, ("return_freight", "handling", "resale_percent", "partial_refund_percent"), where)
    resale = table.get("resale_percent", usual.resale_percent)
    partial = table.get("partial_refund_percent", usual.partial_refund_percent)
    return CostConfig(
        return_freight_minor=values.amount(table.get("return_freight", "0"), where, "return_freight", currency),
        handling_minor=values.amount(table.get("handling", "0"), where, "handling", currency),
        resale_percent=values.whole(resale, where, "resale_percent", least=0, most=100),
        partial_refund_percent=values.whole(partial, where, "partial_refund_percent", most=99),
    )


def _payment(table: dict[str, Any], where: str, environ: Mapping[str, str]) -> PaymentConfig:
    kind = _text(table, "kind", where)
    if kind not in ("http", "manual"):
        raise SettingsError("shop.payment_kind", f'{where} kind is {kind!r}; write "http" or "manual".')
    if kind == "manual":
        return PaymentConfig(kind)
    secret = _secret(table, "webhook_secret_env", where, environ) if "webhook_secret_env" in table else ""
    return PaymentConfig(kind, _address(table, where, environ), _secret(table, "token_env", where, environ), secret)


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
