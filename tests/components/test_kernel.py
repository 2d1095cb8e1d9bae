"""The features of one message are those the model was trained on."""

from __future__ import annotations

import numpy as np

from components.kernel import TextFeatures

SHARES = {"char_wb": 0.4, "word": 0.3}
TEXTS = [
    "where is my refund, where is it?",
    "où est mon remboursement ?",
    "ou est mon colis",
    "where is my parcel",
    "my parcel is broken",
]


def test_a_text_has_the_features_it_was_trained_with() -> None:
    features = TextFeatures(SHARES)
    trained = features.fit(TEXTS)
    assert (abs(features.transform(TEXTS) - trained) > 1e-6).nnz == 0


def test_features_are_the_same_after_storing() -> None:
    features = TextFeatures(SHARES)
    features.fit(TEXTS)
    loaded = TextFeatures(SHARES, features.facts())
    other = ["where is my broken parcel", "mon remboursement"]
    np.testing.assert_allclose(loaded.transform(other).toarray(), features.transform(other).toarray(), atol=1e-5)


def test_a_text_without_a_known_word_has_no_features() -> None:
    features = TextFeatures(SHARES)
    features.fit(TEXTS)
    assert features.transform(["12345", TEXTS[0]]).getnnz(axis=1)[0] == 0
