"""The features of one message are those the model was trained on."""

from __future__ import annotations

import numpy as np

from components.kernel import TextFeatures, principal_axes, train

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


def test_vectors_are_shortened_to_the_axes_that_tell_them_apart() -> None:
    chance = np.random.default_rng(3)
    plane = np.linalg.qr(chance.normal(size=(512, 2)))[0]
    vectors = (chance.normal(size=(40, 2)) @ plane.T).astype(np.float32)
    axes = principal_axes(vectors, 2)
    np.testing.assert_allclose(axes.T @ axes, np.eye(2), atol=1e-5)
    np.testing.assert_allclose(vectors @ axes @ axes.T, vectors, atol=1e-4)


def test_a_model_of_fewer_axes_answers_as_the_whole_one() -> None:
    chance = np.random.default_rng(3)
    centres = chance.normal(size=(2, 512)) / 20
    vectors = np.repeat(centres, 20, axis=0).astype(np.float32) + chance.normal(scale=0.01, size=(40, 512))
    labels = ["a"] * 20 + ["b"] * 20
    texts = TextFeatures(SHARES).fit(["where is it"] * 40)
    models = [train(vectors, texts, labels, gamma=2.0, ridge=0.1, axes=axes) for axes in (512, 3)]
    whole, short = (model.probabilities(vectors, texts) for model in models)
    assert [models[0].classes[row] for row in whole.argmax(axis=1)] == labels
    np.testing.assert_allclose(short, whole, atol=0.05)
    assert models[1].vectors.shape == (40, 3)
