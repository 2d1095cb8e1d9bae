"""Everything useful in one message, whatever was asked: a shopper may say all of it at once, or correct it late."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from actions.dialogue import lexicon, slips
from actions.dialogue.message import Message
from actions.policy.model import Reason

# Shapes of order numbers, for an answer to the question after it; elsewhere the recognised entity counts alone.
_NUMBER_SHAPE = re.compile(r"#?\s*(?=[\w/-]*\d)[A-Za-z]{0,6}[-/]?\d[\w/-]{1,24}")
_EMAIL = re.compile(r"[\w.+%-]+@[\w-]+(?:\.[\w-]+)+")
_DIGITS = re.compile(r"(?<![\w#/.,-])(\d{1,3})(?![\w/.,-]*\d|€|\s*(?:eur|\$|usd|£))")
_REASON_OF_INTENT: dict[str, Reason] = {
    "report_not_as_described": "not_as_described",
    "report_lost_or_not_received": "not_received",
    "changed_mind": "changed_mind",
}
# Here the intent says nothing about the reason, and a clear word may.
_TELLS_BY_WORDS = frozenset(
    {"return_or_refund_request", "request_exchange", "complaint", "inform_order_number", "inform_email", "nlu_fallback"}
)
# Answered with a number or an address, which resembles anything: "try ann@example.com" is no wish for another one.
_IDENTIFYING = frozenset({"identify_order_number", "identify_proof"})
# Asked when everything is known: what else is said then corrects it.
LATE = ("open_return_confirmed", "open_return_change")
# What a shopper says who wants something taken back, replaced or refunded.
REPORTS = frozenset(
    {
        *_REASON_OF_INTENT,
        "report_damaged_or_defective",
        "report_wrong_size_or_model",
        "return_or_refund_request",
        "request_exchange",
    }
)
# What is said of a thing that somebody would have kept.
_FAULTS = frozenset({"damaged", "defective", "not_as_described"})
_REPLACE = re.compile(r"replac|exchang|swap|remplac|echang|new one|neuf|neuve")
# "it broke" tells something; a single word is the reason and no more.
_WORDS_OF_A_DESCRIPTION = 2


@dataclass(frozen=True)
class Findings:
    """What one message holds. `reason_in_words` tells that its words name the reason, not its intent alone."""

    message: Message
    order_number: str | None = None
    email: str | None = None
    reason: Reason | None = None
    reason_in_words: bool = False
    outcome: str | None = None
    description: str | None = None
    quantity: int | None = None
    all_items: bool = False
    no_photo: bool = False
    photos: list[str] = field(default_factory=list)
    affirm: bool = False
    deny: bool = False
    question: bool = False
    correction: bool = False
    wants_change: bool = False
    wants_cancel: bool = False
    names_order: bool = False

    @property
    def report(self) -> bool:
        """Whether the message asks for something to be taken back or put right."""
        return self.message.intent in (*REPORTS, "inform_order_number", "inform_email")

    def answers(self, asked: str) -> bool:
        """Whether the message holds just what was asked for."""
        if asked == "open_return_outcome":
            return self.outcome is not None
        if asked == "open_return_reason":
            return self.reason is not None
        if asked == "open_return_quantity":
            return self.quantity is not None
        return asked == "open_return_photos" and bool(self.photos)

    @property
    def drops(self) -> bool:
        """Whether a request that is being made is given up; "cancel my order" is something else."""
        cancels = self.message.intent in ("change_or_cancel_return", "cancel_order", "stop")
        return cancels and self.wants_cancel and not self.names_order and not self.question


def read_message(message: Message, asked: str | None) -> Findings:
    """Read one message; `asked` is the question it may answer, which lets bare words such as "1042" or "two" count."""
    text = lexicon.plain(message.text)
    intent = message.intent
    question = lexicon.is_question(message.text)
    number, email = _order_number(message, asked), _email(message)
    # Beside the answer to who is asking, only plain words tell a reason or a wish.
    meant = "inform_order_number" if asked in _IDENTIFYING and (number or email) else intent
    reason = _reason(meant, text, asked)
    return Findings(
        message=message,
        order_number=number,
        email=email,
        reason=reason,
        reason_in_words=reason_by_words(text) is not None,
        outcome=_outcome(meant, text, asked),
        description=_description(message, asked, reason, question=question),
        quantity=_quantity(message, text, asked),
        all_items=bool(lexicon.ALL_ITEMS.search(text)) and asked in ("open_return_items", "open_return_quantity"),
        no_photo=bool(lexicon.NO_PHOTO.search(text)) or intent == "deny",
        photos=message.photos,
        affirm=intent == "affirm",
        deny=intent == "deny",
        question=question,
        correction=bool(lexicon.CORRECTION.search(text)),
        wants_change=bool(lexicon.CHANGE.search(text)),
        wants_cancel=bool(lexicon.CANCEL.search(text)),
        names_order=lexicon.has_word(text, r"orders?|commandes?"),
    )


def _email(message: Message) -> str | None:
    found = _EMAIL.search(message.text)
    if found:
        return found.group().rstrip(".").lower()
    entity = message.entities.get("email")
    return entity.lower() if entity else None


def _order_number(message: Message, asked: str | None) -> str | None:
    entity = message.entities.get("order_number")
    if entity:
        return entity.strip().rstrip(".,;!?")
    # An RMA number may look like the shop's order numbers; whether one exists, the look-up says.
    if asked not in _IDENTIFYING or lexicon.is_question(message.text):
        return None
    without_email = _EMAIL.sub(" ", message.text)
    found = _NUMBER_SHAPE.search(without_email)
    if found is None:
        return None
    # Asked for the e-mail, a lone small number is rather a quantity than another order.
    longest = max(len(part) for part in re.findall(r"\d+", found.group()))
    return found.group().strip() if asked == "identify_order_number" or longest >= 3 else None


def _reason(intent: str, text: str, asked: str | None) -> Reason | None:
    by_words = reason_by_words(text)
    if by_words == "not_received" and intent in REPORTS and not asked:
        # "never arrived" is said in no other case, whatever else the sentence resembles.
        return by_words
    if by_words == "changed_mind" and intent == "report_damaged_or_defective":
        return by_words
    if intent == "changed_mind" and not lexicon.CHANGED_MIND.search(text):
        # "It turns out too short, I'd like my money" sounds like second thoughts and is none.
        if lexicon.FITS_BADLY.search(text):
            return "wrong_size"
        # Another fault may be denied ("nothing broken, I just don't use it"): asking costs less than the wrong reason.
        return None if by_words in _FAULTS else "changed_mind"
    if intent == "report_damaged_or_defective":
        if by_words == "wrong_item" and lexicon.CAME.search(text):
            # "I got a clock instead of a lamp" resembles a damage where the model does not know the things.
            return by_words
        return "defective" if lexicon.DEFECTIVE.search(text) and not lexicon.DAMAGED.search(text) else "damaged"
    if intent == "report_wrong_size_or_model":
        if lexicon.WRONG_ITEM.search(text) and not re.search(r"size|taille|pointure|fit", text):
            return "wrong_item"
        if lexicon.WRONG_SIZE.search(text):
            return "wrong_size"
        # Neither size nor article is named: the question which it is costs less than the wrong one.
        return "wrong_item" if lexicon.WRONG_ITEM.search(text) else None
    if intent in _REASON_OF_INTENT:
        return _REASON_OF_INTENT[intent]
    return by_words if intent in _TELLS_BY_WORDS or asked == "open_return_reason" else None


def reason_by_words(text: str) -> Reason | None:
    """The reason that plain text names, whatever its intent."""
    patterns: tuple[tuple[Reason, re.Pattern[str]], ...] = (
        ("not_received", lexicon.NOT_RECEIVED),
        ("not_as_described", lexicon.NOT_AS_DESCRIBED),
        ("wrong_size", lexicon.WRONG_SIZE),
        ("wrong_item", lexicon.WRONG_ITEM),
        ("damaged", lexicon.DAMAGED),
        ("defective", lexicon.DEFECTIVE),
        ("changed_mind", lexicon.CHANGED_MIND),
    )
    return next((reason for reason, pattern in patterns if pattern.search(text)), None)


def _outcome(intent: str, text: str, asked: str | None) -> str | None:
    if asked != "open_return_outcome" and intent not in REPORTS | _TELLS_BY_WORDS | {"affirm", "deny"}:
        return None
    if asked == "open_return_outcome":
        text = slips.mended(text, slips.WISHES)
    if lexicon.STORE_CREDIT.search(text):
        return "store_credit"
    if lexicon.REFUND.search(text):
        return "refund"
    if intent == "request_exchange" or lexicon.REPLACEMENT.search(text):
        # "another colour came" speaks of what happened, "another one" of what is wished: the intent tells them apart.
        clear = intent == "request_exchange" or asked == "open_return_outcome" or _REPLACE.search(text)
        return "replacement" if clear else None
    return None


def _description(message: Message, asked: str | None, reason: Reason | None, *, question: bool) -> str | None:
    text = re.sub(r"\s*,(?:\s*,)+", ",", _EMAIL.sub("", message.text)).strip(" ,;")
    if not text or question or (asked == "open_return_photos" and lexicon.NO_PHOTO.search(lexicon.plain(text))):
        return None
    if asked == "open_return_description" and message.intent not in ("affirm", "deny", "stop"):
        return text[:1000] if len(text) >= 3 else None
    tells = reason not in (None, "changed_mind", "not_received")
    return text[:1000] if tells and len(text.split()) >= _WORDS_OF_A_DESCRIPTION else None


def _quantity(message: Message, text: str, asked: str | None) -> int | None:
    if asked != "open_return_quantity":
        entity = message.entities.get("quantity", "")
        if entity.isdigit() and 0 < int(entity) < 1000:
            return int(entity)
        if asked not in LATE or not lexicon.CORRECTION.search(text) or message.entities.get("order_number"):
            return None
        found = _DIGITS.search(text)
        return int(found.group(1)) if found else None
    if message.intent == "deny" and not any(char.isdigit() for char in text) and not _number_word(text):
        return None
    found = _DIGITS.search(text)
    return int(found.group(1)) if found else _number_word(text)


def _number_word(text: str) -> int | None:
    return next((lexicon.NUMBERS[word] for word in re.findall(r"[a-z]+", text) if word in lexicon.NUMBERS), None)
