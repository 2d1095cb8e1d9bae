"""The mathematics of the intent classifier: kernel ridge regression on sentence vectors, characters and words.

Two texts are alike if their sentence vectors are close (Gaussian kernel) or if they share character n-grams or words
in sequence (linear kernel on tf-idf). One linear system gives the weights of all classes at once, and the same
factorisation gives the exact leave-one-out predictions, from which the probabilities are calibrated without holding
data back.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from scipy.linalg.lapack import spotrf, spotrs, strtri
from scipy.optimize import minimize_scalar
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import TfidfVectorizer


def without_accents(text: str) -> str:
    """The text without diacritics: half of the French shoppers leave them out."""
    return "".join(char for char in unicodedata.normalize("NFD", text) if not unicodedata.combining(char))


class Ngrams:
    """Tf-idf of n-grams on text without accents: of characters inside word boundaries, or of whole words."""

    def __init__(self, analyzer: str, vocabulary: Sequence[str] = (), weights: Sequence[float] = ()) -> None:
        """`analyzer` is "char_wb" or "word"; known n-grams and their weights, without which it must be fitted first."""
        words: dict[str, Any] = {"ngram_range": (1, 3), "token_pattern": r"(?u)\b\w+\b"}
        self._vectorizer = TfidfVectorizer(
            analyzer=analyzer,
            **(words if analyzer == "word" else {"ngram_range": (2, 5)}),
            min_df=1 if vocabulary else 2,
            sublinear_tf=True,
            vocabulary={ngram: column for column, ngram in enumerate(vocabulary)} or None,
            preprocessor=without_accents,
        )
        if len(vocabulary):
            self._vectorizer.idf_ = np.asarray(weights, dtype=np.float64)

    def fit(self, texts: Sequence[str]) -> csr_matrix:
        """Learn the n-grams of these texts and return their features."""
        return csr_matrix(self._vectorizer.fit_transform(texts), dtype=np.float32)

    def transform(self, texts: Sequence[str]) -> csr_matrix:
        """Features of other texts, unit length or all zero."""
        return csr_matrix(self._vectorizer.transform(texts), dtype=np.float32)

    @property
    def vocabulary(self) -> list[str]:
        """The n-grams in the order of their columns."""
        return [str(name) for name in self._vectorizer.get_feature_names_out()]

    @property
    def weights(self) -> list[float]:
        """Inverse document frequencies, one a column."""
        return [round(float(value), 5) for value in self._vectorizer.idf_]


class TextFeatures:
    """Characters and words side by side, each with its share in the kernel."""

    def __init__(self, shares: Mapping[str, float], known: Mapping[str, Mapping[str, Any]] | None = None) -> None:
        """`shares` by analyzer; `known` is what `facts` gave after fitting."""
        known = known or {}
        self._parts = [(share, Ngrams(name, **known.get(name, {}))) for name, share in shares.items()]
        self._names = list(shares)

    def fit(self, texts: Sequence[str]) -> csr_matrix:
        """Learn the n-grams of these texts and return their features."""
        return self._join([(share, part.fit(texts)) for share, part in self._parts])

    def transform(self, texts: Sequence[str]) -> csr_matrix:
        """Features of other texts."""
        return self._join([(share, part.transform(texts)) for share, part in self._parts])

    @staticmethod
    def _join(parts: Sequence[tuple[float, csr_matrix]]) -> csr_matrix:
        return csr_matrix(hstack([matrix * np.float32(math.sqrt(share)) for share, matrix in parts]))

    def facts(self) -> dict[str, dict[str, Any]]:
        """What to store: n-grams and weights by analyzer."""
        return {
            name: {"vocabulary": part.vocabulary, "weights": part.weights}
            for name, (_, part) in zip(self._names, self._parts, strict=True)
        }


@dataclass(frozen=True)
class KernelModel:
    """A trained model; `probabilities` is the whole use of it."""

    classes: tuple[str, ...]
    vectors: np.ndarray
    alpha: np.ndarray
    text_alpha: np.ndarray
    base: np.ndarray
    gamma: float
    sharpness: float

    @cached_property
    def _examples(self) -> tuple[np.ndarray, np.ndarray]:
        """The examples' vectors as they are computed with, and their squares: made once, not for every message."""
        examples = np.asarray(self.vectors, dtype=np.float32)
        return examples, (examples**2).sum(axis=1)

    def scores(self, vectors: np.ndarray, texts: csr_matrix) -> np.ndarray:
        """One score a class, near 1 for a text like the examples of a class, near 0 for another."""
        examples, squares = self._examples
        kernel = gaussian(vectors, examples, self.gamma, squares)
        return np.asarray(kernel @ self.alpha + texts @ self.text_alpha + self.base)

    def probabilities(self, vectors: np.ndarray, texts: csr_matrix) -> np.ndarray:
        """Calibrated probabilities, each row sums to one."""
        return softmax(self.scores(vectors, texts) * self.sharpness)


