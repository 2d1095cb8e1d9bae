"""A return that is being made, put right: one part asked again, a step back, everything from the start."""

from __future__ import annotations

from actions.dialogue import identify, items, lexicon, photos
from actions.dialogue.action import Turn
from actions.dialogue.memory import IDENTIFY, OPEN_RETURN
from actions.dialogue.reading import Findings
from actions.dialogue.repair import Repair
from common.ids import new_id

# To be told in a few words, unless photos tell it.
DESCRIBED = frozenset({"damaged", "defective", "not_as_described", "wrong_item", "other"})
# Money back is what a change of mind leads to; offering more would be a question without use.
ONLY_REFUND = frozenset({"changed_mind", "other"})
# In the order they are asked; `order` stands for the number and its proof.
_PARTS = ("order", "items", "reason", "description", "photos", "outcome")
_WORDS = (
    ("photos", r"photos?|pictures?|images?"),
    ("reason", r"reasons?|raisons?|motif|problem|probleme"),
    ("outcome", r"refund|replacement|wish|outcome|remboursement|remplacement|souhait|exchange|echange"),
    ("order", r"order|commande"),
    ("items", r"items?|articles?|products?|produits?|quantity|quantite|number|nombre"),
)


def part_named(found: Findings) -> str | None:
    """The part of a request that a text names."""
    text = lexicon.plain(found.message.text)
    # "order 1042" says which order is meant, not that another one is.
    parts = [item for item in _WORDS if item[0] != "order" or not (found.order_number or found.email)]
    return next((part for part, pattern in parts if lexicon.has_word(text, pattern)), None)


def reopen(turn: Turn, part: str | None) -> bool:
    """Forget one part so that it is asked again; says whether the part was known."""
    memory = turn.memory
    if part not in _PARTS:
        return False
    memory.set("open_return_change", None)
    if part == "order":
        memory.forget(("identify_order_number", "identify_order_id", "open_return_items"))
    elif part == "photos":
        memory.forget(("open_return_photos", "open_return_photos_state", "repair_photos"))
    elif part == "items" and (order := identify.order_of(turn)) is not None:
        items.reopen(turn, order)
    else:
        memory.set(f"open_return_{part}", None)
    return True


def put_right(turn: Turn, wanted: Repair, part: str | None, asked: str | None) -> bool:
    """Do what the words ask for; says whether there was anything to put right."""
    memory = turn.memory
    if wanted == "restart":
        # Who the shopper is stays known once it is proved.
        memory.forget(OPEN_RETURN if identify.order_of(turn) else (*OPEN_RETURN, *IDENTIFY))
        memory.set("open_return_run", turn.message.id or new_id("run"))
        reopen(turn, "items")
        turn.voice.say("utter_restarted")
        return True
    if wanted == "other_order" or (wanted == "mistake" and part == "order"):
        return reopen(turn, "order") if asked is not None else False
    if wanted == "back":
        return reopen(turn, _before(turn, asked))
    if identify.order_of(turn) is None:
        return identify.again(turn)
    if part is None:
        memory.set("open_return_change", "asked")
        return True
    return reopen(turn, part)


def _before(turn: Turn, asked: str | None) -> str | None:
    """The last part that was answered before the one being asked."""
    memory = turn.memory
    order = identify.order_of(turn)
    several = order is not None and len(items.returnable(turn, order)) > 1
    reason = memory.text("open_return_reason")
    answered = {
        "order": memory.text("identify_order_number") is not None,
        "items": several and bool(memory.items("open_return_items")),
        "reason": reason is not None,
        "description": reason in DESCRIBED and memory.text("open_return_description") is not None,
        "photos": reason in photos.NEEDS_PHOTOS and memory.text("open_return_photos_state") is not None,
        "outcome": reason not in ONLY_REFUND and memory.text("open_return_outcome") is not None,
    }
    current = (asked or "").removeprefix("open_return_").replace("quantity", "confirmed")
    earlier = _PARTS[: _PARTS.index(current)] if current in _PARTS else _PARTS
    return next((part for part in reversed(earlier) if answered[part]), None)
