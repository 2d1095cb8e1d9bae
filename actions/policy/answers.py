"""Answers to questions about the policy, and reasons of decisions, as (phrase of domain.yml, parameters to show).

Nothing is made up here: every number comes from the policy, from the law that lifts it, or from the case.
"""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from actions.policy.law import law_of, row_of
from actions.policy.law.model import Period
from actions.policy.model import Decision, LegalBasis, Policy, Reason
from common.money import Money

Answer = tuple[str, dict[str, Any]]
Topic = Literal["window", "return_cost", "refund_time", "where_to_send", "summary"]
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
# Refusals that quote the shop's published terms, by the rule that refuses.
_QUOTED = {"window": "window", "exclusions": "exclusions"}


def window_days(policy: Policy, country: str, on: date) -> int:
    """Days to send back what one does not want: the policy's for that country, or the law's where that gives more."""
    least = law_of(country, "withdrawal", on).find(Period)
    own = policy.window.by_market.get(country, policy.window.days)
    return max(own, least.effect.days if least else 0)


def answer(
    policy: Policy,
    topic: Topic,
    *,
    country: str,
    on: date,
    reason: Reason | None = None,
    return_address: str | None = None,
    rma_number: str | None = None,
) -> Answer:
    """The answer to one question. `reason`, `return_address` and `rma_number` come from the shopper's case, if any."""
    if topic == "window":
        return "utter_policy_window", {"days": window_days(policy, country, on)}
    if topic == "return_cost":
        return _return_cost(policy, country, on, reason or "changed_mind")
    if topic == "refund_time":
        return "utter_policy_refund_time", {"days": policy.refund_days}
    if topic == "where_to_send":
        return _where_to_send(return_address, rma_number)
    return "utter_policy_summary", {
        "days": window_days(policy, country, on),
        "refund_days": policy.refund_days,
        "deadline_days": policy.return_deadline_days,
    }


def explain(decision: Decision, policy: Policy, language: str) -> Answer:
    """A decision's phrase with its parameters as that shopper reads them: amounts, dates and clauses in `language`.

    `utter_case_in_review` also takes `{reference}`, which the case knows and the decision does not.
    """
    raw = decision.parameters
    shown: dict[str, Any] = {}
    if "refund_minor" in raw and decision.outcome != "refused":
        shown["amount"] = Money(raw["refund_minor"], raw["currency"]).format(language)
    if "days" in raw or "window_days" in raw:
        shown["days"] = raw.get("days", raw.get("window_days"))
    for name in ("deadline_days", "item"):
        if name in raw:
            shown[name] = raw[name]
    for name in ("delivered", "until"):
        if name in raw:
            shown[name] = shown_date(date.fromisoformat(raw[name]), language)
    if decision.outcome == "refused":
        shown["clause"] = _clause(raw, policy, language)
    return decision.reason_response, shown


def because(decision: Decision) -> str:
    """The phrase that says in one plain sentence what the decision rests on: the law, or what a person has to see."""
    if decision.outcome != "needs_person":
        return f"utter_because_{decision.legal_basis}"
    rule = next((item.id for item in decision.rules if item.result == "person"), "other")
    return f"utter_because_person_{rule}"


def shown_date(day: date, language: str) -> str:
    """A date as a shopper reads it: `30/11/2026` in French, `30 Nov 2026` in English."""
    if language == "fr":
        return f"{day:%d/%m/%Y}"
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def _clause(raw: dict[str, Any], policy: Policy, language: str) -> str:
    quoted = policy.clauses.get(_QUOTED.get(raw.get("rule", ""), ""), {})
    # The law itself is quoted where it, and not the shop's text, drew the line.
    row = row_of(str(raw.get("ground", "")))
    if raw.get("lifted_by_law") and row is not None:
        return row.sentence(language)
    return quoted.get(language) or quoted.get("en") or ""


def _return_cost(policy: Policy, country: str, on: date, reason: Reason) -> Answer:
    basis: LegalBasis = "withdrawal" if reason in ("changed_mind", "wrong_size", "other") else "non_conformity"
    owed = law_of(country, basis, on).shop_pays_return(informed=policy.informed.return_cost)
    shop_pays = policy.who_pays_return[reason] == "shop" or owed
    return ("utter_policy_return_cost_shop" if shop_pays else "utter_policy_return_cost_shopper"), {}


def _where_to_send(address: str | None, rma_number: str | None) -> Answer:
    # Without an agreed return nobody is told an address: a parcel that comes unannounced cannot be matched.
    if address and rma_number:
        return "utter_policy_where_to_send_case", {"address": address, "rma_number": rma_number}
    return "utter_policy_where_to_send", {}
