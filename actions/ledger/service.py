"""Posting that must balance, and what a case's books say."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from actions.ledger import repository
from actions.ledger.model import Account, LedgerEntry, Posting, Statement
from common.errors import RetourError
from common.money import Money


class UnbalancedError(RetourError):
    """The sides of a transaction do not add up; nothing was written."""


def post(
    session: Session,
    transaction_id: str,
    postings: Sequence[Posting],
    *,
    case_id: str,
    currency: str,
    at: datetime,
    memo: str,
    claim_id: str | None = None,
) -> bool:
    """Write one transaction in the caller's commit; the same `transaction_id` again writes nothing.

    Says whether it was new. Raises UnbalancedError when debits and credits differ or a side is not one.
    """
    debit = sum(posting.debit for posting in postings)
    credit = sum(posting.credit for posting in postings)
    one_sided = all(min(p.debit, p.credit) == 0 < max(p.debit, p.credit) for p in postings)
    if debit != credit or not one_sided or not postings:
        raise UnbalancedError(
            "ledger.unbalanced",
            f"Transaction {transaction_id} has {debit} debit and {credit} credit; post both sides of it.",
        )
    if repository.exists(session, transaction_id):
        return False
    entries = [
        LedgerEntry(
            transaction_id=transaction_id,
            position=position,
            account=posting.account,
            debit_minor=posting.debit,
            credit_minor=posting.credit,
            currency=currency,
            case_id=case_id,
            claim_id=claim_id,
            at=at,
            memo=memo[:200],
        )
        for position, posting in enumerate(postings)
    ]
    repository.add(session, entries)
    return True


def statement(session: Session, case_id: str, currency: str) -> Statement:
    """Everything posted for a case, and its balance by account."""
    balances = {
        account: total
        for (account, money), total in repository.balances(session, case_id=case_id).items()
        if money == currency
    }
    return Statement(case_id, currency, repository.of_case(session, case_id), balances)


def refund_paid(
    session: Session, *, case_id: str, refund_id: str, amount: Money, credit_note: bool, at: datetime
) -> bool:
    """A shopper was given money back, or a credit note for it."""
    source = Posting("store_credit_issued", credit=amount.minor_units)
    if not credit_note:
        source = Posting("payment_service", credit=amount.minor_units)
    return post(
        session,
        f"refund:{refund_id}",
        [Posting("shopper_refunds", debit=amount.minor_units), source],
        case_id=case_id,
        currency=amount.currency,
        at=at,
        memo=f"Refund {refund_id}",
    )


def credit_expected(session: Session, *, case_id: str, claim_id: str, amount: Money, at: datetime) -> bool:
    """A claim was opened: the supplier owes us the wholesale price, as we see it."""
    if amount.minor_units <= 0:
        return False
    return post(
        session,
        f"claim:{claim_id}:expected",
        [
            Posting("supplier_credit_expected", debit=amount.minor_units),
            Posting("supplier_recovery", credit=amount.minor_units),
        ],
        case_id=case_id,
        currency=amount.currency,
        at=at,
        memo=f"Claim {claim_id} opened",
        claim_id=claim_id,
    )


def credit_received(session: Session, *, case_id: str, claim_id: str, total: Money, at: datetime) -> bool:
    """The supplier has credited `total` by now: what is short of the expectation is written off.

    A credit that comes after the expectation was given up, or exceeds it, takes the loss back first.
    """
    now = _of_claim(session, claim_id, total.currency)
    got, expected, lost = (
        now.get(name, 0) for name in ("supplier_credit_received", "supplier_credit_expected", "write_off")
    )
    fresh = total.minor_units - got
    surplus = fresh - expected
    regained = max(0, min(surplus, lost))
    postings = [
        Posting("supplier_credit_received", debit=max(fresh, 0)),
        Posting("supplier_credit_expected", credit=max(expected, 0)),
        Posting("write_off", debit=max(-surplus, 0), credit=regained),
        Posting("supplier_recovery", credit=max(surplus - regained, 0)),
    ]
    postings = [posting for posting in postings if posting.debit or posting.credit]
    if fresh < 0 or not postings:
        return False
    return post(
        session,
        f"claim:{claim_id}:credited:{total.minor_units}",
        postings,
        case_id=case_id,
        currency=total.currency,
        at=at,
        memo=f"Claim {claim_id} credited",
        claim_id=claim_id,
    )


def credit_lost(session: Session, *, case_id: str, claim_id: str, currency: str, at: datetime) -> bool:
    """The supplier will not pay: what is still expected becomes a loss."""
    expected = _of_claim(session, claim_id, currency).get("supplier_credit_expected", 0)
    if expected <= 0:
        return False
    return post(
        session,
        f"claim:{claim_id}:lost",
        [Posting("write_off", debit=expected), Posting("supplier_credit_expected", credit=expected)],
        case_id=case_id,
        currency=currency,
        at=at,
        memo=f"Claim {claim_id} given up",
        claim_id=claim_id,
    )


def _of_claim(session: Session, claim_id: str, currency: str) -> dict[str, int]:
    """What the books say of one claim, by account."""
    found = repository.balances(session, claim_id=claim_id)
    return {account: total for (account, money), total in found.items() if money == currency}


def chargeback_closed(
    session: Session, *, case_id: str, chargeback_id: str, lost: Money, fee: Money, at: datetime
) -> None:
    """The bank has decided: what it took for good, and what the payment service charges for it; each is booked once."""
    if lost.minor_units > 0:
        _taken(session, f"chargeback:{chargeback_id}:lost", "chargebacks", lost, case_id=case_id, at=at)
    if fee.minor_units > 0:
        _taken(session, f"chargeback:{chargeback_id}:fee", "payment_fees", fee, case_id=case_id, at=at)


def _taken(session: Session, transaction_id: str, cost: Account, amount: Money, *, case_id: str, at: datetime) -> None:
    """The payment service kept money of ours for that cost."""
    sides = [Posting(cost, debit=amount.minor_units), Posting("payment_service", credit=amount.minor_units)]
    post(session, transaction_id, sides, case_id=case_id, currency=amount.currency, at=at, memo=transaction_id)


def credit_redeemed(session: Session, *, case_id: str, use_id: str, amount: Money, at: datetime) -> bool:
    """A shopper paid with a store credit: the debt shrinks, and the goods are sold."""
    sides = [
        Posting("store_credit_issued", debit=amount.minor_units),
        Posting("store_credit_redeemed", credit=amount.minor_units),
    ]
    memo = f"Store credit used {use_id}"
    return post(session, f"credit_use:{use_id}", sides, case_id=case_id, currency=amount.currency, at=at, memo=memo)


def replacement_sent(session: Session, *, case_id: str, replacement_id: str, cost: Money, at: datetime) -> bool:
    """Another article was sent at the shop's cost; nothing is booked for one the supplier answers for."""
    if cost.minor_units <= 0:
        return False
    sides = [
        Posting("replacements", debit=cost.minor_units),
        Posting("supplier_payable", credit=cost.minor_units),
    ]
    memo = f"Replacement {replacement_id}"
    return post(
        session, f"replacement:{replacement_id}", sides, case_id=case_id, currency=cost.currency, at=at, memo=memo
    )
