"""The figures of a run, by persona and by goal, and the conversations that failed, word for word."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.shoppers.judge import Verdict
from benchmarks.shoppers.player import Played


@dataclass(frozen=True)
class Result:
    """One conversation and what it came to."""

    number: int
    played: Played
    verdict: Verdict


@dataclass(frozen=True)
class Summary:
    """`turns` is the median of the shopper's messages in conversations that reached their goal."""

    count: int
    success: float
    turns: float
    wrong: int
    unwanted: int
    missed: int
    handoffs: int


def summary(results: Sequence[Result]) -> Summary:
    """The figures of these conversations; raises ValueError for none."""
    if not results:
        raise ValueError("no conversations to sum up")
    reached = [item.played.turns for item in results if item.verdict.success]
    return Summary(
        count=len(results),
        success=len(reached) / len(results),
        turns=statistics.median(reached) if reached else 0.0,
        wrong=sum(bool(item.verdict.wrong) for item in results),
        unwanted=sum(item.verdict.unwanted_handoff for item in results),
        missed=sum(item.verdict.missed_handoff for item in results),
        handoffs=sum(item.verdict.handoff for item in results),
    )


def table(results: Sequence[Result]) -> str:
    """All, each persona, each language, each goal: one line each."""
    heading = f"{'':<26}{'talks':>6}{'success':>9}{'turns':>7}{'wrong':>7}{'persons':>9}{'unwanted':>10}{'missed':>8}"
    lines = [heading, _line("all", results)]
    by: tuple[Callable[[Result], str], ...] = (
        lambda item: item.played.persona.name,
        lambda item: item.played.language,
        lambda item: item.played.goal.name,
    )
    for group in by:
        lines.append("")
        names = sorted({group(item) for item in results})
        lines += [_line(name, [item for item in results if group(item) == name]) for name in names]
    return "\n".join(lines)


def _line(name: str, results: Sequence[Result]) -> str:
    figures = summary(results)
    return (
        f"{name:<26}{figures.count:>6}{figures.success:>9.1%}{figures.turns:>7.0f}{figures.wrong:>7}"
        f"{figures.handoffs:>9}{figures.unwanted:>10}{figures.missed:>8}"
    )


def write_failures(path: Path, results: Sequence[Result]) -> int:
    """Every conversation that did not end as it should; how many there are."""
    failed = [
        item for item in results if not item.verdict.success or item.verdict.wrong or item.verdict.unwanted_handoff
    ]
    parts = []
    for item in failed:
        played = item.played
        why = [*item.verdict.wrong, played.trouble, "unwanted person" if item.verdict.unwanted_handoff else ""]
        title = f"#{item.number} {played.goal.name}, {played.persona.name}, {played.language}"
        parts.append(f"{title}: {'; '.join(filter(None, why))}\n{played.transcript}\n")
    path.write_text("\n".join(parts), encoding="utf-8")
    return len(failed)
