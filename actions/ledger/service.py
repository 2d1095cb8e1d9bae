"""Posting that must balance, and what a case's books say."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from actions.ledger import repository
from actions.ledger.model import LedgerEntry, Posting, Statement
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
    )


def credit_received(
    session: Session, *, case_id: str, claim_id: str, expected: Money, received: Money, at: datetime
) -> bool:
    """The supplier credited: what is short of the expectation is written off, what exceeds it is gained."""
    difference = (received - expected).minor_units
    postings = [Posting("supplier_credit_received", debit=received.minor_units)] if received.minor_units else []
    if expected.minor_units:
        postings.append(Posting("supplier_credit_expected", credit=expected.minor_units))
    if difference < 0:
        postings.append(Posting("write_off", debit=-difference))
    elif difference > 0:
        postings.append(Posting("supplier_recovery", credit=difference))
    if not postings:
        return False
    # One key for every way a claim can end, so that it ends once in the books.
    return post(
        session,
        f"claim:{claim_id}:settled",
        postings,
        case_id=case_id,
        currency=received.currency,
        at=at,
        memo=f"Claim {claim_id} credited",
    )


def credit_lost(session: Session, *, case_id: str, claim_id: str, expected: Money, at: datetime) -> bool:
    """The supplier will not pay: the expectation becomes a loss."""
    return credit_received(
        session, case_id=case_id, claim_id=claim_id, expected=expected, received=Money.zero(expected.currency), at=at
    )
