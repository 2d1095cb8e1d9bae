"""Everything the page of one case shows, gathered from the services that own it."""

from __future__ import annotations

import hashlib
from typing import Any

from actions.cases import repository as cases
from actions.cases.model import Case, JournalEntry
from actions.credits import repository as store_credits
from actions.evidence import service as evidence
from actions.ledger import service as ledger
from actions.ledger.model import Statement
from actions.orders import repository as orders
from actions.policy.law import row_of
from actions.refunds import repository as refunds
from actions.refunds import service as refund_service
from actions.refunds.lateness import lateness
from actions.refunds.news import repository as payment_news
from actions.replacements import repository as replacements
from actions.suppliers import repository as claims
from common.money import Money
from common.photos import store
from console import repository
from console.cases import acts
from console.cases.journal import in_words
from console.render import Look
from console.supply import view as supply
from console.visit import Visit

_TELLING_ACCOUNTS = (
    "shopper_refunds",
    "store_credit_issued",
    "supplier_credit_expected",
    "supplier_credit_received",
    "write_off",
    "chargebacks",
    "payment_fees",
)


def gather(visit: Visit, case: Case) -> dict[str, Any]:
    """The values of `case.html` without the confirm step."""
    session = visit.session
    order = orders.get(session, case.order_id)
    talk = repository.conversation(session, case.conversation_id)
    left = refund_service.case_ceiling(session, case, order) if order else Money(0, case.currency)
    books = ledger.statement(session, case.id, case.currency)
    return {
        "case": case,
        "order": order,
        "others": [other for other in cases.of_order(session, case.order_id) if other.id != case.id],
        "photos": photos(visit, case),
        "rules": _rules(visit, case),
        "journal": [_journal_entry(visit, entry) for entry in reversed(case.journal)],
        "conversation": talk,
        "most": left.minor_units,
        "quoted_minor": quoted(visit, case).minor_units,
        "refunds": refunds.of_case(session, case.id),
        "late": lateness(session, case, order, now=visit.now) if order else None,
        "credits": store_credits.of_case(session, case.id),
        "replacement": replacements.of_case(session, case.id),
        "outside": payment_news.outside_of_order(session, case.order_id),
        "chargebacks": payment_news.chargebacks_of_order(session, case.order_id),
        "statement": books,
        "balances": _balances(books),
        "mark": mark(visit, case),
        "acts": acts.acts(case),
        "due": acts.due(visit, case),
        **supply.gather(visit, case, order),
    }


def quoted(visit: Visit, case: Case) -> Money:
    """What an approval would pay now: what was decided, or for a refusal what is claimed, within what is left."""
    order = orders.get(visit.session, case.order_id)
    if order is None:
        return Money(0, case.currency)
    wanted = Money(case.refund_minor or case.claim_minor, case.currency)
    left = refund_service.case_ceiling(visit.session, case, order)
    return wanted if wanted <= left else left


def photos(visit: Visit, case: Case) -> list[dict[str, Any]]:
    """The case's photos with what was checked, oldest first."""
    rows = evidence.of_case(visit.session, case.id)
    kept = {row.id: row for row in store.find(visit.session, [row.photo_id for row in rows])} if rows else {}
    return [
        {
            "id": row.photo_id,
            "row": kept[row.photo_id],
            "verdict": row.checks.get("verdict", "ok"),
            "findings": [
                {"check": finding["check"], "facts": facts_in_words(visit, finding.get("facts", {}), case.currency)}
                for finding in row.checks.get("findings", [])
            ],
        }
        for row in rows
    ]


def facts_in_words(visit: Visit, facts: dict[str, Any], currency: str) -> list[tuple[str, str]]:
    """Names and values as people read them; what is not known is left out."""
    look = Look(visit.words, visit.now)
    return [
        (visit.words.name("fact", name), look.fact(name, value, currency))
        for name, value in facts.items()
        if value is not None and name != "currency"
    ]


def mark(visit: Visit, case: Case) -> str:
    """Changes when anything a person would want to see has changed."""
    talk = repository.conversation(visit.session, case.conversation_id)
    parts = [
        str(case.version),
        str(case.journal[-1].id) if case.journal else "",
        *(claim.updated_at.isoformat() for claim in claims.of_case(visit.session, case.id)),
        talk.state if talk else "",
        *(f"{refund.id}{refund.status}{refund.failure}" for refund in refunds.of_case(visit.session, case.id)),
        *(f"{row.id}{row.status}" for row in payment_news.outside_of_order(visit.session, case.order_id)),
        *(f"{row.id}{row.status}" for row in payment_news.chargebacks_of_order(visit.session, case.order_id)),
    ]
    return hashlib.sha256("|".join(parts).encode()).hexdigest()[:16]


def _rules(visit: Visit, case: Case) -> list[dict[str, Any]]:
    """Those that decided first: against, to a person, in favour, then those that did not matter."""
    weight = {"refuse": 0, "person": 1, "accept": 2, "info": 3}
    found = [
        {
            "id": rule["id"],
            "result": rule["result"],
            "clause": clause(visit, rule),
            "facts": facts_in_words(visit, rule.get("facts", {}), case.currency),
        }
        for rule in (case.decision or {}).get("rules", [])
    ]
    return sorted(found, key=lambda rule: weight.get(str(rule["result"]), 9))


def clause(visit: Visit, rule: dict[str, Any]) -> str:
    """What the rule rests on, in the reader's language: an article of law, a key of the policy, or its own sentence."""
    ground, words = str(rule.get("ground", "")), visit.words
    row = row_of(ground)
    if row is not None:
        return row.sentence(words.language)
    if words.has(f"ground.{ground}"):
        return words.get(f"ground.{ground}")
    key = f"policy_key.{ground.partition('.')[0]}"
    # A decision made before clauses had names shows them as they were written.
    return f"{words.get(key)} ({rule['clause']})" if words.has(key) else str(rule["clause"])


def _balances(books: Statement) -> list[tuple[str, int]]:
    """What the case cost and brought, without the sides that only balance it; those are among the entries."""
    return [(account, abs(books.balances[account])) for account in _TELLING_ACCOUNTS if books.balances.get(account)]


def _journal_entry(visit: Visit, entry: JournalEntry) -> dict[str, Any]:
    return {
        "at": entry.at,
        "by": visit.words.name("by", entry.by.removeprefix("supplier:")),
        "why": in_words(visit.words, entry.by, entry.why),
        "to": entry.to_status,
        "moved": entry.from_status != entry.to_status,
    }
