"""Photos in a return: when they are asked for, when they are enough, when to go on without."""

from __future__ import annotations

from actions.dialogue.action import Turn
from actions.dialogue.items import memory_items
from actions.evidence import service as evidence
from actions.evidence.model import CheckContext
from actions.orders.model import Order
from common.errors import NotFoundError

NEEDS_PHOTOS = frozenset({"damaged", "defective", "not_as_described", "wrong_item"})
MOST = 6
# Asked again at most this often; whatever is still unclear then is for a person to look at.
_PATIENCE = 2


def minimum(turn: Turn) -> int:
    return max(1, turn.runtime.policy.returnless.photos_minimum)


def add(turn: Turn, photos: list[str]) -> bool:
    """Keep newly sent photos; they are judged when the case knows its items and reason."""
    known = turn.memory.items("open_return_photos")
    new = [photo for photo in photos if photo not in known]
    if not new:
        return False
    turn.memory.set("open_return_photos", [*known, *new][:MOST])
    turn.memory.set("open_return_photos_state", None)
    return True


def without(turn: Turn) -> None:
    """The shopper has no (more) photos."""
    has_some = bool(turn.memory.items("open_return_photos"))
    turn.memory.set("open_return_photos_state", "given" if has_some else "none")


def settle(turn: Turn, order: Order) -> None:
    """Judge what was sent. Unclear ones are put aside and asked for again, with the reason; never with a reproach."""
    memory = turn.memory
    photos = memory.items("open_return_photos")
    if not photos or memory.text("open_return_photos_state") is not None:
        return
    skus = tuple(line.sku for line in order.lines if line.id in memory_items(turn))
    try:
        checks = evidence.check(turn.session, photos, CheckContext(None, skus, order.delivered_at))
    except NotFoundError:
        # A photo that is not ours (an upload that was removed meanwhile): as if it had not been sent.
        memory.set("open_return_photos", [])
        return
    tries = memory.count("repair_photos")
    unclear = [check for check in checks if check.verdict == "ask_again"]
    clear = [check.photo_id for check in checks if check.verdict != "ask_again"]
    if unclear and len(clear) < minimum(turn) and tries < _PATIENCE:
        memory.set("repair_photos", float(tries + 1))
        memory.set("open_return_photos", clear)
        turn.voice.say(unclear[0].response or "utter_photo_too_blurred")
    elif len(clear) < minimum(turn) and not unclear and tries < _PATIENCE:
        memory.set("repair_photos", float(tries + 1))
    else:
        memory.set("open_return_photos_state", "given")


def ask(turn: Turn, *, explain: bool) -> None:
    sent = len(turn.memory.items("open_return_photos"))
    missing = max(1, minimum(turn) - sent)
    custom = {"ask": {"photos": {"minimum": missing, "maximum": MOST - sent}}}
    if any(name.startswith("utter_photo_") for name in turn.voice.said):
        response = "utter_ask_photos_again"
    elif explain:
        response = "utter_explain_photos"
    elif sent:
        response = "utter_ask_photos_more"
    else:
        response = "utter_ask_photos"
    turn.voice.say(response, custom=custom, missing=missing)
