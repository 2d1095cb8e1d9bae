"""Hand out a store credit once, and take purchases off its balance once each."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from actions.credits import repository
from actions.credits.model import StoreCredit, StoreCreditUse
from actions.ledger import service as ledger
from common.errors import RefusedError
from common.ids import new_id, new_reference
from common.money import Money

# 28 letters and figures, twelve of them: 2^57 codes, and nobody can try them anywhere but at the shop's own till.
_CODE_LENGTH = 12


def issue(session: Session, *, refund_id: str, case_id: str, amount: Money, now: datetime) -> StoreCredit:
    """The credit of this refund, made now if it is new. The caller has locked the refund."""
    known = repository.of_refund(session, refund_id)
    if known is not None:
        return known
    code = new_reference("CREDIT", _CODE_LENGTH)
    while repository.code_taken(session, code):
        code = new_reference("CREDIT", _CODE_LENGTH)
    made = StoreCredit(
        id=new_id("credit"),
        code=code,
        refund_id=refund_id,
        case_id=case_id,
        currency=amount.currency,
        amount_minor=amount.minor_units,
        balance_minor=amount.minor_units,
        issued_at=now,
    )
    session.add(made)
    session.flush()
    return made


def redeem(session: Session, code: str, amount: Money, *, reference: str, by: str, now: datetime) -> StoreCredit:
    """Take a purchase off the balance; the same `reference` with the same amount again changes nothing.

    Raises NotFoundError `credit.unknown`, RefusedError `credit.amount` (more than is left, or another currency) or
    `credit.reference` (none was given, or it was used with another amount).
    """
    credit = repository.by_code(session, code.strip().upper())
    if not reference.strip():
        raise RefusedError("credit.reference", "Name the order that was paid with the code.")
    known = repository.use(session, credit.id, reference)
    if known is not None:
        if known.amount_minor != amount.minor_units:
            raise RefusedError("credit.reference", f"{reference} took {known.amount_minor} minor units off it already.")
        return credit
    if amount.currency != credit.currency or not 0 < amount.minor_units <= credit.balance_minor:
        left = Money(credit.balance_minor, credit.currency)
        raise RefusedError("credit.amount", f"{left.decimal()} {left.currency} are left of {credit.code}.")
    credit.balance_minor -= amount.minor_units
    row = StoreCreditUse(
        id=new_id("use"),
        credit_id=credit.id,
        reference=reference[:64],
        amount_minor=amount.minor_units,
        by=by[:64],
        at=now,
    )
    session.add(row)
    session.flush()
    ledger.credit_redeemed(session, case_id=credit.case_id, use_id=row.id, amount=amount, at=now)
    return credit
