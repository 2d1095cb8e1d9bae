"""Who is asking: an order number and a second proof. First part of every form; skipped once it is settled.

One conversation sees one customer's data: another order opens with the proof given before, or with one of its own.
"""

from __future__ import annotations

from actions.dialogue.action import Turn
from actions.dialogue.reading import Findings
from actions.orders import service as orders
from actions.orders.model import FoundOrder, Order, Proof, number_key
from common.errors import NotFoundError, RefusedError

QUESTIONS = ("identify_order_number", "identify_proof")


def order_of(turn: Turn) -> Order | None:
    """The order this conversation has proved to be the shopper's, if any."""
    order_id = turn.memory.text("identify_order_id")
    if order_id is None:
        return None
    try:
        return orders.get(turn.session, order_id)
    except NotFoundError:
        turn.memory.set("identify_order_id", None)
        return None


def take(turn: Turn, found: Findings, asked: str | None) -> bool:
    """Keep what the message tells about the order and look it up once both proofs are there; says if it told any."""
    memory = turn.memory
    number = found.order_number if asked != "open_return_quantity" else None
    if memory.text("identify_order_id") is not None:
        return _other_order(turn, number, found.email)
    if number is not None:
        memory.set("identify_order_number", number)
    if found.email is not None:
        memory.set("identify_proof", found.email)
    told = number is not None or found.email is not None
    typed = memory.text("identify_order_number")
    known = typed or (_signed_number(turn) if asked is None else None)
    if known is None or not _has_proof(turn, known) or not (told or asked is None):
        return told
    proof = memory.text("identify_proof")
    # Who has typed no proof need not hear that what the shop or the channel knows leads nowhere: it is asked for.
    order = _look_up(turn, known, proof, quiet=proof is None)
    if order is not None:
        _found(turn, order)
    return told


def _found(turn: Turn, order: Order) -> None:
    turn.memory.set("identify_order_id", order.id)
    turn.memory.set("identify_order_number", order.number)
    orders.follow(turn.session, order.id, turn.conversation_id, now=turn.now)
    turn.voice.say("utter_identify_found", number=order.number)


def again(turn: Turn) -> bool:
    """Forget the number, so that it is asked again; the proof may fit the other order too. Says if there was one."""
    known = turn.memory.text("identify_order_number") is not None
    turn.memory.forget(("identify_order_number", "identify_order_id"))
    return known


def _other_order(turn: Turn, number: str | None, email: str | None) -> bool:
    """Another number while an order is open: it is opened too if the proof fits; otherwise the first one stays."""
    memory = turn.memory
    current = memory.text("identify_order_number") or ""
    if number is None or number_key(number) == number_key(current):
        return False
    proof = email or memory.text("identify_proof")
    order = _look_up(turn, number, proof, quiet=True)
    if order is None:
        turn.voice.say("utter_identify_other_not_found", number=current)
        return True
    memory.set("identify_proof", proof)
    memory.forget(("open_return_items", "open_return_quantity", "open_return_confirmed"))
    _found(turn, order)
    return True


def _look_up(turn: Turn, number: str, email: str | None, *, quiet: bool = False) -> Order | None:
    proof = Proof(
        email=email,
        verified_email=_verified(turn, "email"),
        verified_phone=_verified(turn, "phone"),
        verified_order=_verified(turn, "order"),
    )
    try:
        answer = orders.find(turn.session, number, proof, now=turn.now, limiter_key=turn.conversation_id)
    except RefusedError:
        turn.voice.say("utter_identify_limited")
        return None
    if isinstance(answer, FoundOrder):
        return answer.order
    if not quiet:
        turn.voice.say("utter_identify_not_found")
    return None


def _verified(turn: Turn, what: str) -> str | None:
    """What the shop or the channel has proven without a question: the e-mail, the phone or the order."""
    value = turn.message.metadata.get(f"verified_{what}")
    return value if isinstance(value, str) and value else None


def _signed_number(turn: Turn) -> str | None:
    """The order this is about when nobody has named one: the signed one, or the only one of the signed e-mail."""
    email = _verified(turn, "email")
    return _verified(turn, "order") or (orders.only_number(turn.session, email) if email else None)


def _has_proof(turn: Turn, number: str) -> bool:
    if _verified(turn, "email") or _verified(turn, "phone") or turn.memory.text("identify_proof"):
        return True
    signed = _verified(turn, "order")
    return signed is not None and number_key(signed) == number_key(number)


def pending(turn: Turn) -> str | None:
    """The question still to be asked; after a look-up that found nothing, the number (an e-mail answers it too)."""
    if turn.memory.text("identify_order_id") is not None:
        return None
    if turn.memory.text("identify_order_number") is None or turn.memory.text("identify_proof") is not None:
        return "identify_order_number"
    return "identify_proof"


def ask(turn: Turn, question: str, *, explain: bool) -> None:
    number = turn.memory.text("identify_order_number") or ""
    if question == "identify_proof":
        turn.voice.say("utter_explain_proof" if explain else "utter_ask_proof", number=number)
    elif {"utter_identify_not_found", "utter_identify_limited"} & set(turn.voice.said):
        # These ask already.
        return
    else:
        turn.voice.say("utter_explain_order_number" if explain else "utter_ask_order_number")
