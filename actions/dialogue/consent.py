"""A yes or a no among other words: "Good evening! Yes, go ahead. Thanks a lot". Only an unmistakable one counts."""

from __future__ import annotations

import re
from dataclasses import replace

from actions.dialogue.lexicon import is_question, plain
from actions.dialogue.reading import Findings

# The questions a plain yes or no answers.
YES_OR_NO = frozenset({"open_return_confirmed", "case_status_confirmed"})
_YES = re.compile(
    r"(?:oh |ok |okay |well |euh |ben |alors |um |so |et |and )*(?:yes|yep|yeah|yup|ya|sure|correct|exactly"
    r"|absolutely|of course|go ahead|go for it"
    r"|send it|that'?s (?:right|correct|it|fine|ok)|all (?:good|right|correct)|it'?s (?:right|correct|fine)"
    r"|confirmed|i confirm"
    r"|oui|ouais|ouep|exact|exactement|tout a fait|bien sur|c'est (?:exact|bon|ca|juste|correct|parfait|ok)"
    r"|d'accord|parfait"
    r"|allez[- ]y|vas[- ]y|envoyez|je confirme|tout est (?:juste|bon|exact|correct)|volontiers)(?!\w)"
)
_NO = re.compile(
    r"(?:oh |ok |well |euh |ben |alors |um |et |and )*(?:no|nope|nah|non|surtout pas|no thanks|non merci)(?!\w)"
)
# Beside one of these a yes is not a plain one.
_BUT = re.compile(
    r"(?<!\w)(?:no|nope|not|n't|non|pas|ne|but|except|mais|sauf|wait|attendez|actually|en fait|change|chang\w+"
    r"|modif\w+|wrong|faux"
    r"|fausse|instead|rather|plutot|if|si|cancel\w*|annul\w+|stop)(?!\w)|n't(?!\w)"
)


def says(text: str) -> str | None:
    """ "yes", "no", or None when the text is neither, both, or asks something."""
    words = plain(text)
    clauses = [clause.strip() for clause in re.split(r"[.,;:!?\n]+", words) if clause.strip()]
    if is_question(text):
        return None
    if any(_YES.match(clause) for clause in clauses):
        return None if _BUT.search(words) else "yes"
    return "no" if any(_NO.fullmatch(clause) for clause in clauses) else None


def with_consent(found: Findings) -> Findings:
    """The findings, with a yes or no that stands among other words."""
    said = says(found.message.text)
    if said is None or found.affirm or found.deny:
        return found
    return replace(found, affirm=said == "yes", deny=said == "no")
