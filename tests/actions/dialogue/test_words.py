"""The words shoppers read: every phrase the code names exists, in both languages, with the same parameters."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml

from actions.cases.model import Status
from actions.dialogue.case_status import CaseStatusForm
from actions.dialogue.open_return import OUTCOMES, OpenReturnForm
from actions.dialogue.registry import dialogue_actions
from actions.policy.model import BASES, REASONS
from common.phrases import Phrases
from common.settings import ROOT

DOMAIN = ROOT / "domain.yml"
_NAME = re.compile(r"utter_[a-z_]+[a-z]")
_PARAMETER = re.compile(r"\{(\w+)\}")
# The rules that may call a person.
PERSON_RULES = (
    "ceiling", "order_state", "shopper", "window", "exclusions", "not_received", "presumption", "photos",
    "automatic_refund_limit", "wish",
)  # fmt: skip
# Built from a prefix and one of these.
_STATUSES = get_args(Status)
_FAMILIES = {
    "utter_status_": _STATUSES,
    "utter_label_reason_": REASONS,
    "utter_label_outcome_": (*OUTCOMES, "return", "refund_without_return"),
    "utter_slip_": ("title", "return_to", "rma", "reference", "deadline", "items", "cut", "note"),
    "utter_decided_return_": ("shop", "shopper"),
    "utter_photo_": ("too_dark", "too_bright", "too_blurred", "same_photo_twice"),
    "utter_ask_": ("reason", "description", "seal", "outcome", "change"),
    "utter_explain_": ("reason", "description", "seal", "outcome", "change"),
    "utter_label_ask_": ("request", "withdrawal"),
    "utter_label_confirm_": ("request", "withdrawal"),
    "utter_receipt_": ("title", "statement", "received", "reference", "order", "shopper", "items", "note"),
    "utter_because_": (*BASES, *(f"person_{rule}" for rule in (*PERSON_RULES, "other"))),
}
_OTHER_NAMES = {"utter_message", "utter_action"}


@cache
def domain() -> dict[str, Any]:
    content = yaml.load(DOMAIN.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    assert isinstance(content, dict)
    return content


def python_files() -> list[Path]:
    return [
        path
        for part in ("actions", "bot", "common", "console", "retour")
        for path in sorted((ROOT / part).rglob("*.py"))
        if "node_modules" not in path.parts
    ]


def named_responses() -> set[str]:
    """Every whole string in the code that is the name of a response."""
    names = set()
    for path in python_files():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and _NAME.fullmatch(node.value):
                names.add(node.value)
    return names - _OTHER_NAMES


def test_every_response_named_in_the_code_is_in_the_domain() -> None:
    known = set(domain()["responses"])
    missing = {name for name in named_responses() if name not in known}
    assert missing == set()


@pytest.mark.parametrize("prefix", sorted(_FAMILIES))
def test_every_response_put_together_in_the_code_is_in_the_domain(prefix: str) -> None:
    known = set(domain()["responses"])
    assert {prefix + ending for ending in _FAMILIES[prefix]} - known == set()


def test_every_parameter_of_a_response_is_given_where_it_is_said() -> None:
    phrases = Phrases(domain()["responses"])
    lacking = set()
    for where, name, given in _spoken():
        wanted = set(_PARAMETER.findall(phrases.render(name, "en").text))
        if not wanted <= given:
            lacking.add((where, name, *sorted(wanted - given)))
    assert lacking == set()


def _spoken() -> Iterator[tuple[str, str, set[str]]]:
    """Every `say(name, key=...)` and `tell(..., name, parameters={...})` whose parameters stand in the code."""
    for path in python_files():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                continue
            keywords = {keyword.arg: keyword.value for keyword in node.keywords}
            if node.func.attr == "say" and None not in keywords:
                given = {key for key in keywords if key}
            elif node.func.attr == "tell":
                parameters = keywords.get("parameters")
                if parameters is not None and not isinstance(parameters, ast.Dict):
                    continue
                keys = parameters.keys if isinstance(parameters, ast.Dict) else []
                given = {"reference"} | {str(key.value) for key in keys if isinstance(key, ast.Constant)}
            else:
                continue
            for argument in node.args:
                for part in ast.walk(argument):
                    if isinstance(part, ast.Constant) and _NAME.fullmatch(str(part.value)):
                        yield path.name, str(part.value), given


def test_no_response_stands_twice_in_the_file() -> None:
    names = re.findall(r"^  (utter_\w+):", DOMAIN.read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(names) == sorted(set(names))


@pytest.mark.parametrize("name", sorted(domain()["responses"]))
def test_a_response_says_the_same_in_both_languages(name: str) -> None:
    variations = domain()["responses"][name]
    assert [bool(item.get("condition")) for item in variations] == [True, False], (
        "French first, then English as default"
    )
    phrases = Phrases(domain()["responses"])
    french, english = phrases.render(name, "fr"), phrases.render(name, "en")
    assert set(_PARAMETER.findall(french.text)) == set(_PARAMETER.findall(english.text))
    assert french.text != english.text
    other_language = {"/switch_language"}
    payloads = [[button["payload"].split("{")[0] for button in side.buttons] for side in (french, english)]
    assert payloads[0] == payloads[1]
    values = [
        [button["payload"] for button in side.buttons if button["payload"].split("{")[0] not in other_language]
        for side in (french, english)
    ]
    assert values[0] == values[1]
    for side in (french, english):
        assert "—" not in side.text
        assert len(side.text) < 400


def test_french_is_polite_and_typeset() -> None:
    phrases = Phrases(domain()["responses"])
    for name in phrases.names():
        text = phrases.render(name, "fr").text
        assert not re.search(r"(?<!\w)(?:tu|toi|ton|ta|tes)(?!\w)", text), name
        assert not re.search(r"\w[?!;:](?!\w|//)", re.sub(r"\{\w+\}", "x", text)) or name == "utter_readback", name


def test_no_response_is_left_that_nobody_says() -> None:
    code = "\n".join(path.read_text(encoding="utf-8") for path in python_files())
    # The edge has two more for channels that are configured later.
    unused = {
        name for name in domain()["responses"] if name not in code and not name.startswith((*_FAMILIES, "utter_edge_"))
    }
    # These only lend their buttons to others, by reference inside the file.
    assert unused - {"utter_label_no_more_photos", "utter_label_photos_none"} == set()


def test_every_action_of_the_domain_is_registered_and_the_other_way_round() -> None:
    registered = [action.name() for action in dialogue_actions(None)]  # type: ignore[arg-type]
    assert sorted(registered) == sorted(domain()["actions"])


def test_every_slot_the_code_sets_is_in_the_domain() -> None:
    slots = set(domain()["slots"]) | {"requested_slot", "session_started_metadata"}
    used = set()
    for path in sorted((ROOT / "actions" / "dialogue").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                pattern = r"(?:identify|open_return|case_status|repair|dialogue)_[a-z_]*[a-z]"
                if re.fullmatch(pattern, node.value) and not node.value.endswith("_form"):
                    used.add(node.value)
    assert used - slots == set()


def test_digressions_of_the_forms_are_what_the_rules_answer() -> None:
    for form in (OpenReturnForm, CaseStatusForm):
        assert _intents_with_a_rule(form.form) == form.digressions


def _intents_with_a_rule(form: str) -> set[str]:
    """Intents of rules that begin while this form is open."""
    intents: set[str] = set()
    for path in sorted((ROOT / "data" / "rules").glob("*.yml")):
        for rule in yaml.safe_load(path.read_text(encoding="utf-8"))["rules"]:
            if {"active_loop": form} not in rule.get("condition", []):
                continue
            first = rule["steps"][0]
            intents |= {item["intent"] for item in first.get("or", [first]) if "intent" in item}
    return intents
