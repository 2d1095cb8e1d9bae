"""Two wishes in one message: "it's broken, and where is my refund for the other one?". Each is dealt with in its turn.

The classifier gives a message one intent; what else its parts ask is found here by plain words. A part that asks how
another order stands or wants it cancelled, beside one that reports what happened, is kept until the return is made.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from rasa_sdk.events import FollowupAction

from actions.dialogue import lexicon
from actions.dialogue.action import Turn
from actions.dialogue.memory import IDENTIFY_ORDER
from actions.dialogue.reading import Findings, reason_by_words

_OTHER = re.compile(r"(?<!\w)(?:other|another|second|previous|autre|deuxieme|precedente?)(?!\w)")
_ASKS_TRACK = re.compile(
    r"(?:where (?:is|are|'?s)|when (?:will|does|is|do)|ou (?:est|en est|se trouve)|quand (?:arrive|est-ce|vais))(?!\w)"
)
_ASKS_REFUND = re.compile(r"(?:where|when|what about|ou|quand|et pour) .*(?:refund|money|rembours|argent)")
_ORDER = r"orders?|commandes?"
_NUMBER = re.compile(r"\d{3}")
_IF = re.compile(r"(?:what )?(?:if|when|in case)(?!\w)|(?:et )?(?:si|s'il|quand|lorsque|au cas ou)(?!\w)")

# Who has sent it back already is not about to begin.
_SENT_BACK = re.compile(r"(?<!\w)(?:returned|sent (?:it |them )?back|(?:r?envoyee?s?|retournee?s?|rendue?s?))(?!\w)")


@dataclass(frozen=True)
class Second:
    """What a message asks of another order besides what it reports, and the words of both."""

    topic: str
    asks: str
    report: str


def second(text: str) -> Second | None:
    """The wish for another order in a message that also reports something, if there is one."""
    parts = lexicon.parts(text)
    asks = [(topic, part) for part in parts if (topic := _topic(part)) is not None]
    reports = [part for part in parts if _topic(part) is None and reason_by_words(part) is not None]
    return Second(*asks[0], ", ".join(reports)) if asks and reports else None


def _topic(part: str) -> str | None:
    # An order with a number of its own in this part is another one than the part beside it is about.
    names_another = _OTHER.search(part) or _NUMBER.search(part)
    if names_another and lexicon.CANCEL.search(part) and lexicon.has_word(part, _ORDER):
        return "cancel_order"
    # Of the same order it would be one matter: "it never came, where is my parcel?"
    if _OTHER.search(part) is None or lexicon.REFUND_TIME.search(part) or lexicon.WHERE_TO_SEND.search(part):
        return None
    if lexicon.RETURN_STATUS.search(part):
        return "return"
    if lexicon.REFUND_STATUS.search(part) or _ASKS_REFUND.search(part):
        return "refund"
    return "track_order" if _ASKS_TRACK.match(part) else None


def keep(turn: Turn, text: str) -> Second | None:
    """Keep the wish of a message that holds both, and say so: the report is made first. None if it holds no two."""
    wish = second(text)
    if wish is None or turn.memory.text("dialogue_later") is not None:
        return None
    number = lexicon.plain(turn.message.entities.get("order_number", ""))
    if number and number in wish.asks and number in wish.report:
        return None
    turn.memory.set("dialogue_later", f"{wish.topic} {number if number in wish.asks else ''}".strip())
    turn.voice.say("utter_second_wish_kept")
    return wish


def without_kept_number(turn: Turn, found: Findings) -> Findings:
    """The findings, unless their order number is the one of the kept wish: it says nothing of what is reported."""
    kept = (turn.memory.text("dialogue_later") or "").partition(" ")[2]
    same = bool(kept) and lexicon.plain(found.order_number or "") == kept
    return replace(found, order_number=None) if same else found


def begin_report(turn: Turn, words: str) -> None:
    """The return form is to read these words, although the message was taken for something else."""
    turn.memory.set("repair_said", words)
    turn.memory.set("repair_meaning", "return_or_refund_request")


def reported(text: str) -> str | None:
    """What a question about the terms reports beside it, not what it supposes ("if it is broken, who pays?")."""
    parts = lexicon.parts(text)
    told = [part for part in parts if reason_by_words(part) and not lexicon.is_question(part) and not _IF.match(part)]
    return ", ".join(told) if told and len(parts) > 1 else None


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