def train(vectors: np.ndarray, texts: csr_matrix, labels: Sequence[str], *, gamma: float, ridge: float) -> KernelModel:
    """Solve for the weights of all classes. Equal texts under two labels are allowed, they share the probability."""
    classes = tuple(sorted(set(labels)))
    targets = np.array([[float(label == name) for name in classes] for label in labels])
    base = targets.mean(axis=0)
    alpha, inverse_diagonal = _solve(vectors, texts, targets - base, gamma, ridge)
    left_out = targets - alpha / inverse_diagonal[:, None]
    return KernelModel(
        classes=classes,
        vectors=vectors.astype(np.float16),
        alpha=alpha.astype(np.float32),
        text_alpha=np.asarray(texts.T @ alpha, dtype=np.float32),
        base=base.astype(np.float32),
        gamma=gamma,
        sharpness=_best_sharpness(left_out, targets),
    )


def _solve(
    vectors: np.ndarray, texts: csr_matrix, targets: np.ndarray, gamma: float, ridge: float
) -> tuple[np.ndarray, np.ndarray]:
    """The weights, and the diagonal of the inverse kernel matrix.

    Single precision is enough: the ridge keeps the matrix far from singular, and it halves the only costly step.
    """
    kernel = gaussian(vectors, vectors, gamma).astype(np.float32)
    kernel += (texts @ texts.T).toarray()
    kernel[np.diag_indices_from(kernel)] += np.float32(ridge)
    factor, failed = spotrf(np.asfortranarray(kernel), lower=True, overwrite_a=True)
    if failed:
        raise ValueError("The intent classifier's `ridge` is too small for this training data: raise it in config.yml.")
    alpha, _ = spotrs(factor, targets.astype(np.float32), lower=True)
    # The inverse is the product of the factor's inverse with itself: its diagonal needs no product.
    inverse, _ = strtri(factor, lower=True, overwrite_c=True)
    return np.asarray(alpha), np.einsum("ij,ij->j", inverse, inverse)


def gaussian(left: np.ndarray, right: np.ndarray, gamma: float, squares_right: np.ndarray | None = None) -> np.ndarray:
    """exp(-gamma * squared distance) of every pair of rows; `squares_right` are the squared lengths of `right`."""
    if squares_right is None:
        squares_right = (right**2).sum(axis=1)
    squares = (left**2).sum(axis=1)[:, None] + squares_right[None, :] - 2.0 * (left @ right.T)
    return np.asarray(np.exp(-gamma * np.maximum(squares, 0.0)))


def softmax(values: np.ndarray) -> np.ndarray:
    """Row-wise softmax."""
    exponents = np.exp(values - values.max(axis=1, keepdims=True))
    return np.asarray(exponents / exponents.sum(axis=1, keepdims=True))


def _best_sharpness(scores: np.ndarray, targets: np.ndarray) -> float:
    """The factor for which softmax of the left-out scores has the highest likelihood."""

    def loss(factor: float) -> float:
        likelihood = (softmax(scores * factor) * targets).sum(axis=1)
        return float(-np.log(np.maximum(likelihood, 1e-12)).mean())

    return float(minimize_scalar(loss, bounds=(1.0, 40.0), method="bounded").x)
