"""The mathematics of the intent classifier: kernel ridge regression on sentence vectors and character n-grams.

Two texts are alike if their sentence vectors are close (Gaussian kernel) or if they share character n-grams (linear
kernel on tf-idf). One linear system gives the weights of all classes at once, and the same factorisation gives the
exact leave-one-out predictions, from which the probabilities are calibrated without holding data back.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.linalg.lapack import spotrf, spotri, spotrs
from scipy.optimize import minimize_scalar
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import TfidfVectorizer


def without_accents(text: str) -> str:
    """The text without diacritics: half of the French shoppers leave them out."""
    return "".join(char for char in unicodedata.normalize("NFD", text) if not unicodedata.combining(char))


class CharacterNgrams:
    """Tf-idf of character n-grams inside word boundaries, on text without accents."""

    def __init__(self, vocabulary: Sequence[str] = (), weights: Sequence[float] = ()) -> None:
        """Known n-grams and their weights; without them the object must be fitted first."""
        self._vectorizer = self._make({ngram: column for column, ngram in enumerate(vocabulary)} or None)
        if len(vocabulary):
            self._vectorizer.idf_ = np.asarray(weights, dtype=np.float64)

    @staticmethod
    def _make(vocabulary: dict[str, int] | None) -> TfidfVectorizer:
        return TfidfVectorizer(
            analyzer="char_wb",
            ngram_range=(2, 5),
            min_df=1 if vocabulary else 2,
            sublinear_tf=True,
            vocabulary=vocabulary,
            preprocessor=without_accents,
        )

    def fit(self, texts: Sequence[str]) -> csr_matrix:
        """Learn the n-grams of these texts and return their features."""
        return csr_matrix(self._vectorizer.fit_transform(texts))

    def transform(self, texts: Sequence[str]) -> csr_matrix:
        """Features of other texts, unit length or all zero."""
        return csr_matrix(self._vectorizer.transform(texts))

    @property
    def vocabulary(self) -> list[str]:
        """The n-grams in the order of their columns."""
        return [str(name) for name in self._vectorizer.get_feature_names_out()]

    @property
    def weights(self) -> np.ndarray:
        """Inverse document frequencies, one a column."""
        return np.asarray(self._vectorizer.idf_)


@dataclass(frozen=True)
class KernelModel:
    """A trained model; `probabilities` is the whole use of it."""

    classes: tuple[str, ...]
    vectors: np.ndarray
    alpha: np.ndarray
    ngram_alpha: np.ndarray
    base: np.ndarray
    gamma: float
    sharpness: float

    def scores(self, vectors: np.ndarray, ngrams: csr_matrix) -> np.ndarray:
        """One score a class, near 1 for a text like the examples of a class, near 0 for another."""
        kernel = gaussian(vectors, np.asarray(self.vectors, dtype=np.float32), self.gamma)
        return np.asarray(kernel @ self.alpha + ngrams @ self.ngram_alpha + self.base)

    def probabilities(self, vectors: np.ndarray, ngrams: csr_matrix) -> np.ndarray:
        """Calibrated probabilities, each row sums to one."""
        return softmax(self.scores(vectors, ngrams) * self.sharpness)


def train(
    vectors: np.ndarray, ngrams: csr_matrix, labels: Sequence[str], *, gamma: float, ngram_weight: float, ridge: float
) -> KernelModel:
    """Solve for the weights of all classes. Equal texts under two labels are allowed, they share the probability."""
    classes = tuple(sorted(set(labels)))
    targets = np.array([[float(label == name) for name in classes] for label in labels])
    base = targets.mean(axis=0)
    alpha, inverse_diagonal = _solve(vectors, ngrams, targets - base, gamma, ngram_weight, ridge)
    left_out = targets - alpha / inverse_diagonal[:, None]
    return KernelModel(
        classes=classes,
        vectors=vectors.astype(np.float16),
        alpha=alpha.astype(np.float32),
        ngram_alpha=(ngram_weight * (ngrams.T @ alpha)).astype(np.float32),
        base=base.astype(np.float32),
        gamma=gamma,
        sharpness=_best_sharpness(left_out, targets),
    )


def _solve(
    vectors: np.ndarray, ngrams: csr_matrix, targets: np.ndarray, gamma: float, ngram_weight: float, ridge: float
) -> tuple[np.ndarray, np.ndarray]:
    """The weights, and the diagonal of the inverse kernel matrix.

    Single precision is enough: the ridge keeps the matrix far from singular, and it halves the only costly step.
    """
    kernel = gaussian(vectors, vectors, gamma).astype(np.float32)
    kernel += np.float32(ngram_weight) * (ngrams @ ngrams.T).toarray().astype(np.float32)
    kernel[np.diag_indices_from(kernel)] += np.float32(ridge)
    factor, failed = spotrf(np.asfortranarray(kernel), lower=True, overwrite_a=True)
    if failed:
        raise ValueError("The intent classifier's `ridge` is too small for this training data: raise it in config.yml.")
    alpha, _ = spotrs(factor, targets.astype(np.float32), lower=True)
    inverse, _ = spotri(factor, lower=True, overwrite_c=True)
    return np.asarray(alpha), np.asarray(np.diag(inverse))


def gaussian(left: np.ndarray, right: np.ndarray, gamma: float) -> np.ndarray:
    """exp(-gamma * squared distance) of every pair of rows."""
    squares = (left**2).sum(axis=1)[:, None] + (right**2).sum(axis=1)[None, :] - 2.0 * (left @ right.T)
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
