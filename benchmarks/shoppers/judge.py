"""What a conversation came to, by the database: a case that is right, none that is wrong, a person only if wanted."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from actions.cases.model import Case
from benchmarks.shoppers.goals import Goal, goals
from benchmarks.shoppers.player import Facts, Played

HANDOFF = "utter_handoff_waiting"


@dataclass(frozen=True)
class Verdict:
    """`wrong` names what was done against the shopper's wish; empty is what is hoped for."""

    success: bool
    wrong: tuple[str, ...]
    handoff: bool
    handoff_wanted: bool

    @property
    def unwanted_handoff(self) -> bool:
        """Whether a person was called for nothing."""
        return self.handoff and not self.handoff_wanted

    @property
    def missed_handoff(self) -> bool:
        """Whether a person was wanted and not called."""
        return self.handoff_wanted and not self.handoff


def judge(session: Session, played: Played, facts: Facts) -> Verdict:
    """Read the cases of the conversation and hold them against the goal."""
    goal = played.goal
    request = goal if goal.is_request else goals()[goal.before] if goal.before else None
    cases = session.scalars(sa.select(Case).where(Case.conversation_id == played.conversation)).all()
    wrong = tuple(mistake for case in cases for mistake in _mistakes(case, goal, request, facts))
    if len(cases) > 1:
        wrong = (*wrong, f"{len(cases)} cases")
    complete = request is None or (len(cases) == 1 and (not goal.cancels or cases[0].status == "cancelled"))
    handoff = HANDOFF in played.said
    success = played.reached and complete and not wrong and (handoff or not goal.handoff)
    return Verdict(success, wrong, handoff, goal.handoff)


def _mistakes(case: Case, goal: Goal, request: Goal | None, facts: Facts) -> list[str]:
    if request is None:
        return ["a case nobody asked for"]
    lines: dict[str, int] = {}
    for line in case.lines:
        lines[line.sku] = lines.get(line.sku, 0) + line.quantity
    decided = (case.decision or {}).get("outcome")
    checks = {
        f"reason {case.reason}": case.reason in request.reasons,
        f"lines {lines}": lines == request.lines,
        f"order {case.order_number}": case.order_number == facts.number,
        f"wish {case.desired_outcome}": (case.desired_outcome == "replacement") == (request.outcome == "replacement"),
        f"decision {decided}": decided is None or decided in request.decision,
        "cancelled": case.status != "cancelled" or goal.cancels,
    }
    return [what for what, right in checks.items() if not right]
