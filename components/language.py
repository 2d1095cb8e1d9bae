"""Which language a message is in: French or English, with a confidence.

Chat messages are too short for a statistical identifier alone ("oui" has no evidence for it), so words that exist in
one of the two languages only decide first; py3langid supports them on longer texts.
"""

from __future__ import annotations

import math
import re
import threading
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from components.kernel import without_accents

_WORDS = Path(__file__).parent / "words"
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?", re.UNICODE)
_NOT_WORDS = re.compile(r"\S+@\S+|https?://\S+|\S*\d\S*")
_ELISION = re.compile(r"\b(?:[cdjlmnst]|qu)'(?=[a-zà-ÿ])")
_ENGLISH_CONTRACTION = re.compile(r"\b\w+'(?:s|t|m|re|ve|ll|d)\b")
_FRENCH_LETTERS = re.compile(r"[éèêëàâçùûîïôœ]")
_lock = threading.Lock()
_identifier: list[Any] = []


class Language(NamedTuple):
    """`code` is always the better guess; `confidence` is 0.5 when nothing speaks for either."""

    code: str
    confidence: float


def detect(text: str) -> Language:
    """The language of a message; numbers, codes and addresses say nothing."""
    cleaned = _NOT_WORDS.sub(" ", text.replace("’", "'").lower())
    if not _WORD.search(cleaned):
        return Language("en", 0.5)
    weight = _evidence_of_words(cleaned) + _evidence_of_identifier(cleaned)
    confidence = 1.0 / (1.0 + math.exp(-abs(weight)))
    return Language("fr" if weight > 0 else "en", confidence)


@cache
def _words(name: str) -> frozenset[str]:
    """Words of French (without accents), of English, or `shared`: written the same in both, so no evidence."""
    return frozenset((_WORDS / f"{name}.txt").read_text(encoding="utf-8").split())


def _evidence_of_words(text: str) -> float:
    """Positive for French, negative for English, about 1.5 a telling word."""
    weight = 1.5 * len(_ELISION.findall(text)) - 1.5 * len(_ENGLISH_CONTRACTION.findall(text))
    weight += 1.0 * min(2, len(_FRENCH_LETTERS.findall(text)))
    for word in _WORD.findall(_ELISION.sub(" ", text)):
        bare = without_accents(word)
        if bare in _words("shared"):
            continue
        in_french, in_english = bare in _words("fr"), word in _words("en")
        if in_french != in_english:
            weight += 1.5 if in_french else -1.5
    return weight


def _evidence_of_identifier(text: str) -> float:
    """What py3langid says, at most as much as two words; nothing for a text of one or two short words."""
    if len(text.strip()) < 12:
        return 0.0
    with _lock:
        if not _identifier:
            from py3langid.langid import MODEL_FILE, LanguageIdentifier

            identifier = LanguageIdentifier.from_pickled_model(MODEL_FILE)
            identifier.set_languages(["en", "fr"])
            _identifier.append(identifier)
        ranked = dict(_identifier[0].rank(text))
    return max(-3.0, min(3.0, (ranked["fr"] - ranked["en"]) / 8.0))


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class LanguageDetector(GraphComponent, EntityExtractorMixin):
    """Adds an entity `language` (fr or en) over the whole message when the detection is sure enough."""

    @classmethod
    def required_components(cls) -> list[type]:
        """None: it reads the text."""
        return []

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """`threshold`: below this confidence no entity is added, the conversation keeps its language."""
        return {"threshold": 0.8}

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> LanguageDetector:
        """The component; loads the identifier now rather than at the first message."""
        detect("bonjour je voudrais savoir")
        return cls(config)

    def __init__(self, config: dict[str, Any]) -> None:
        """Built by `create`."""
        self._threshold = float(config["threshold"])

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Nothing to add to examples."""
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Add the entity to each message that shows its language."""
        for message in messages:
            text = message.get(TEXT) or ""
            language = detect(text)
            if language.confidence < self._threshold:
                continue
            entity = {
                "entity": "language",
                "value": language.code,
                "start": 0,
                "end": len(text),
                "confidence_entity": round(language.confidence, 3),
                "extractor": type(self).__name__,
            }
            message.set(ENTITIES, [*message.get(ENTITIES, []), entity], add_to_output=True)
        return messages
