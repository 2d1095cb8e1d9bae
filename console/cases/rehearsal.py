"""The exact consequence of a decision, found by taking it and taking it back.

The confirm step shows what the very code that will run has done inside a savepoint, so that what is promised and what
happens cannot drift apart.
"""

from __future__ import annotations

from dataclasses import dataclass

from actions.cases import repository as cases
from actions.cases.claims import locked
from actions.refunds import repository as refunds
from actions.suppliers import repository as claims
from bot.outbox import service as outbox
from common.errors import RetourError
from console import repository
from console.cases.acts import Order, perform
from console.render import Look
from console.visit import Visit


@dataclass(frozen=True)
class Consequence:
    """`lines` say in words what would happen, `messages` what the shopper would read; `refusal` why it cannot be."""

    status: str = ""
    resolution: str | None = None
    refund_minor: int = 0
    lines: tuple[str, ...] = ()
    messages: tuple[str, ...] = ()
    refusal: str = ""


def rehearse(visit: Visit, case_id: str, order: Order) -> Consequence:
    """What `order` would do to the case now. Nothing of it stays."""
    session = visit.session
    # The locks come first, in the usual order: SQLite begins to write with them, and a savepoint before that would be
    # a transaction of its own.
    locked(session, case_id)
    cases.get_for_change(session, case_id)
    with session.begin_nested() as savepoint:
        try:
            consequence = _run(visit, case_id, order)
        except RetourError as error:
            consequence = Consequence(refusal=error.message)
        finally:
            savepoint.rollback()
    # The identity map still holds the rows as the rehearsal left them.
    session.expire_all()
    return consequence


def _run(visit: Visit, case_id: str, order: Order) -> Consequence:
    session = visit.session
    case = repository.case_of(session, case_id=case_id)
    if case is None:
        return Consequence()
    talk = cases.followed_in(session, case)
    said_before = talk.seq if talk else 0
    place = talk.id if talk else case.conversation_id
    paid_before = {refund.id for refund in refunds.of_case(session, case_id)}
    claims_before = {claim.id for claim in claims.of_case(session, case_id)}
    perform(visit, session, case_id, order)
    session.flush()
    session.expire_all()
    case = repository.case_of(session, case_id=case_id)
    assert case is not None
    started = [refund for refund in refunds.of_case(session, case_id) if refund.id not in paid_before]
    look, words = Look(visit.words, visit.now), visit.words
    lines = []
    for refund in started:
        amount = look.money(refund.amount_minor, refund.currency)
        key = "consequence.refund"
        if refund.method == "store_credit":
            key = "consequence.credit"
        elif visit.context.runtime.gateway.by_hand:
            key = "consequence.refund_hand"
        lines.append(words.get(key, amount=amount))
    if not started:
        lines.append(words.get("consequence.no_money"))
    for claim in claims.of_case(session, case_id):
        if claim.id in claims_before:
            continue
        config = visit.context.runtime.shop.suppliers.get(claim.supplier_id)
        expected = look.money(claim.credit_expected_minor, claim.currency)
        key = "consequence.claim" if claim.returnless else "consequence.supplier"
        lines.append(words.get(key, supplier=config.name if config else claim.supplier_id, amount=expected))
    lines.append(words.get("consequence.status", status=words.name("status", case.status)))
    said = outbox.transcript(session, visit.context.runtime.phrases, place, after=said_before)
    return Consequence(
        status=case.status,
        resolution=case.resolution,
        refund_minor=sum(refund.amount_minor for refund in started),
        lines=tuple(lines),
        messages=tuple(message.text for message in said),
    )
