"""Which lines of the order a return is about, and how many pieces of each."""

from __future__ import annotations

from dataclasses import dataclass

from actions.cases import repository as cases
from actions.catalogue import service as catalogue
from actions.catalogue.matching import NamedLine, match_lines
from actions.dialogue import lexicon
from actions.dialogue.action import Turn
from actions.dialogue.reading import Findings
from actions.dialogue.voice import choice
from actions.orders import service as orders
from actions.orders.model import Order

ALL = "all"
# Quick replies beyond these cover a phone's screen; the rest is written.
_MOST_BUTTONS = 9


@dataclass(frozen=True)
class Returnable:
    """A line that can still be returned: `most` pieces, called `name` in the shopper's language."""

    line_id: str
    name: str
    most: int
    bought: int


def request_key(turn: Turn) -> str:
    """The name of the request that is being made: the same however often one of its turns runs."""
    return f"{turn.conversation_id}:{turn.memory.text('open_return_run')}"


def returnable(turn: Turn, order: Order) -> list[Returnable]:
    # A turn that was cut off runs again: what this very request has claimed meanwhile is still its own.
    own = cases.by_key(turn.session, request_key(turn))
    claimed = cases.claimed(turn.session, order.id, except_case=own.id if own else "")
    return [
        Returnable(
            item.line.id,
            catalogue.line_name(turn.session, item.line, turn.voice.language),
            item.quantity,
            item.line.quantity,
        )
        for item in orders.returnable(order, claimed)
        if item.quantity > 0
    ]


def take_items(turn: Turn, order: Order, found: Findings, asked: str | None) -> bool:
    """Keep the items a message names; an order of one line needs no naming. Says whether the message named any."""
    memory, lines = turn.memory, returnable(turn, order)
    if not memory.items("open_return_items") and len(lines) == 1:
        _keep(turn, lines, {lines[0].line_id: None})
    # What has been said about the items stands until they are asked for, corrected, or read back.
    open_to_change = (
        not memory.items("open_return_items")
        or found.correction
        or asked in ("open_return_items", "open_return_confirmed", "open_return_change")
    )
    if len(lines) < 2 or not found.message.text or not open_to_change:
        return False
    if found.question and asked != "open_return_items":
        return False
    if not (asked == "open_return_items" or found.report or found.correction):
        return False
    return _take_named(turn, order, lines, found, asked)


def _take_named(turn: Turn, order: Order, lines: list[Returnable], found: Findings, asked: str | None) -> bool:
    allowed = {line.line_id: line for line in lines}
    named: list[NamedLine] = catalogue.named_lines(turn.session, [line for line in order.lines if line.id in allowed])
    matches = match_lines(lexicon.things_named(found.message.text), named, turn.voice.language)
    if matches.kind != "sure":
        return False
    # "everything is broken" in a first sentence is how people talk; as an answer it means the whole order.
    if asked is None and len(matches.lines) == len(lines) and not found.all_items:
        return False
    before = memory_items(turn)
    wanted = {match.line_id: match.quantity for match in matches.lines if match.line_id in allowed}
    if set(wanted) == set(before) and all(value is None for value in wanted.values()):
        return False
    _keep(turn, lines, wanted)
    return bool(wanted)


def choose_item(turn: Turn, order: Order, value: str) -> bool:
    """A quick reply: one line, or the whole order."""
    lines = returnable(turn, order)
    if value == ALL:
        _keep(turn, lines, {line.line_id: line.most for line in lines})
        return True
    if value not in {line.line_id for line in lines}:
        return False
    _keep(turn, lines, {value: None})
    return True


def reopen(turn: Turn, order: Order) -> None:
    """Ask again which items, or, where there is only one, how many of it."""
    lines = returnable(turn, order)
    turn.memory.set("open_return_items", None)
    if len(lines) == 1:
        _keep(turn, lines, {lines[0].line_id: None})


def take_quantity(turn: Turn, order: Order, found: Findings, asked: str | None) -> bool:
    """Keep a number of pieces for the line it was asked for, or for the only line there is."""
    lines = {line.line_id: line for line in returnable(turn, order)}
    items = turn.memory.items("open_return_items")
    open_items = [item for item in items if item["quantity"] is None]
    target = open_items[0] if open_items else items[0] if len(items) == 1 else None
    if target is None or target["line"] not in lines:
        return False
    most = lines[target["line"]].most
    said = most if found.all_items and asked == "open_return_quantity" else found.quantity
    if lexicon.ONE_OF.search(lexicon.plain(found.message.text)):
        said = 1
    if said is None or not 1 <= said <= most or said == target["quantity"]:
        return False
    turn.memory.set("open_return_items", [{**item, "quantity": said} if item is target else item for item in items])
    return True


def memory_items(turn: Turn) -> dict[str, int | None]:
    return {item["line"]: item["quantity"] for item in turn.memory.items("open_return_items")}


def line_without_quantity(turn: Turn, order: Order) -> Returnable | None:
    lines = {line.line_id: line for line in returnable(turn, order)}
    return next((lines[line] for line, quantity in memory_items(turn).items() if quantity is None), None)


def ask_items(turn: Turn, order: Order, *, explain: bool) -> None:
    lines = returnable(turn, order)
    buttons = [choice(line.name, "open_return_items", line.line_id) for line in lines[:_MOST_BUTTONS]]
    if len(lines) > 1:
        buttons.append(choice(turn.voice.word("utter_label_all_items"), "open_return_items", ALL))
    turn.voice.say("utter_explain_items" if explain else "utter_ask_items", buttons=buttons, number=order.number)


def ask_quantity(turn: Turn, line: Returnable, *, explain: bool) -> None:
    numbers = [choice(str(number), "open_return_quantity", str(number)) for number in range(1, min(line.most, 6) + 1)]
    response = "utter_explain_quantity" if explain else "utter_ask_quantity"
    turn.voice.say(response, buttons=numbers, name=line.name, most=line.most)


def _keep(turn: Turn, lines: list[Returnable], wanted: dict[str, int | None]) -> None:
    """Write the items; where only one piece can be meant, the number is known."""
    kept = []
    for line in lines:
        if line.line_id in wanted:
            said = wanted[line.line_id]
            quantity = 1 if line.most == 1 else said if said is not None and 1 <= said <= line.most else None
            kept.append({"line": line.line_id, "quantity": quantity})
    turn.memory.set("open_return_items", kept)
