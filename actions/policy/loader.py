"""policy.yml as values, with every mistake named by file and line."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from actions.policy.floor import below_the_law
from actions.policy.model import (
    OFFERS,
    REASONS,
    Exclusions,
    Informed,
    Offer,
    Payer,
    Policy,
    Reason,
    Returnless,
    Shoppers,
    Window,
)
from actions.policy.yaml_reader import PolicyError, Section, root_of, text_of

CLAUSES = frozenset({"window", "exclusions"})
_PAYERS: tuple[Payer, ...] = ("shop", "shopper")
_DEFAULT_OFFERS: Mapping[Reason, frozenset[Offer]] = {
    # Money back is what a change of mind leads to; offering more would be a question without use.
    reason: frozenset({"refund"} if reason in ("changed_mind", "other") else {"refund", "replacement"})
    for reason in REASONS
}


def load(path: Path) -> Policy:
    """Read the policy. Raises PolicyError naming every problem as `file:line: what is wrong and what to write`.

    A value below the law is no problem here: deciding lifts it. `check` reports it.
    """
    return load_text(text_of(path), path)


def load_text(text: str, path: Path) -> Policy:
    """The same from the file's text; `path` is what messages and clauses call it. Raises PolicyError."""
    policy, problems = _read(text, path)
    if problems:
        raise PolicyError(problems)
    return policy


def check(path: Path) -> list[str]:
    """Everything wrong with the file, the places where it goes below the law included; empty when all is well."""
    try:
        policy, problems = _read(text_of(path), path)
    except PolicyError as error:
        return error.problems
    return problems or below_the_law(policy)


def _read(text: str, path: Path) -> tuple[Policy, list[str]]:
    root = root_of(text, path)
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
        fee_percent=_fees(root),
        outcomes=_outcomes(root),
        informed=_informed(root),
        shoppers=_shoppers(root),
        lines=root.lines,
        source=text,
        valid_from=root.take_date("valid_from") if root.has("valid_from") else None,
    )
    root.close()
    return policy, root.problems


def _window(section: Section) -> Window:
    window = Window(
        days=section.take_days("days"),
        non_conformity_days=section.take_days("non_conformity_days"),
        transit_days=section.take_days("transit_days", most=120),
        by_market=_days_by(section, "by_market"),
        by_category=_days_by(section, "by_category"),
        by_reason=_days_by(section, "by_reason", REASONS),
        by_tag=_days_by(section, "by_tag"),
    )
    section.close()
    return window


def _days_by(section: Section, key: str, allowed: tuple[str, ...] = ()) -> dict[str, int]:
    """Days by name, where the file has that key."""
    if not section.has(key):
        return {}
    named = section.take_section(key)
    days = {name: named.take_days(name) for name in named.names()}
    for name in days if allowed else ():
        if name not in allowed:
            named.note(name, f"is no reason; choose from {', '.join(allowed)}")
    return days


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
        by_category=_amounts_by(section, "by_category"),
    )
    shopper.close()
    section.close()
    return returnless


def _amounts_by(section: Section, key: str) -> dict[str, dict[str, int]]:
    """Amounts by name and currency, where the file has that key."""
    if not section.has(key):
        return {}
    named = section.take_section(key)
    return {name: named.take_amounts(name) for name in named.names()}


def _fees(root: Section) -> dict[Reason, int]:
    if not root.has("fee_percent"):
        return {}
    section = root.take_section("fee_percent")
    fees = {reason: section.take_days(reason, most=100) for reason in REASONS if section.has(reason)}
    section.close()
    return fees


def _outcomes(root: Section) -> Mapping[Reason, frozenset[Offer]]:
    if not root.has("outcomes"):
        return _DEFAULT_OFFERS
    section = root.take_section("outcomes")
    written = {reason: section.take_words(reason, OFFERS) for reason in REASONS if section.has(reason)}
    section.close()
    return {**_DEFAULT_OFFERS, **written}


def _informed(root: Section) -> Informed:
    if not root.has("informed"):
        return Informed()
    section = root.take_section("informed")
    informed = Informed(
        withdrawal=section.take_flag("withdrawal"),
        return_cost=section.take_flag("return_cost"),
    )
    section.close()
    return informed


def _shoppers(root: Section) -> Shoppers:
    if not root.has("shoppers"):
        return Shoppers()
    section = root.take_section("shoppers")
    trusted: frozenset[str] = section.take_words("trusted")
    watched: frozenset[str] = section.take_words("watched")
    shoppers = Shoppers(frozenset(map(str.lower, trusted)), frozenset(map(str.lower, watched)))
    section.close()
    return shoppers


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
