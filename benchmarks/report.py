"""How figures are shown."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """One measured number with the goal of DESIGN.md; `goal` None means that it is shown for information."""

    name: str
    value: float
    unit: str
    goal: float | None
    more_is_better: bool = False

    @property
    def met(self) -> bool | None:
        if self.goal is None:
            return None
        return self.value >= self.goal if self.more_is_better else self.value <= self.goal

    def as_json(self) -> dict[str, object]:
        return {"name": self.name, "value": round(self.value, 2), "unit": self.unit, "goal": self.goal, "met": self.met}


def table(figures: list[Figure]) -> str:
    """The figures as aligned text, one a line."""
    lines = [f"{'':<38}{'measured':>12}{'goal':>14}"]
    for figure in figures:
        sign = ">=" if figure.more_is_better else "<="
        goal = "" if figure.goal is None else f"{sign} {figure.goal:g} {figure.unit}"
        verdict = {True: "", False: "  missed", None: ""}[figure.met]
        lines.append(f"{figure.name:<38}{figure.value:>8.1f} {figure.unit:<5}{goal:>12}{verdict}")
    return "\n".join(lines)
