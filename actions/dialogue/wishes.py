"""Two wishes in one message: "it's broken, and where is my refund for the other one?". Each is dealt with in its turn.

What the parts of a message ask is found by plain words, or else by what the classifier says of each. A part that asks
how another order stands or wants it cancelled, beside one that reports what happened, is kept until the return is made.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from rasa_sdk.events import FollowupAction

from actions.dialogue import lexicon
from actions.dialogue.action import Turn
from actions.dialogue.memory import IDENTIFY_ORDER
from actions.dialogue.message import Message, Part
from actions.dialogue.reading import REPORTS, Findings, reason_by_words

_OTHER = re.compile(
    r"(?<!\w)(?:other|another|second|previous|earlier|autre|deuxieme|seconde|precedente?|anterieure?)(?!\w)"
)
# A number of its own tells another order only beside a word that adds one.
_ADDS = re.compile(r"(?<!\w)(?:also|too|as well|plus|aussi|egalement|en plus|par ailleurs|au fait|by the way)(?!\w)")
# What a part asks by its intent.
_TOPIC_OF = {
    "check_return_status": "return",
    "check_refund_status": "refund",
    "track_order": "track_order",
    "cancel_order": "cancel_order",
}
# "The other parcel never came" asks where that is; "the other mug never came" is about the order at hand.
_NEVER_CAME = "report_lost_or_not_received"
_PARCEL = r"orders?|parcels?|packages?|commandes?|colis|paquets?"
_ASKS_TRACK = re.compile(
    r"(?:where (?:is|are|'?s)|when (?:will|does|is|do)|ou (?:est|en est|se trouve)|quand (?:arrive|est-ce|vais))(?!\w)"
)
_ASKS_REFUND = re.compile(r"(?:where|when|what about|ou|quand|et pour) .*(?:refund|money|rembours|argent)")
_RETURN = "return_or_refund_request"
_ORDER = r"orders?|commandes?"
_NUMBER = re.compile(r"\d{3}")
_IF = re.compile(r"(?:what )?(?:if|when|in case)(?!\w)|(?:et )?(?:si|s'il|quand|lorsque|au cas ou)(?!\w)")

# Who has sent it back already is not about to begin.
_SENT_BACK = re.compile(r"(?<!\w)(?:returned|sent (?:it |them )?back|(?:r?envoyee?s?|retournee?s?|rendue?s?))(?!\w)")


@dataclass(frozen=True)
class Second:
    """What a message asks of another order besides what it reports, the words of both and the report's intent."""

    topic: str
    asks: str
    report: str
    meaning: str


def second(message: Message) -> Second | None:
    """The wish for another order in a message that also reports something, if there is one."""
    pieces = [Part(part) for part in lexicon.parts(message.text)]
    return _second(pieces, message.text) or _second(message.parts, message.text)


def _second(pieces: Sequence[Part], whole: str) -> Second | None:
    adds = _ADDS.search(lexicon.plain(whole)) is not None
    topics = [_topic(piece, adds=adds) for piece in pieces]
    asks = [(topic, piece.text) for topic, piece in zip(topics, pieces, strict=True) if topic is not None]
    reports = [piece for topic, piece in zip(topics, pieces, strict=True) if topic is None and _reports(piece)]
    if not asks or not reports:
        return None
    meaning = next((piece.intent for piece in reports if piece.intent in REPORTS), _RETURN)
    return Second(*asks[0], ", ".join(piece.text for piece in reports), meaning)


def _reports(piece: Part) -> bool:
    return piece.intent in REPORTS or reason_by_words(lexicon.plain(piece.text)) is not None


def _topic(piece: Part, *, adds: bool) -> str | None:
    part = lexicon.plain(piece.text)
    other = _OTHER.search(part) is not None
    cancels = piece.intent == "cancel_order" or (lexicon.CANCEL.search(part) and lexicon.has_word(part, _ORDER))
    if cancels and (other or (adds and _NUMBER.search(part))):
        return "cancel_order"
    # Of the same order it would be one matter: "it never came, where is my parcel?"
    if not other or lexicon.REFUND_TIME.search(part) or lexicon.WHERE_TO_SEND.search(part):
        return None
    if lexicon.RETURN_STATUS.search(part):
        return "return"
    if lexicon.REFUND_STATUS.search(part) or _ASKS_REFUND.search(part):
        return "refund"
    if _ASKS_TRACK.match(part) or (piece.intent == _NEVER_CAME and lexicon.has_word(part, _PARCEL)):
        return "track_order"
    return _TOPIC_OF.get(piece.intent)


def keep(turn: Turn) -> Second | None:
    """Keep the wish of a message that holds both, and say so: the report is made first. None if it holds no two."""
    wish = second(turn.message)
    if wish is None or turn.memory.text("dialogue_later") is not None:
        return None
    number = lexicon.plain(turn.message.entities.get("order_number", ""))
    asked = number != "" and number in lexicon.plain(wish.asks)
    if asked and number in lexicon.plain(wish.report):
        return None
    turn.memory.set("dialogue_later", f"{wish.topic} {number}" if asked else wish.topic)
    turn.voice.say("utter_second_wish_kept")
    return wish


def without_kept_number(turn: Turn, found: Findings) -> Findings:
    """The findings, unless their order number is the one of the kept wish: it says nothing of what is reported."""
    kept = (turn.memory.text("dialogue_later") or "").partition(" ")[2]
    same = bool(kept) and lexicon.plain(found.order_number or "") == kept
    return replace(found, order_number=None) if same else found


def begin_report(turn: Turn, words: str, meaning: str = _RETURN) -> None:
    """The return form is to read these words, although the message was taken for something else."""
    turn.memory.set("repair_said", words)
    turn.memory.set("repair_meaning", meaning)


def reported(message: Message) -> str | None:
    """What a question about the terms reports beside it, not what it supposes ("if it is broken, who pays?")."""
    by_words = [part for part in lexicon.parts(message.text) if reason_by_words(part)]
    pieces = [part.text for part in message.parts if part.intent in REPORTS]
    for parts in (by_words, pieces):
        told = [part for part in parts if not lexicon.is_question(part) and not _IF.match(lexicon.plain(part))]
        if told and len(lexicon.parts(message.text)) > 1:
            return ", ".join(told)
    return None


def reported_instead(found: Findings) -> str | None:
    """The message, if it was taken for a question how a return stands but asks nothing and tells what is wrong."""
    text = lexicon.plain(found.message.text)
    asks = found.question or lexicon.REFUND_STATUS.search(text) or lexicon.RETURN_STATUS.search(text)
    return None if asks or _SENT_BACK.search(text) or not reason_by_words(text) else found.message.text


def take_up(turn: Turn) -> None:
    """The report is made: the kept wish begins, with the number of the other order."""
    memory = turn.memory
    later = memory.text("dialogue_later")
    if later is None:
        return
    topic, _, number = later.partition(" ")
    memory.forget(("dialogue_later", "dialogue_offer", *IDENTIFY_ORDER))
    memory.set("identify_order_number", number or None)
    memory.set("case_status_topic", topic)
    turn.voice.say("utter_second_wish_now")
    turn.events.append(FollowupAction("case_status_form"))
