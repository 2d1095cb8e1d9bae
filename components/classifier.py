"""Intent classifier of the bot: a Rasa component around `kernel`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from components.encoder import SentenceEncoder, encode, plain, sentence_vector
from components.kernel import KernelModel, TextFeatures, train
from components.parts import main_intent, split

_ARRAYS = ("axes", "vectors", "alpha", "text_alpha", "base")


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class KernelIntentClassifier(IntentClassifier, GraphComponent):
    """Sets `intent` and `intent_ranking` with calibrated confidences.

    Commands of the sender ("/start") never come here: Rasa reads them before the pipeline.
    """

    @classmethod
    def required_components(cls) -> list[type]:
        """The sentence encoder must come earlier in the pipeline."""
        return [SentenceEncoder]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Found by measurement, against logistic regression, SVM, nearest examples and a small neural head.

        `gamma` and `ridge` are the kernel's width and the regularisation; the weights are the shares of character
        n-grams and of words beside the sentence vectors, whose own is one. `part_confidence` is what a part of a
        message needs to count by itself.
        """
        return {
            "gamma": 2.0,
            "character_weight": 0.4,
            "word_weight": 0.3,
            "ridge": 0.1,
            "ranking_length": 5,
            "part_confidence": 0.8,
        }

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> KernelIntentClassifier:
        """An untrained classifier."""
        return cls(config, model_storage, resource)

    def __init__(
        self,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        model: KernelModel | None = None,
        known: Mapping[str, Mapping[str, Any]] | None = None,
    ) -> None:
        """Built by `create` or `load`."""
        self._config = config
        self._model_storage = model_storage
        self._resource = resource
        self._model = model
        shares = {"char_wb": float(config["character_weight"]), "word": float(config["word_weight"])}
        self._texts = TextFeatures(shares, known)

    def train(self, training_data: TrainingData) -> Resource:
        """Fit on all examples that carry a text, an intent and a sentence vector."""
        examples = [item for item in training_data.intent_examples if item.get(TEXT) and item.get(INTENT)]
        found = [(item, sentence_vector(item)) for item in examples]
        kept = [(item, vector) for item, vector in found if vector is not None]
        if kept:
            features = self._texts.fit([plain(item.get(TEXT)) for item, _ in kept])
            self._model = train(
                np.stack([vector for _, vector in kept]),
                features,
                [item.get(INTENT) for item, _ in kept],
                gamma=float(self._config["gamma"]),
                ridge=float(self._config["ridge"]),
            )
            self._persist(self._model)
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        """Set the intent of each message, and where it has parts what each means, None where unsure (`parts`)."""
        vectors = [sentence_vector(message) for message in messages]
        answerable = [pair for pair in zip(messages, vectors, strict=True) if self._model and pair[1] is not None]
        texts = [message.get(TEXT) for message, _ in answerable]
        rankings = self._rankings(texts, [vector for _, vector in answerable if vector is not None])
        for message in messages:
            _answer(message, [])
        for (message, _), ranking in zip(answerable, rankings, strict=True):
            _answer(message, ranking)
        self._add_parts([message for message, _ in answerable])
        return messages

    def _add_parts(self, messages: list[Message]) -> None:
        """Understand the parts of those messages that have some, all in one batch."""
        divided = [(message, parts) for message in messages if (parts := split(message.get(TEXT)))]
        texts = [part for _, parts in divided for part in parts]
        rankings = iter(self._rankings(texts, list(encode(texts))))
        sure = float(self._config["part_confidence"])
        for message, parts in divided:
            best = [next(rankings)[0] for _ in parts]
            whole = message.get("intent_ranking")
            main = main_intent(whole[0], best, sure)
            _answer(message, [main, *(item for item in whole if item["name"] != main["name"])])
            told = [
                {"text": part, "intent": item["name"] if item["confidence"] >= sure else None}
                for part, item in zip(parts, best, strict=True)
            ]
            message.set("parts", told, add_to_output=True)

    def _rankings(self, texts: Sequence[str], vectors: Sequence[np.ndarray]) -> list[list[dict[str, Any]]]:
        if self._model is None or not texts:
            return []
        rows = self._model.probabilities(np.stack(vectors), self._texts.transform([plain(text) for text in texts]))
        return [self._rank(self._model, row) for row in rows]

    def _rank(self, model: KernelModel, row: np.ndarray) -> list[dict[str, Any]]:
        best = np.argsort(-row)[: int(self._config["ranking_length"])]
        return [{"name": model.classes[index], "confidence": float(row[index])} for index in best]

    def _persist(self, model: KernelModel) -> None:
        with self._model_storage.write_to(self._resource) as folder:
            np.savez(folder / "kernel.npz", **{name: getattr(model, name) for name in _ARRAYS})
            (folder / "kernel.json").write_text(
                json.dumps(
                    {
                        "classes": model.classes,
                        "gamma": model.gamma,
                        "sharpness": model.sharpness,
                        "texts": self._texts.facts(),
                    }
                ),
                encoding="utf-8",
            )

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> KernelIntentClassifier:
        """A trained classifier out of the model; an untrained one if nothing was ever persisted."""
        try:
            with model_storage.read_from(resource) as folder:
                facts = json.loads((folder / "kernel.json").read_text(encoding="utf-8"))
                with np.load(folder / "kernel.npz", allow_pickle=False) as arrays:
                    stored = {name: arrays[name] for name in _ARRAYS}
        except ValueError:
            return cls(config, model_storage, resource)
        stored["vectors"] = stored["vectors"].astype(np.float32)
        model = KernelModel(
            classes=tuple(facts["classes"]), gamma=facts["gamma"], sharpness=facts["sharpness"], **stored
        )
        return cls(config, model_storage, resource, model, facts["texts"])


def _answer(message: Message, ranking: list[dict[str, Any]]) -> None:
    message.set("intent", ranking[0] if ranking else {"name": None, "confidence": 0.0}, add_to_output=True)
    message.set("intent_ranking", ranking, add_to_output=True)
