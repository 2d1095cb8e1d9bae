"""A YAML file whose every value knows its line, read strictly: what is not known is an error, never ignored."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TypeVar, cast

import yaml

from common.errors import SettingsError
from common.money import Money, MoneyError
from common.yaml_loader import SafeLoader

T = TypeVar("T", bound=str)


class PolicyError(SettingsError):
    """A policy file that cannot be used; `problems` has one sentence each, with file and line."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("policy.invalid", " ".join(problems))
        self.problems = problems


@dataclass
class Section:
    """A mapping of the file. Each `take_` reads one key; what is wrong is noted in `problems` and a harmless value
    returned, so that one run of `check` shows everything."""

    path: Path
    name: str
    node: yaml.MappingNode | None
    line: int
    problems: list[str]
    lines: dict[str, int]
    _taken: set[str] = field(default_factory=set)

    def take_section(self, key: str) -> Section:
        node = self._value(key)
        where = self._dotted(key)
        line = self.lines.get(where, self.line)
        if node is not None and not isinstance(node, yaml.MappingNode):
            self._note(line, f"{where} holds keys of its own; write them indented below it.")
            node = None
        return Section(self.path, where, node, line, self.problems, self.lines)

    def take_days(self, key: str, *, least: int = 0, most: int = 3650) -> int:
        """A whole number of days, or of things counted."""
        node = self._scalar(key)
        if node is None:
            return least
        try:
            # base 10 only: YAML reads 014 as twelve.
            value = int(node.value, 10)
        except ValueError:
            return self._wrong(node, key, f"is {node.value!r}; write a whole number", least)
        if not least <= value <= most:
            return self._wrong(node, key, f"is {value}; write a whole number from {least} to {most}", least)
        return value

    def take_flag(self, key: str) -> bool:
        return self.take_choice(key, ("no", "yes")) == "yes"

    def take_date(self, key: str) -> date:
        node = self._scalar(key)
        if node is None:
            return date.min
        try:
            return date.fromisoformat(node.value)
        except ValueError:
            return self._wrong(node, key, f"is {node.value!r}; write a day such as 2026-06-19", date.min)

    def take_amounts(self, key: str) -> dict[str, int]:
        """Amounts by currency, in minor units."""
        section = self.take_section(key)
        amounts: dict[str, int] = {}
        for currency in section.names():
            node = section._scalar(currency)
            if node is None:
                continue
            try:
                money = Money.parse(node.value, currency)
            except MoneyError as error:
                section._wrong(node, currency, f"cannot be read: {error.message.rstrip('.')}", 0)
                continue
            if money.minor_units < 0:
                section._wrong(node, currency, "is below zero; write 0 to switch it off", 0)
                continue
            amounts[currency] = money.minor_units
        return amounts

    def take_words(self, key: str, allowed: tuple[T, ...] | None = None) -> frozenset[T]:
        """A list of words, all of them among `allowed` if that is given."""
        return frozenset(self.take_list(key, allowed))

    def take_list(self, key: str, allowed: tuple[T, ...] | None = None) -> list[T]:
        """The same in the order of the file."""
        node = self._value(key)
        if node is None:
            return []
        if not isinstance(node, yaml.SequenceNode):
            return self._wrong(node, key, "is one value; write a list such as [a, b]", [])
        words: list[T] = []
        for item in node.value:
            if not isinstance(item, yaml.ScalarNode) or not item.value:
                self._wrong(item, key, "has an entry that is not a word; write words", None)
            elif allowed is not None and item.value not in allowed:
                self._wrong(item, key, f"has {item.value!r}; choose from {', '.join(allowed)}", None)
            else:
                words.append(item.value)
        return words

    def take_choice(self, key: str, allowed: tuple[T, ...]) -> T:
        node = self._scalar(key)
        if node is None:
            return allowed[0]
        for word in allowed:
            if node.value == word:
                return word
        return self._wrong(node, key, f"is {node.value!r}; choose from {', '.join(allowed)}", allowed[0])

    def take_phrases(self, key: str) -> dict[str, dict[str, str]]:
        """Sentences by name and language: `name: {en: ..., fr: ...}`."""
        section = self.take_section(key)
        phrases: dict[str, dict[str, str]] = {}
        for name in section.names():
            phrases[name] = section.take_texts(name)
        return phrases

    def take_texts(self, key: str) -> dict[str, str]:
        """One sentence in each language."""
        texts = self.take_section(key)
        sentences = {language: texts.take_text(language) for language in ("en", "fr")}
        texts.close()
        return sentences

    def take_text(self, key: str, most: int = 300) -> str:
        node = self._scalar(key)
        if node is None:
            return ""
        if len(node.value) > most:
            return self._wrong(node, key, f"has {len(node.value)} characters; the most is {most}", "")
        return str(node.value)

    def has(self, key: str) -> bool:
        """Whether the key is written; for keys that may be left out."""
        return key in self.names()

    def note(self, key: str, what: str) -> None:
        """A mistake in what a key that was read says."""
        self._note(self.lines.get(self._dotted(key), self.line), f"{self._dotted(key)} {what}.")

    def names(self) -> list[str]:
        return [] if self.node is None else [str(key.value) for key, _ in self.node.value]

    def close(self) -> None:
        """Note every key that nobody took: a typing error must not switch a rule off silently."""
        for key, _ in self.node.value if self.node is not None else ():
            if key.value not in self._taken:
                known = ", ".join(sorted(self._taken))
                self._note(key.start_mark.line + 1, f"{self._dotted(key.value)} is not known; here stand {known}.")

    def _value(self, key: str) -> yaml.Node | None:
        self._taken.add(key)
        found = [pair for pair in (self.node.value if self.node is not None else ()) if pair[0].value == key]
        if not found:
            # A section that is missing as a whole is one mistake, not one for each of its keys.
            if self.node is not None:
                self._note(self.line, f"{self._dotted(key)} is missing; see policy.example.yml.")
            return None
        if len(found) > 1:
            self._note(found[1][0].start_mark.line + 1, f"{self._dotted(key)} is written twice; keep one.")
        name, node = found[0]
        self.lines[self._dotted(key)] = name.start_mark.line + 1
        return cast("yaml.Node", node)

    def _scalar(self, key: str) -> yaml.ScalarNode | None:
        node = self._value(key)
        if node is None or isinstance(node, yaml.ScalarNode):
            return node
        return self._wrong(node, key, "holds a list or keys; write one value", None)

    def _wrong(self, node: yaml.Node, key: str, what: str, instead: D) -> D:
        self._note(node.start_mark.line + 1, f"{self._dotted(key)} {what}.")
        return instead

    def _note(self, line: int, sentence: str) -> None:
        self.problems.append(f"{self.path}:{line}: {sentence}")

    def _dotted(self, key: str) -> str:
        return f"{self.name}.{key}" if self.name else key


D = TypeVar("D")


def text_of(path: Path) -> str:
    """The file's text. Raises PolicyError when it cannot be read."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise PolicyError([f"{path} cannot be read: {error}; copy policy.example.yml."]) from error


def root_of(text: str, path: Path) -> Section:
    """The top mapping of a file with that text. Raises PolicyError when it is not YAML or not a mapping."""
    try:
        node = yaml.compose(text, Loader=SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark is not None else 1
        raise PolicyError([f"{path}:{line}: this is not YAML: {error.problem}."]) from error
    except yaml.YAMLError as error:
        raise PolicyError([f"{path}: this is not YAML: {error}."]) from error
    if not isinstance(node, yaml.MappingNode):
        raise PolicyError([f"{path}:1: the file is empty or not a set of keys; copy policy.example.yml."])
    return Section(path, "", node, 1, [], {})
