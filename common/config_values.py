"""Values of a configuration file, each read with one clear sentence for what does not fit.

`where` is the file and the table, as a message names it. Every reader raises SettingsError `config.value`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from common.errors import SettingsError
from common.money import Money, MoneyError


def wrong(where: str, key: str, value: object, what: str) -> SettingsError:
    """The error for a value that does not fit; `what` says what to write."""
    return SettingsError("config.value", f"{where} {key} is {value!r}; write {what}.")


def table(content: Mapping[str, Any], key: str, where: str) -> dict[str, Any]:
    """The table below that key; an empty one when there is none."""
    value = content.get(key, {})
    if not isinstance(value, dict):
        raise wrong(where, key, value, f"a table, as in retour.example.toml under {key}")
    return value


def only(content: Mapping[str, Any], names: Iterable[str], where: str) -> None:
    """Nothing but these keys: a mistyped one must not be taken for an absent one."""
    allowed = sorted(names)
    for key in content:
        if key not in allowed:
            raise SettingsError("config.value", f"{where} has the unknown key {key}; use one of {', '.join(allowed)}.")


def yes_or_no(value: object, where: str, key: str) -> bool:
    if not isinstance(value, bool):
        raise wrong(where, key, value, "true or false")
    return value


def whole(value: object, where: str, key: str, *, least: int = 1, most: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise wrong(where, key, value, f"a whole number from {least} to {most}")
    return value


def choice(value: object, choices: tuple[str, ...], where: str, key: str) -> str:
    if value not in choices:
        raise wrong(where, key, value, f"one of {', '.join(choices)}")
    return str(value)


def items(value: object, where: str, key: str) -> list[Any]:
    if not isinstance(value, list):
        raise wrong(where, key, value, "a list in square brackets")
    return value


def amount(value: object, where: str, key: str, currency: str) -> int:
    """Minor units. The file is read with numbers as text, so that no cent is lost on the way."""
    try:
        minor = Money.parse(str(value), currency).minor_units if not isinstance(value, bool) else -1
    except MoneyError:
        minor = -1
    if minor < 0:
        raise wrong(where, key, value, f"an amount in {currency} such as 6.90")
    return minor


def country(value: object, where: str, key: str) -> str:
    """Two capitals, or empty for a country that is not known."""
    if not isinstance(value, str) or (value and not (len(value) == 2 and value.isascii() and value.isupper())):
        raise wrong(where, key, value, 'two capitals such as "CN"')
    return value
