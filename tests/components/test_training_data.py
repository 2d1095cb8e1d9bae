"""The training examples: enough of them in every file, and no text under two intents."""

import json
import re
from collections import Counter
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from components.language import detect

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted((ROOT / "data" / "nlu").glob("*.yml"))
EVALUATION = ROOT.parent / "shared" / "eval" / "dev.jsonl"
# Intents of a word or two, for which there are not forty ways to say them.
SMALL = {"switch_language": 20, "inform_email": 20}


def examples():
    for path in FILES:
        for block in YAML(typ="safe").load(path)["nlu"]:
            for line in block["examples"].splitlines():
                yield block["intent"], line.removeprefix("- ").strip()


def bare(text):
    return re.sub(r"[^\w ]", "", text.lower()).strip() or text


def test_no_text_twice():
    counts = Counter(bare(text) for _, text in examples())
    assert [text for text, count in counts.items() if count > 1] == []


def test_the_fallback_has_no_examples():
    assert "nlu_fallback" not in {intent for intent, _ in examples()}


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_intent_is_deep_enough_in_both_languages(language):
    counts = Counter(intent for intent, text in examples() if detect(text).code == language)
    thin = {
        intent: counts[intent]
        for intent in {intent for intent, _ in examples()}
        if counts[intent] < SMALL.get(intent, 35)
    }
    assert thin == {}


def test_neither_language_has_less_than_half_of_the_other():
    counts = Counter(detect(text).code for _, text in examples())
    assert min(counts["fr"], counts["en"]) / max(counts["fr"], counts["en"]) > 0.5


def test_no_sentence_of_the_evaluation_set():
    """Of one or two words everybody writes the same; a sentence must be our own."""
    if not EVALUATION.is_file():
        pytest.skip("the evaluation set is not here")
    lines = EVALUATION.read_text(encoding="utf-8").splitlines()
    theirs = {bare(json.loads(line)["text"]) for line in lines}
    assert [text for _, text in examples() if len(text.split()) > 2 and bare(text) in theirs] == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_addresses_are_of_nobody(path):
    addresses = re.findall(r"@([\w.-]+\w)", path.read_text(encoding="utf-8"))
    assert set(addresses) <= {"example.com", "example.org", "example.fr"}
