"""Finding an order for a shopper, and what of it can still be returned."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from actions.orders import repository
from actions.orders.model import FoundOrder, NotFound, Order, Proof, ReturnableLine, number_key
from actions.orders.proof import matching
from common.errors import NotFoundError, RefusedError
from common.outbox import note_proven

LOOKUP_PERIOD = timedelta(minutes=15)
FAILURES_PER_CONVERSATION = 8
# Wider than a conversation's: somebody who hammers one number should not lock its owner out at the eighth try.
FAILURES_PER_NUMBER = 20


def find(
    session: Session, number: str, proof: Proof, *, now: datetime, limiter_key: str, shop: str | None = None
) -> FoundOrder | NotFound:
    """The order with this number if the proof belongs to it.

    A wrong number and a wrong proof give the same answer in about the same time. `limiter_key` names the conversation.
    Raises RefusedError `identify.too_many` after too many failures for the conversation or for the number; a proof that
    a channel has verified cannot be guessed and is let through, but not together with a typed one, which can. Commit
    also after `NotFound`, or failures go uncounted.
    """
    keys = [f"conversation:{limiter_key}"[:128], f"number:{number_key(number)}"[:128]]
    verified = not proof.email and bool(proof.verified_email or proof.verified_phone or proof.verified_order)
    failed = [repository.failures(session, key, now - LOOKUP_PERIOD) for key in keys]
    if not verified and (failed[0] >= FAILURES_PER_CONVERSATION or failed[1] >= FAILURES_PER_NUMBER):
        raise RefusedError(
            "identify.too_many",
            f"Too many failed look-ups in {LOOKUP_PERIOD.seconds // 60} minutes; wait, or ask a person.",
        )
    candidate = matching(number, repository.candidates(session, number, shop), proof)
    if candidate is None:
        repository.record_failure(session, keys, now, LOOKUP_PERIOD)
        return NotFound()
    return FoundOrder(get(session, candidate.id))


def get(session: Session, order_id: str) -> Order:
    """The order with this id, for who is already known to be allowed. Raises NotFoundError `order.unknown`."""
    order = repository.get(session, order_id)
    if order is None:
        raise NotFoundError("order.unknown", f"There is no order {order_id}.")
    return order


def follow(session: Session, order_id: str, conversation_id: str, *, now: datetime) -> None:
    """The order was proven in this conversation: news of its cases may go there from now on."""
    repository.note_reader(session, conversation_id, order_id, now)
    order = get(session, order_id)
    note_proven(session, conversation_id, email=order.email, order=order.number)


def only_number(session: Session, verified_email: str) -> str | None:
    """The number of the only order of an e-mail address that is proven; None when there is none, or a choice."""
    found = repository.by_email(session, verified_email, limit=2)
    return found[0].number if len(found) == 1 else None


def returnable(order: Order, claimed: Mapping[str, int]) -> list[ReturnableLine]:
    """Every line with the pieces that are not in a case yet; `claimed` is pieces by line id, as the cases know them."""
    lines = []
    for line in order.lines:
        taken = min(claimed.get(line.id, 0), line.quantity)
        lines.append(ReturnableLine(line, line.quantity - taken, taken))
    return lines
