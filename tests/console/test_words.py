"""The console's own words: complete in both languages, and all that the templates ask for."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest

from actions.cases.model import STATUSES
from actions.economics.model import REMEDIES, AddendName
from actions.ledger.model import Account
from actions.policy.engine import RULES
from actions.policy.model import REASONS, LegalBasis, Outcome, Result
from actions.policy.rules.base import SENTENCES
from actions.refunds.model import RefundMethod, RefundStatus
from actions.refunds.news.model import ChargebackStatus, OutsideStatus
from actions.replacements.model import ReplacementStatus
from actions.resale.model import CONDITIONS, DISPOSITIONS
from actions.suppliers.port import RmaStatus
from common.errors import NotFoundError
from common.supplier_terms import CountsFrom, EvidenceKind
from console.render import FOLDER, Look
from console.words import choose, load

_WORDS = load()
# The keys of a policy that a rule rests on.
POLICY_KEYS = (
    "window.days", "exclusions.tags", "returnless.max_value", "automatic_refund_limit", "not_received_after_days",
    "who_pays_return", "shoppers", "outcomes",
)  # fmt: skip
NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)


def test_both_languages_have_the_same_keys_and_parameters() -> None:
    english, french = _WORDS["en"], _WORDS["fr"]
    assert english.keys() == french.keys()
    for key in english.keys():  # noqa: SIM118
        parameters = [sorted(set(re.findall(r"\{\w+\}", words.get(key)))) for words in (english, french)]
        assert parameters[0] == parameters[1], key


def test_every_key_a_template_or_page_names_exists() -> None:
    named = set()
    for path in [*FOLDER.glob("templates/*.html"), *FOLDER.glob("**/*.py")]:
        text = path.read_text(encoding="utf-8")
        named |= set(re.findall(r"""\bt\(\s*["']([a-z_.]+[a-z_])["']\s*[,)]""", text))
        named |= set(re.findall(r"""words\.get\(["']([a-z_.]+)["']\s*[,)]""", text))
        plural = re.findall(r"""(?:\btn|words\.count)\(\s*["']([a-z_.]+)["']""", text)
        named |= {f"{key}.{number}" for key in plural for number in ("one", "other")}
    missing = sorted(key for key in named if not _WORDS["en"].has(key))
    assert len(named) > 100
    assert missing == []


@pytest.mark.parametrize(
    ("group", "values"),
    [
        ("status", STATUSES),
        ("stage", STATUSES),
        ("reason", REASONS),
        ("outcome", get_args(Outcome)),
        ("basis", get_args(LegalBasis)),
        ("result", get_args(Result)),
        ("rule", [rule.id for rule in RULES]),
        ("ground", tuple(SENTENCES)),
        ("policy_key", tuple(sorted({key.partition(".")[0] for key in POLICY_KEYS}))),
        ("refund", get_args(RefundStatus)),
        ("method", get_args(RefundMethod)),
        ("claim", [status.value for status in RmaStatus]),
        ("account_kind", get_args(Account)),
        ("state", ("bot", "waiting", "human")),
        ("remedy", REMEDIES),
        ("addend", get_args(AddendName)),
        ("evidence", get_args(EvidenceKind)),
        ("condition", CONDITIONS),
        ("disposition", DISPOSITIONS),
        ("clock", ("running", "near", "missed", "met", *(f"from_{event}" for event in get_args(CountsFrom)))),
        ("chargeback", get_args(ChargebackStatus)),
        ("replacement", get_args(ReplacementStatus)),
        ("outside_kind", get_args(OutsideStatus)),
    ],
)
def test_every_value_of_a_closed_list_has_a_word(group: str, values: tuple[str, ...]) -> None:
    missing = [value for value in values if not _WORDS["en"].has(f"{group}.{value}")]
    assert missing == []


def test_an_unknown_key_is_a_mistake_and_an_unknown_value_is_shown() -> None:
    with pytest.raises(NotFoundError):
        _WORDS["en"].get("no.such.key")
    assert _WORDS["en"].name("status", "on_the_moon") == "on the moon"
    assert _WORDS["en"].name("status", None) == "–"


def test_counting_follows_the_language() -> None:
    assert _WORDS["en"].count("case.photos", 0) == "0 photos"
    assert _WORDS["fr"].count("case.photos", 0) == "0 photo"
    assert _WORDS["fr"].count("case.photos", 2) == "2 photos"


def test_a_value_with_braces_is_left_alone() -> None:
    assert _WORDS["en"].get("users.added", name="{name} {n}") == "{name} {n} can sign in now."


@pytest.mark.parametrize(
    ("preferred", "accept", "chosen"),
    [
        ("fr", "en", "fr"),
        (None, "fr-CA,en;q=0.8", "fr"),
        (None, "de,en;q=0.2,fr;q=0.9", "fr"),
        (None, "de", "en"),
        (None, "", "en"),
        ("de", "fr;q=nonsense,en", "en"),
    ],
)
def test_the_language_is_chosen(preferred: str | None, accept: str, chosen: str) -> None:
    assert choose(preferred, accept) == chosen


@pytest.mark.parametrize(
    ("ago", "english", "french"),
    [
        (timedelta(seconds=5), "just now", "à l'instant"),
        (timedelta(minutes=5), "5 min ago", "il y a 5 min"),
        (timedelta(hours=5), "5 hours ago", "il y a 5 heures"),
        (timedelta(days=3), "3 days ago", "il y a 3 jours"),
        (timedelta(days=-5), "in 5 days", "dans 5 jours"),
    ],
)
def test_time_is_told_from_now_and_carries_utc(ago: timedelta, english: str, french: str) -> None:
    at = NOW - ago
    for language, told in (("en", english), ("fr", french)):
        element = str(Look(_WORDS[language], NOW).ago(at))
        assert at.strftime('datetime="%Y-%m-%dT%H:%M:%SZ"') in element
        assert told.replace("'", "&#39;") in element


def test_facts_are_told_in_words() -> None:
    look = Look(_WORDS["en"], NOW)
    assert look.fact("claim_minor", 990, "EUR") == "€9.90"
    assert look.fact("delivered", "2026-11-19", "EUR") == "19 Nov 2026"
    assert look.fact("lifted_by_law", False, "EUR") == "no"
    assert look.fact("missing", ["value", "photos"], "EUR") == "value, photos"
    assert look.fact("payer", "shop", "EUR") == "the shop"
    assert look.fact("anything", {"a": 1}, "EUR") == "a: 1"


def test_text_is_escaped_line_by_line() -> None:
    assert str(Look(_WORDS["en"], NOW).lines("<b>\n&")) == "&lt;b&gt;<br>&amp;"
