"""How well facts are read out of messages: `python -m benchmarks.entities [--errors]`.

Two labelled sets, both written for this: `entities/references.txt` (language | message | what it holds, in any order)
goes through `retour parse`, `entities/products.yml` through the matching of order lines. Precision, recall and F1 are
counted over single facts. Dates are written relative to the day of the run: `today-3`, `last-tue`, `past-03-12` (the
latest 12 March), `today-1m` (one month).
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from actions.catalogue.matching import NamedLine, match_lines
from actions.dialogue.lexicon import things_named
from benchmarks.understanding import RASA_PYTHON, ROOT

FOLDER = Path(__file__).parent / "entities"
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class Sentence(NamedTuple):
    """A message with the facts it holds and those that were found in it, each a kind and a value."""

    lang: str
    text: str
    expected: Counter[tuple[str, str]]
    found: Counter[tuple[str, str]]


def day(written: str, today: date) -> str:
    """The ISO date that an expectation means on the day of the run."""
    kind, _, rest = written.partition("-")
    if kind == "today":
        if rest.endswith("m"):
            month = today.replace(day=1) - timedelta(days=1)
            return month.replace(day=min(today.day, month.day)).isoformat()
        return (today - timedelta(days=int(rest or 0))).isoformat()
    if kind == "last":
        return (today - timedelta(days=(today.weekday() - _DAYS.index(rest) - 1) % 7 + 1)).isoformat()
    if kind == "past":
        this_year = date(today.year, *map(int, rest.split("-")))
        return (this_year if this_year <= today else this_year.replace(year=today.year - 1)).isoformat()
    return written


def references(models: Path) -> list[Sentence]:
    """The first set, as the newest model reads it."""
    lines = [
        line.split("|") for line in (FOLDER / "references.txt").read_text(encoding="utf-8").splitlines() if "|" in line
    ]
    sent = "".join(json.dumps({"text": text}) + "\n" for _, text, _ in lines)
    command = [str(RASA_PYTHON), "-m", "components.parse", "--jsonl", "--models", str(models)]
    today = datetime.now(UTC).date()
    done = subprocess.run(command, input=sent, text=True, encoding="utf-8", cwd=ROOT, capture_output=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr.strip() or "retour parse failed")
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    today = datetime.now(UTC).date()
    return [
        Sentence(
            lang,
            text,
            Counter(_expected(facts, today)),
            Counter((item["entity"], str(item["value"])) for item in answer["entities"]),
        )
        for (lang, text, facts), answer in zip(lines, answers, strict=True)
    ]


def _expected(facts: str, today: date) -> Iterator[tuple[str, str]]:
    for fact in filter(None, facts.split(";")):
        kind, _, value = fact.partition("=")
        yield kind, day(value, today) if kind == "date" else value


def products() -> list[Sentence]:
    """The second set. A line that is to be asked for counts apart from one that is meant without a doubt."""
    content: Any = yaml.safe_load((FOLDER / "products.yml").read_text(encoding="utf-8"))
    orders = {
        name: [NamedLine(line, "", tuple(facts["names"]), facts["quantity"]) for line, facts in lines.items()]
        for name, lines in content["orders"].items()
    }
    rows = []
    for item in content["sentences"]:
        found = match_lines(things_named(item["text"]), orders[item["order"]], item["lang"])
        expected = Counter(("product", f"{kind} {line}") for kind in ("sure", "choose") for line in item.get(kind, ()))
        got = Counter(("product", f"{found.kind} {match.line_id}") for match in found.lines)
        rows.append(Sentence(item["lang"], f"{item['order']}: {item['text']}", expected, got))
    return rows


def table(rows: Sequence[Sentence]) -> list[str]:
    """Precision, recall and F1 by kind and language."""
    counts: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for row in rows:
        for part, facts in (
            ("hit", row.expected & row.found),
            ("missed", row.expected - row.found),
            ("wrong", row.found - row.expected),
        ):
            for (kind, _), count in facts.items():
                counts[kind, row.lang][part] += count
                counts[kind, "both"][part] += count
    lines = [f"{'entity':<14} {'lang':<5} {'facts':>6} {'precision':>10} {'recall':>8} {'F1':>8}"]
    for (kind, lang), count in sorted(counts.items()):
        hit, missed, wrong = count["hit"], count["missed"], count["wrong"]
        precision, recall = hit / max(1, hit + wrong), hit / max(1, hit + missed)
        score = 2 * hit / max(1, 2 * hit + missed + wrong)
        lines.append(f"{kind:<14} {lang:<5} {hit + missed:>6} {precision:>10.3f} {recall:>8.3f} {score:>8.3f}")
    return lines


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; with --errors each sentence that was not read as labelled."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--models", type=Path, default=Path("models"))
    options.add_argument("--errors", action="store_true")
    chosen = options.parse_args(arguments)
    rows = [*references(chosen.models.resolve()), *products()]
    print(f"{len(rows)} sentences")
    print("\n".join(table(rows)))
    if chosen.errors:
        for row in rows:
            if row.expected != row.found:
                print(f"  {row.text}\n    expected {sorted(row.expected)}\n    found    {sorted(row.found)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
