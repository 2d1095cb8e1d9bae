"""Understand one utterance a line: `python -m components.parse [--jsonl] [--models FOLDER] < lines`.

One JSON object a line comes back, in the same order:
`{"text", "intent", "confidence", "language", "entities": [{"entity", "value", "start", "end"}], "label"}`.
`label` is the intent's name in the evaluation set (`benchmarks/labels.yml`); `language` is always fr or en.
Where the bot would ask instead of acting, the intent is nlu_fallback; label and confidence are the likeliest meaning's.
With --jsonl a line may also be a JSON string or an object with "text"; any other line is taken as it stands.
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from components.lean import newest_model, prepare

FALLBACK = "nlu_fallback"
LABELS = Path(__file__).resolve().parents[1] / "benchmarks" / "labels.yml"


class NoModel(Exception):
    """There is no trained model to parse with."""


class Parser:
    """The newest model of a folder, ready to parse."""

    def __init__(self, models: Path, labels: Path = LABELS) -> None:
        """Load the model; raises NoModel."""
        newest = newest_model(models)
        if newest is None:
            raise NoModel(f"No model in {models}: run `retour train` first.")
        from rasa.core.lock_store import InMemoryLockStore
        from rasa.core.nlg.response import TemplatedNaturalLanguageGenerator
        from rasa.core.processor import MessageProcessor
        from rasa.core.tracker_store import InMemoryTrackerStore
        from rasa.shared.core.domain import Domain
        from rasa.utils.log_utils import configure_structlog

        # Standard output is for answers alone.
        logging.disable(logging.WARNING)
        configure_structlog(logging.ERROR)
        self._labels = _read_labels(labels)
        self._processor = MessageProcessor(
            model_path=newest,
            tracker_store=InMemoryTrackerStore(Domain.empty()),
            lock_store=InMemoryLockStore(),
            generator=TemplatedNaturalLanguageGenerator({}),
        )

    def parse(self, texts: Sequence[str]) -> list[dict[str, Any]]:
        """What the bot understands of each text, in the shape of the contract.

        One run of the graph for all of them: its overhead is larger than the work for a single message.
        """
        from rasa.core.channels.channel import UserMessage
        from rasa.core.processor import PLACEHOLDER_MESSAGE

        # As in the bot: a typed slash is a character, never a command to Rasa.
        typed = [f"\u200b{text}" if text.lstrip().startswith("/") else text for text in texts]
        target = self._processor.model_metadata.nlu_target
        answer = self._processor.graph_runner.run(
            inputs={PLACEHOLDER_MESSAGE: [UserMessage(text) for text in typed]}, targets=[target]
        )
        found = [message.as_dict(only_output_properties=True) for message in answer[target]]
        triples = zip(texts, found, typed, strict=True)
        return [self._answer(text, result, len(sent) - len(text)) for text, result, sent in triples]

    def _answer(self, text: str, found: dict[str, Any], moved: int) -> dict[str, Any]:
        from components.language import detect

        name = (found.get("intent") or {}).get("name") or FALLBACK
        meant = [item for item in found.get("intent_ranking") or [] if item["name"] != FALLBACK]
        likeliest = meant[0] if meant else {"name": FALLBACK, "confidence": 0.0}
        return {
            "text": text,
            "intent": name,
            "confidence": round(float(likeliest["confidence"]), 4),
            "language": detect(text).code,
            "entities": [_entity(item, moved) for item in found.get("entities", []) if item["entity"] != "language"],
            "label": self._labels.get(likeliest["name"], likeliest["name"]),
        }


def _entity(entity: dict[str, Any], moved: int) -> dict[str, Any]:
    return {
        "entity": entity["entity"],
        "value": entity["value"],
        "start": max(0, entity["start"] - moved),
        "end": entity["end"] - moved,
    }


def _read_labels(path: Path) -> dict[str, str]:
    from ruamel.yaml import YAML

    return dict(YAML(typ="safe").load(path) or {}) if path.is_file() else {}


def utterances(lines: Iterable[str], *, jsonl: bool) -> Iterator[str]:
    """The utterance of each line; every line gives exactly one, an empty one too."""
    for line in lines:
        bare = line.rstrip("\r\n")
        yield _text_of_json(bare) if jsonl else bare


def _text_of_json(line: str) -> str:
    try:
        value = json.loads(line)
    except ValueError:
        return line
    if isinstance(value, dict) and isinstance(value.get("text"), str):
        return str(value["text"])
    return value if isinstance(value, str) else line


def _batches(texts: Iterable[str], size: int = 128) -> Iterator[list[str]]:
    batch: list[str] = []
    for text in texts:
        batch.append(text)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


def main(arguments: Sequence[str] | None = None) -> int:
    """Read standard input to its end, write the answers; 2 if there is no model."""
    options = argparse.ArgumentParser(prog="retour parse", description=__doc__)
    options.add_argument("--jsonl", action="store_true", help="lines may be JSON strings or objects with a text")
    options.add_argument("--models", type=Path, default=Path("models"), help="folder of models, or one model")
    chosen = options.parse_args(arguments)
    prepare()
    for stream in (sys.stdin, sys.stdout):
        stream.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    try:
        parser = Parser(chosen.models)
    except NoModel as error:
        print(error, file=sys.stderr)
        return 2
    lines: list[str] = sys.stdin.read().split("\n")
    if lines and not lines[-1]:
        lines.pop()
    for batch in _batches(utterances(lines, jsonl=chosen.jsonl)):
        for answer in parser.parse(batch):
            sys.stdout.write(json.dumps(answer, ensure_ascii=False) + "\n")
    sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
