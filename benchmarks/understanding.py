"""How well the bot understands labelled utterances: `python -m benchmarks.understanding FILE.jsonl [...]`.

A line of a file is `{"text", "label", "lang"?}`. The bot's answer is that of `retour parse`. The table shows accuracy
and macro-F1 (the mean over the labels that occur), for all lines and by language, how often a message outside the bot's
subject was taken as a task, which is the mistake that costs most, and on what share of the lines the bot acts without
asking "Did you mean ...?" first, and how many of those answers are right.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks import pictures

ROOT = Path(__file__).resolve().parents[1]
RASA_PYTHON = ROOT / ".venv" / "rasa" / "bin" / "python"
TASKS = frozenset(
    {
        "ask_refund_time",
        "ask_return_policy",
        "ask_return_shipping",
        "cancel_order",
        "change_or_cancel_return",
        "check_refund_status",
        "check_return_status",
        "report_damaged_or_defective",
        "report_lost_or_not_received",
        "report_not_as_described",
        "report_wrong_size_or_model",
        "request_exchange",
        "return_or_refund_request",
        "track_order",
    }
)
OUT_OF_SCOPE = "out_of_scope"


@dataclass(frozen=True)
class Row:
    """One utterance with the label it should get, the one it got, and how sure the bot was.

    `acts` tells that it would not ask first.
    """

    text: str
    lang: str
    expected: str
    got: str
    confidence: float
    acts: bool = True

    @property
    def right(self) -> bool:
        """Whether the labels agree."""
        return self.expected == self.got


def accuracy(rows: Sequence[Row]) -> float:
    """Share of right answers."""
    return sum(row.right for row in rows) / len(rows) if rows else 0.0


def macro_f1(rows: Sequence[Row]) -> float:
    """Mean of F1 over the labels that are expected somewhere in these rows."""
    expected, got = Counter(row.expected for row in rows), Counter(row.got for row in rows)
    right = Counter(row.expected for row in rows if row.right)
    scores = [2 * right[label] / (expected[label] + got[label]) for label in expected]
    return sum(scores) / len(scores) if scores else 0.0


def taken_as_task(rows: Sequence[Row]) -> float:
    """Share of the out-of-scope messages that were answered as a task."""
    outside = [row for row in rows if row.expected == OUT_OF_SCOPE]
    return sum(row.got in TASKS for row in outside) / len(outside) if outside else 0.0


def understand(path: Path, models: Path) -> list[Row]:
    """Have the newest model answer a file."""
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    sent = "".join(json.dumps({"text": line["text"]}, ensure_ascii=False) + "\n" for line in lines)
    command = [str(RASA_PYTHON), "-m", "components.parse", "--jsonl", "--models", str(models)]
    done = subprocess.run(command, input=sent, text=True, encoding="utf-8", cwd=ROOT, capture_output=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr.strip() or "retour parse failed")
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    return [
        Row(
            line["text"],
            str(line.get("lang", "")),
            line["label"],
            answer["label"],
            answer["confidence"],
            answer["intent"] != "nlu_fallback",
        )
        for line, answer in zip(lines, answers, strict=True)
    ]


def table(name: str, rows: Sequence[Row]) -> list[str]:
    """One line for all rows, one for each language."""
    groups = [("all", list(rows))]
    groups += [(lang, [row for row in rows if row.lang == lang]) for lang in sorted({row.lang for row in rows} - {""})]
    return [
        f"{name:<20} {group:<4} {len(members):>6} {accuracy(members):>9.3f} {macro_f1(members):>9.3f} "
        f"{taken_as_task(members):>11.3f} {len(acted) / len(members):>6.3f} {accuracy(acted):>9.3f}"
        for group, members in groups
        for acted in [[row for row in members if row.acts]]
    ]


def by_label(rows: Sequence[Row]) -> list[str]:
    """Precision and recall of each label, the weakest first."""
    lines = []
    for label in {row.expected for row in rows}:
        of_label = [row for row in rows if row.expected == label]
        as_label = [row for row in rows if row.got == label]
        hits = sum(row.right for row in of_label)
        recall, precision = hits / len(of_label), hits / len(as_label) if as_label else 0.0
        lines.append((recall + precision, f"  {label:<30} {len(of_label):>5} {precision:>9.3f} {recall:>9.3f}"))
    return [line for _, line in sorted(lines)]


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; with --labels each label's figures, with --errors each wrong answer; --pictures draws the first
    file's confusion matrix, figures by label and cost of thresholds into a folder."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("files", type=Path, nargs="+")
    options.add_argument("--models", type=Path, default=Path("models"))
    options.add_argument("--labels", action="store_true")
    options.add_argument("--errors", action="store_true")
    options.add_argument("--pictures", type=Path)
    chosen = options.parse_args(arguments)
    print(
        f"{'file':<20} {'lang':<4} {'lines':>6} {'accuracy':>9} {'macro-F1':>9} {'oos as task':>11} "
        f"{'acts':>6} {'and right':>9}"
    )
    for path in chosen.files:
        rows = understand(path, chosen.models.resolve())
        print("\n".join(table(path.stem, rows)))
        if chosen.pictures is not None and path == chosen.files[0]:
            for name, picture in pictures.all_of(rows, OUT_OF_SCOPE, TASKS).items():
                (chosen.pictures / name).write_text(picture, encoding="utf-8")
        if chosen.labels:
            print("\n".join([f"  {'label':<30} {'lines':>5} {'precision':>9} {'recall':>9}", *by_label(rows)]))
        if chosen.errors:
            wrong = sorted((row for row in rows if not row.right), key=lambda row: (row.expected, row.got))
            print("\n".join(f"  {row.expected} -> {row.got} ({row.confidence:.2f}) {row.text}" for row in wrong))
    return 0


if __name__ == "__main__":
    sys.exit(main())
