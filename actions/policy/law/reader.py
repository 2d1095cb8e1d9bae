"""The files of law as rows, read as strictly as a policy: what is not known is a mistake, never ignored."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import get_args

from actions.policy.law.interest import SERIES
from actions.policy.law.model import (
    Delivery,
    Effect,
    Excluded,
    Grade,
    Limitation,
    NoFee,
    OwnTerms,
    Period,
    Possession,
    Presumption,
    RefundDue,
    Rejection,
    Remedies,
    ReplaceWithin,
    ReturnCost,
    Row,
    SendWithin,
    Since,
    Surcharge,
    TwoSteps,
)
from actions.policy.model import BASES, CaseFacts
from actions.policy.yaml_reader import PolicyError, Section, root_of, text_of

FOLDER = Path(__file__).resolve().parent / "rows"
EU = frozenset(
    "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK".split()  # noqa: SIM905
)
# The consumer rules of the EEA agreement are the same ones.
EEA = EU | {"IS", "LI", "NO"}
_PLACES: dict[str, frozenset[str] | None] = {
    "EEA": EEA,
    "FR": frozenset({"FR"}),
    "GB": frozenset({"GB"}),
    "US": frozenset({"US"}),
    "anywhere": None,
}
# What a shop tells before an order stands in its policy, not in a case.
_FACTS = (*(item.name for item in fields(CaseFacts)), "informed.withdrawal", "informed.return_cost")
_REMEDIES = ("repair", "replacement", "price_cut", "refund")
_STEP = re.compile(r"after (\d+): (\d+) %")


def _surcharge(section: Section) -> Surcharge:
    """Steps are written `after 10: 5 %`, one an entry of the list."""
    steps: list[tuple[int, int]] = []
    written: list[str] = section.take_list("steps")
    for text in written:
        found = _STEP.fullmatch(text)
        if found is None:
            section.note("steps", f"has {text!r}; write steps such as 'after 10: 5 %'")
        else:
            steps.append((int(found[1]), int(found[2])))
    monthly = section.take_days("monthly") if section.has("monthly") else 0
    after = section.take_days("monthly_after") if section.has("monthly_after") else 0
    interest = section.take_choice("interest", SERIES) if section.has("interest") else ""
    return Surcharge(tuple(sorted(steps)), monthly, after, interest=interest)


_EFFECTS: dict[str, Callable[[Section], Effect]] = {
    "period": lambda it: Period(
        it.take_days("days"),
        it.take_days("uninformed_months") if it.has("uninformed_months") else 0,
        it.has("rolls") and it.take_flag("rolls"),
    ),
    "presumption": lambda it: Presumption(it.take_days("months", least=1)),
    "rejection": lambda it: Rejection(it.take_days("days", least=1)),
    "limitation": lambda it: Limitation(it.take_days("months", least=1)),
    "return_cost": lambda it: ReturnCost(it.take_choice("payer", ("shop", "shopper_if_informed"))),
    "refund_due": lambda it: RefundDue(
        it.take_days("days"),
        it.take_choice("since", get_args(Since)),
        it.has("outbound") and it.take_flag("outbound"),
        it.has("working") and it.take_flag("working"),
    ),
    "send_within": lambda it: SendWithin(it.take_days("days")),
    "no_fee": lambda _: NoFee(),
    "excluded": lambda it: Excluded(it.take_words("words"), it.has("unsealed") and it.take_flag("unsealed")),
    "delivery": lambda it: Delivery(it.take_days("days")),
    "possession": lambda _: Possession(),
    "remedies": lambda it: Remedies(it.take_words("first", _REMEDIES), it.take_words("then", _REMEDIES)),
    "replace_within": lambda it: ReplaceWithin(it.take_days("days")),
    "surcharge": _surcharge,
    "two_steps": lambda _: TwoSteps(),
    "own_terms": lambda _: OwnTerms(),
}


def read_rows(folder: Path = FOLDER) -> tuple[Row[Effect], ...]:
    """Every row of the folder's files, in their order. Raises PolicyError naming each mistake with file and line."""
    rows: list[Row[Effect]] = []
    problems: list[str] = []
    for path in sorted(folder.glob("*.yml")):
        root = root_of(text_of(path), path)
        for row_id in root.names():
            section = root.take_section(row_id)
            if row_id in {row.id for row in rows}:
                root.problems.append(f"{path}:{section.line}: {row_id} is in another file already; keep one.")
            rows.append(_row(section, row_id))
        problems += root.problems
    if problems:
        raise PolicyError(problems)
    return tuple(rows)


def _row(section: Section, row_id: str) -> Row[Effect]:
    effect = section.take_section("effect")
    kind = effect.take_choice("kind", tuple(_EFFECTS))
    row = Row[Effect](
        id=row_id,
        countries=_PLACES[section.take_choice("where", tuple(_PLACES))],
        basis=section.take_choice("basis", BASES),
        valid_from=section.take_date("valid_from"),
        needs=tuple(sorted(section.take_words("needs", _FACTS))),
        effect=_EFFECTS[kind](effect),
        source=section.take_text("source"),
        grade=section.take_choice("grade", get_args(Grade)),
        says=tuple(section.take_texts("says").items()),
    )
    effect.close()
    section.close()
    return row
