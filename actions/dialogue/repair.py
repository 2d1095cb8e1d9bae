"""Words that put a conversation right: back, from the start, the other order, a mistake. Each is a message of its own.

They change what was said before and tell nothing new, so a message with an order number, an e-mail or more than a few
words is never one of these: it is read for what it tells.
"""

from __future__ import annotations

import re
from typing import Literal

from actions.dialogue.lexicon import plain
from actions.dialogue.reading import Findings

Repair = Literal["back", "restart", "other_order", "mistake"]
_MOST_WORDS = 9
# Matched on plain text: lower case, no accents.
_WORDS: dict[Repair, str] = {
    "restart": r"(?:start|begin) (?:all )?(?:over|again|anew|from scratch)|restart|(?:from|at) the beginning|reset"
    r"|recommenc\w*|(?:repart\w*|reprend\w*|reprenons) (?:de|a) zero|(?:depuis|du|au) debut",
    "back": r"(?:go|going|step) back|back|undo|previous (?:question|step)|one step back"
    r"|reven\w+ en arriere|en arriere|(?:question|etape) (?:precedente|d'avant)|precedent",
    "other_order": r"(?:the|my|an?) ?other (?:order|one|purchase)|(?:different|wrong) order|not (?:that|this) order"
    r"|(?:l'|une |mon |ma )autre (?:commande|achat)|mauvaise commande|tromp\w+ de commande"
    r"|pas (?:cette|la bonne|celle-la|de cette) ?(?:commande)?",
    "mistake": r"i (?:made|did) (?:a|an) (?:mistake|error)|(?:my|was a) mistake|i (?:was|got it) wrong|i messed up"
    r"|(?:that'?s|this is|it'?s) (?:wrong|not right|incorrect)|(?:je )?me suis tromp\w+|j'ai fait une erreur"
    r"|erreur de ma part|c'est (?:faux|pas (?:ca|bon|correct)|une erreur)|ce n'est pas (?:ca|bon|correct)",
}
_PATTERNS = {kind: re.compile(rf"(?<!\w)(?:{words})(?!\w)") for kind, words in _WORDS.items()}
# "I want my money back", "broken from the beginning": beside these two stands nothing but politeness.
_ALONE: tuple[Repair, ...] = ("restart", "back")
_FILLER = re.compile(
    r"(?:no|ok|okay|wait|please|can|could|we|i|you|want|need|would|like|to|the|a|one|let'?s|let|me|us|it|all"
    r"|now|actually|step"
    r"|sorry|non|attendez|svp|stp|s'il|vous|plait|on|peut|peut-on|je|veux|voudrais|vais|puis|pouvez-vous"
    r"|pourriez-vous"
    r"|d'abord|pardon|tout|la|le|l'|de|du|a|au|en|fait|alors|bon|depuis|debut)"
)


_SWEARS = re.compile(
    r"(?<!\w)(?:f+u+c+k\w*|wtf|bullshit|shitty|asshole\w*|bastards?|bitch\w*|idiots?|morons?|stupid|dumb\w*"
    r"|merde\w*|putain|connard\w*|connasse|conn?eries?|debile\w*|abruti\w*|enfoire\w*|encule\w*|bordel"
    r"|cretin\w*|salaud\w*"
    r"|ta gueule|nique\w*|foutre|stupide\w*|imbecile\w*)(?!\w)"
)


_HESITATES = re.compile(
    r"(?:\W*(?:h+m+|u+h+m*|u+m+|e+u+h+|well|ben|ok|so|wait|hold on|hang on|just|one|a|1|sec|secs|second|seconds"
    r"|moment|minute"
    r"|min|please|let me (?:see|check|look|think)|i'?ll (?:check|look)|attendez|une?|deux|instant|seconde"
    r"|secondes|minutes"
    r"|s'il vous plait|svp|je (?:cherche|regarde|reflechis|verifie)|deux))+\W*"
)
_ASKS_BACK = re.compile(
    r"(?:why|what for|how (?:do|can|would|should|does)|where (?:do|can|would|is|should|'?s)|which"
    r"|what'?s the difference"
    r"|what (?:is|do|does|are)|pourquoi|comment|ou|laquelle|lequel|quelle?s?|c'est (?:quoi|ou)|a quoi|qu'est-ce"
    r"|je (?:le|la|les) trouve)(?!\w)"
)
_MOST_WORDS_ASKING_BACK = 8


def hesitates(text: str) -> bool:
    """Whether somebody just wants a moment."""
    return _HESITATES.fullmatch(plain(text)) is not None


def asks_back(text: str) -> bool:
    """Whether a short question may be about what was asked: why, where do I find it, which one."""
    clauses = [clause.strip() for clause in re.split(r"[.,;:!?\n]+", plain(text))]
    clauses = [re.sub(r"^(?:(?:and|et|but|mais|um|euh|well|ok|so|alors|bon) )+", "", clause) for clause in clauses]
    return any(_ASKS_BACK.match(clause) and len(clause.split()) <= _MOST_WORDS_ASKING_BACK for clause in clauses)


_PERSON = re.compile(
    r"(?<!\w)(?:(?:talk|speak|deal|chat) (?:to|with) (?:an?|some|any|your)? ?(?:\w+ )?(?:human|person|agent"
    r"|someone|somebody|staff)"
    r"|(?:actual|real|living) (?:human|person)|put me through|parler (?:a|avec) (?:une?|quelqu'un|l'un)"
    r"|(?:vraie?|veritable) (?:humain|personne)|humain en vrai|passez-moi (?:une?|quelqu'un))(?!\w)"
)


def wants_person(text: str) -> bool:
    """Whether a person is plainly asked for, whatever else the message resembles."""
    return _PERSON.search(plain(text)) is not None


def swears(text: str) -> bool:
    """Whether somebody is beside themselves; what they say is no answer and no subject."""
    return _SWEARS.search(plain(text)) is not None


def wanted(found: Findings) -> Repair | None:
    """What is to be put right, if that is what the message is for."""
    text = plain(found.message.text)
    if found.order_number or found.email or found.quantity:
        return None
    for kind in _ALONE:
        for clause in re.split(r"[.,;:!?\n]+", text):
            match = _PATTERNS[kind].search(clause)
            rest = re.findall(r"[\w'-]+", clause[: match.start()] + " " + clause[match.end() :]) if match else []
            if match is not None and all(map(_FILLER.fullmatch, rest)):
                return kind
    if not text or len(text.split()) > _MOST_WORDS:
        return None
    if _PATTERNS["other_order"].search(text):
        return "other_order"
    tells = found.reason_in_words or found.outcome
    return "mistake" if not tells and _PATTERNS["mistake"].search(text) else None
