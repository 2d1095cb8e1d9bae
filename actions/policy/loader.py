"""policy.yml as values, with every mistake named by file and line."""

from __future__ import annotations

from pathlib import Path

from actions.policy.law import FLOORS, WITHDRAWAL_REFUND_DAYS, WITHDRAWAL_SEND_DAYS
from actions.policy.model import REASONS, Exclusions, Payer, Policy, Reason, Returnless, Window
from actions.policy.yaml_reader import PolicyError, Section, open_root

CLAUSES = frozenset({"window", "exclusions"})
_PAYERS: tuple[Payer, ...] = ("shop", "shopper")
_FAULTLESS: tuple[Reason, ...] = ("wrong_size", "changed_mind", "other")


def load(path: Path) -> Policy:
    """Read the policy. Raises PolicyError naming every problem as `file:line: what is wrong and what to write`.

    A value below the law is no problem here: deciding lifts it. `check` reports it.
    """
    policy, problems = _read(path)
    if problems:
        raise PolicyError(problems)
    return policy


def check(path: Path) -> list[str]:
    """Everything wrong with the file, the places where it goes below the law included; empty when all is well."""
    try:
        policy, problems = _read(path)
    except PolicyError as error:
        return error.problems
    return problems or _below_the_law(policy)


def _read(path: Path) -> tuple[Policy, list[str]]:
    root = open_root(path)
    policy = Policy(
        window=_window(root.take_section("window")),
        exclusions=_exclusions(root.take_section("exclusions")),
        returnless=_returnless(root.take_section("returnless")),
        automatic_refund_limit_minor=root.take_amounts("automatic_refund_limit"),
        not_received_after_days=root.take_days("not_received_after_days", least=1),
        who_pays_return=_payers(root.take_section("who_pays_return")),
        refund_days=root.take_days("refund_days", least=1, most=60),
        return_deadline_days=root.take_days("return_deadline_days", least=1, most=365),
        return_address=root.take_text("return_address"),
        clauses=_clauses(root),
        path=path,
        lines=root.lines,
    )
    root.close()
    return policy, root.problems


def _window(section: Section) -> Window:
    window = Window(
        days=section.take_days("days"),
        non_conformity_days=section.take_days("non_conformity_days"),
        transit_days=section.take_days("transit_days", most=120),
    )
    section.close()
    return window


def _exclusions(section: Section) -> Exclusions:
    exclusions = Exclusions(categories=section.take_words("categories"), tags=section.take_words("tags"))
    section.close()
    return exclusions


def _returnless(section: Section) -> Returnless:
    shopper = section.take_section("per_shopper")
    returnless = Returnless(
        max_value_minor=section.take_amounts("max_value"),
        reasons=section.take_words("reasons", REASONS),
        photos_minimum=section.take_days("photos_minimum", most=10),
        per_shopper_count=shopper.take_days("count"),
        per_shopper_days=shopper.take_days("days", least=1),
    )
    shopper.close()
    section.close()
    return returnless


def _payers(section: Section) -> dict[Reason, Payer]:
    payers: dict[Reason, Payer] = {reason: section.take_choice(reason, _PAYERS) for reason in REASONS}
    section.close()
    return payers


def _clauses(root: Section) -> dict[str, dict[str, str]]:
    clauses = root.take_phrases("clauses")
    for name in sorted(set(clauses) - CLAUSES):
        line = root.lines.get(f"clauses.{name}", 1)
        root.problems.append(
            f"{root.path}:{line}: clauses.{name} is not known; here stand {', '.join(sorted(CLAUSES))}."
        )
    for name in sorted(CLAUSES - set(clauses)):
        line = root.lines.get("clauses", 1)
        root.problems.append(f"{root.path}:{line}: clauses.{name} is missing; see policy.example.yml.")
    return clauses


def _below_the_law(policy: Policy) -> list[str]:
    problems = []
    days = {
        "withdrawal": ("window.days", policy.window.days),
        "non_conformity": ("window.non_conformity_days", policy.window.non_conformity_days),
    }
    for basis, (key, value) in days.items():
        strictest = max((item for item in FLOORS if item.basis == basis), key=lambda item: item.days)
        if value < strictest.days:
            problems.append(
                f"{policy.path}:{policy.lines.get(key, 1)}: {key} is {value}, below the {strictest.days} days of "
                f"{strictest.source}; write {strictest.days} or more."
            )
    right = next(item for item in FLOORS if item.basis == "withdrawal")
    if policy.return_deadline_days < WITHDRAWAL_SEND_DAYS:
        problems.append(
            f"{policy.path}:{policy.lines.get('return_deadline_days', 1)}: return_deadline_days is "
            f"{policy.return_deadline_days}, below the {WITHDRAWAL_SEND_DAYS} days of {right.source}; "
            f"write {WITHDRAWAL_SEND_DAYS} or more."
        )
    if policy.refund_days > WITHDRAWAL_REFUND_DAYS:
        problems.append(
            f"{policy.path}:{policy.lines.get('refund_days', 1)}: refund_days is {policy.refund_days}, above the "
            f"{WITHDRAWAL_REFUND_DAYS} days of {right.source}; write {WITHDRAWAL_REFUND_DAYS} or less."
        )
    fault = next(item for item in FLOORS if item.basis == "non_conformity")
    for reason, payer in policy.who_pays_return.items():
        if payer == "shopper" and reason not in _FAULTLESS:
            key = f"who_pays_return.{reason}"
            problems.append(
                f"{policy.path}:{policy.lines.get(key, 1)}: {key} is shopper, against {fault.source}; write shop."
            )
    return problems
