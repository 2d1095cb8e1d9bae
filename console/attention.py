"""What needs a person now: conversations that wait, cases to decide, money to pay by hand, jobs that failed."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from actions.cases import deadlines
from actions.cases.model import Case
from bot.channels.registry import PLUGS
from bot.delivery import trouble
from common.engine import JobProblem, open_problems
from common.outbox import Conversation
from console import repository
from console.conversations.listing import ConversationRow, label, rows
from console.money import attention as money
from console.supply import view as supply
from console.visit import Visit

_SHOWN = 20


@dataclass(frozen=True)
class Counts:
    """How much waits, for the navigation."""

    cases: int
    conversations: int


@dataclass(frozen=True)
class ReviewRow:
    """One case that waits for a decision; `why` are the clauses that sent it to a person."""

    id: str
    reference: str
    order_number: str
    reason: str
    goods: str
    why: str
    claim_minor: int
    currency: str
    since: datetime


@dataclass(frozen=True)
class ProblemRow:
    """One job that failed, and the case it was for."""

    key: str
    job: str
    message: str
    at: datetime
    case_id: str
    reference: str


@dataclass(frozen=True)
class DueRow:
    """Money that somebody has to pay by hand."""

    case_id: str
    reference: str
    amount_minor: int
    currency: str
    at: datetime


@dataclass(frozen=True)
class SupplierRow:
    """What does not fit at a supplier."""

    case_id: str
    reference: str
    supplier: str
    text: str
    at: datetime


@dataclass(frozen=True)
class DeadlineRow:
    """A supplier that takes a claim only until `until` and has none yet."""

    case_id: str
    reference: str
    supplier: str
    until: datetime
    missed: bool


@dataclass(frozen=True)
class StuckRow:
    """Messages to one shopper that do not get through; `text` is what the channel says about it."""

    conversation_id: str
    label: str
    channel: str
    why: str
    text: str
    waiting: int
    at: datetime


@dataclass(frozen=True)
class Needs:
    """Everything, each list with what has waited longest first."""

    conversations: list[ConversationRow]
    mine: list[ConversationRow]
    cases: list[ReviewRow]
    more_cases: int
    due: list[DueRow]
    money: list[money.MoneyRow]
    suppliers: list[SupplierRow]
    deadlines: list[DeadlineRow]
    problems: list[ProblemRow]
    stuck: list[StuckRow]

    @property
    def any(self) -> bool:
        return any(getattr(self, name) for name in vars(self) if name != "more_cases")


def counts(visit: Visit) -> Counts:
    return Counts(
        cases=repository.count_cases_in_review(visit.session),
        conversations=repository.count_conversations(visit.session, "waiting"),
    )


def needs(visit: Visit) -> Needs:
    """What to show on the overview."""
    session = visit.session
    waiting = repository.conversations_in(session, "waiting", _SHOWN)
    held = repository.conversations_in(session, "human", _SHOWN)
    cases = repository.cases_in_review(session, _SHOWN)
    more = repository.count_cases_in_review(session) - len(cases) if len(cases) == _SHOWN else 0
    by_hand = visit.context.runtime.gateway.by_hand
    return Needs(
        conversations=rows(visit, waiting),
        mine=rows(visit, _of(held, visit.user.name)),
        cases=_review_rows(visit, cases),
        more_cases=max(0, more),
        due=[
            DueRow(case.id, case.reference, refund.amount_minor, refund.currency, refund.created_at)
            for refund, case in (repository.refunds_to_pay(session, _SHOWN) if by_hand else [])
        ],
        money=money.rows(visit),
        suppliers=_supplier_rows(visit),
        deadlines=_deadline_rows(visit),
        problems=[_problem_row(visit, problem) for problem in open_problems(session)[:_SHOWN]],
        stuck=_stuck_rows(visit),
    )  # fmt: skip


def _of(conversations: list[Conversation], agent: str) -> list[Conversation]:
    return [conversation for conversation in conversations if conversation.agent == agent]


def _supplier_rows(visit: Visit) -> list[SupplierRow]:
    return [
        SupplierRow(
            case_id=case.id,
            reference=case.reference,
            supplier=supply.name_of(visit, claim.supplier_id),
            text=claim.attention or "",
            at=claim.updated_at,
        )
        for claim, case in repository.claims_with_attention(visit.session, _SHOWN)
    ]


def _deadline_rows(visit: Visit) -> list[DeadlineRow]:
    return [
        DeadlineRow(
            case.id,
            case.reference,
            supply.name_of(visit, row.supplier_id),
            row.deadline_at,
            row.deadline_at <= visit.now,
        )
        for row, case in repository.deadlines_warned(visit.session, _SHOWN)
        if deadlines.open_alarm(visit.session, case, row)
    ]


def _review_rows(visit: Visit, cases: list[Case]) -> list[ReviewRow]:
    since = repository.in_review_since(visit.session, [case.id for case in cases])
    return [
        ReviewRow(
            id=case.id,
            reference=case.reference,
            order_number=case.order_number,
            reason=case.reason,
            goods=", ".join(line.name for line in case.lines),
            why=" · ".join(visit.words.name("rule", rule) for rule in person_rules(case)),
            claim_minor=case.claim_minor,
            currency=case.currency,
            since=since.get(case.id, case.created_at),
        )
        for case in cases
    ]


def person_rules(case: Case) -> list[str]:
    """The ids of the rules that asked for a person."""
    rules = (case.decision or {}).get("rules", [])
    return [str(rule["id"]) for rule in rules if rule.get("result") == "person"]


def _stuck_rows(visit: Visit) -> list[StuckRow]:
    found = trouble.stuck(visit.session, PLUGS, now=visit.now, limit=_SHOWN)
    cases = repository.cases_of_conversations(visit.session, [stuck.conversation_id for stuck in found])
    rows = []
    for stuck in found:
        conversation = repository.conversation(visit.session, stuck.conversation_id)
        case = cases.get(stuck.conversation_id)
        rows.append(
            StuckRow(
                conversation_id=stuck.conversation_id,
                label=label(visit, stuck.conversation_id, case.order_number if case else None),
                channel=conversation.channel if conversation else "",
                why=stuck.why,
                text=stuck.text,
                waiting=stuck.waiting,
                at=stuck.since,
            )
        )
    return rows


def _problem_row(visit: Visit, problem: JobProblem) -> ProblemRow:
    payload = json.loads(problem.payload)
    case = repository.case_of(
        visit.session,
        case_id=str(payload.get("case_id", "")),
        refund_id=str(payload.get("refund_id", "")),
        claim_id=str(payload.get("claim_id", "")),
    )
    return ProblemRow(
        key=problem.key,
        job=problem.job,
        message=problem.message,
        at=problem.at,
        case_id=case.id if case else "",
        reference=case.reference if case else "",
    )
