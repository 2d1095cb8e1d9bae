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

# Along its first 256 principal axes a sentence vector keeps 96 % of its length, and the answers are as good as with all
# 512 numbers (benchmarks/heads.py) at half the size and less than two thirds of the time.
AXES = 256


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
            min_df=2,
            sublinear_tf=True,
            preprocessor=without_accents,
        )
        self._analyze = self._vectorizer.build_analyzer()
        self._columns = {ngram: column for column, ngram in enumerate(vocabulary)}
        self._idf = np.asarray(weights, dtype=np.float64)

    def fit(self, texts: Sequence[str]) -> csr_matrix:
        """Learn the n-grams of these texts and return their features."""
        learnt = csr_matrix(self._vectorizer.fit_transform(texts), dtype=np.float32)
        self._columns, self._idf = self._vectorizer.vocabulary_, self._vectorizer.idf_
        return learnt

    def features(self, text: str) -> tuple[np.ndarray, np.ndarray]:
        """Columns and values of another text's features, unit length; both empty if it shares no n-gram.

        The same numbers as the vectorizer's own, which makes a dozen sparse matrices on the way: for one message they
        take ten times as long as everything else.
        """
        found = [self._columns[ngram] for ngram in self._analyze(text) if ngram in self._columns]
        columns, counts = np.unique(np.array(found, dtype=np.int32), return_counts=True)
        values = (1.0 + np.log(counts)) * self._idf[columns]
        return columns, (values / max(float(np.linalg.norm(values)), 1e-12)).astype(np.float32)

    def __len__(self) -> int:
        """How many n-grams are known: the columns of the features."""
        return len(self._columns)

    @property
    def vocabulary(self) -> list[str]:
        """The n-grams in the order of their columns."""
        return sorted(self._columns, key=self._columns.__getitem__)

    @property
    def weights(self) -> list[float]:
        """Inverse document frequencies, one a column."""
        return [round(float(value), 5) for value in self._idf]


class TextFeatures:
    """Characters and words side by side, each with its share in the kernel."""

    def __init__(self, shares: Mapping[str, float], known: Mapping[str, Mapping[str, Any]] | None = None) -> None:
        """`shares` by analyzer; `known` is what `facts` gave after fitting."""
        known = known or {}
        self._parts = [(share, Ngrams(name, **known.get(name, {}))) for name, share in shares.items()]
        self._names = list(shares)

    def fit(self, texts: Sequence[str]) -> csr_matrix:
        """Learn the n-grams of these texts and return their features."""
        fitted = [part.fit(texts) * np.float32(math.sqrt(share)) for share, part in self._parts]
        return csr_matrix(hstack(fitted))

    def transform(self, texts: Sequence[str]) -> csr_matrix:
        """Features of other texts, at least one."""
        rows = [self._row(text) for text in texts]
        columns, values = (np.concatenate(side) for side in zip(*rows, strict=True))
        ends = np.cumsum([0, *(len(found) for found, _ in rows)])
        return csr_matrix((values, columns, ends), shape=(len(rows), sum(len(part) for _, part in self._parts)))

    def _row(self, text: str) -> tuple[np.ndarray, np.ndarray]:
        columns, values, first = [], [], 0
        for share, part in self._parts:
            found, weights = part.features(text)
            columns.append(found + first)
            values.append(weights * np.float32(math.sqrt(share)))
            first += len(part)
        return np.concatenate(columns), np.concatenate(values)

    def facts(self) -> dict[str, dict[str, Any]]:
        """What to store: n-grams and weights by analyzer."""
        return {
            name: {"vocabulary": part.vocabulary, "weights": part.weights}
            for name, (_, part) in zip(self._names, self._parts, strict=True)
        }


@dataclass(frozen=True)
class KernelModel:
    """A trained model; `probabilities` is the whole use of it. `vectors` are the examples along `axes`."""

    classes: tuple[str, ...]
    axes: np.ndarray
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
        # Row by row: for a product of two matrices BLAS rearranges all examples first, which takes longer than a few
        # products with a vector.
        shortened = vectors @ self.axes
        kernel = np.concatenate([gaussian(row[None, :], examples, self.gamma, squares) for row in shortened])
        return np.asarray(kernel @ self.alpha + texts @ self.text_alpha + self.base)

    def probabilities(self, vectors: np.ndarray, texts: csr_matrix) -> np.ndarray:
        """Calibrated probabilities, each row sums to one."""
        return softmax(self.scores(vectors, texts) * self.sharpness)


def train(
    vectors: np.ndarray, texts: csr_matrix, labels: Sequence[str], *, gamma: float, ridge: float, axes: int = AXES
) -> KernelModel:
    """Solve for the weights of all classes. Equal texts under two labels are allowed, they share the probability."""
    along = principal_axes(vectors, axes)
    vectors = vectors @ along
    classes = tuple(sorted(set(labels)))
    targets = np.array([[float(label == name) for name in classes] for label in labels])
    base = targets.mean(axis=0)
    alpha, inverse_diagonal = _solve(vectors, texts, targets - base, gamma, ridge)
    left_out = targets - alpha / inverse_diagonal[:, None]
    return KernelModel(
        classes=classes,
        axes=along,
        vectors=vectors.astype(np.float16),
        alpha=alpha.astype(np.float32),
        text_alpha=np.asarray(texts.T @ alpha, dtype=np.float32),
        base=base.astype(np.float32),
        gamma=gamma,
        sharpness=_best_sharpness(left_out, targets),
    )


def principal_axes(vectors: np.ndarray, count: int) -> np.ndarray:
    """The directions in which the vectors differ most from zero, one a column, the first one most."""
    _, axes = np.linalg.eigh(vectors.T.astype(np.float64) @ vectors)
    return np.ascontiguousarray(axes[:, ::-1][:, :count], dtype=np.float32)


def _solve(
    vectors: np.ndarray, texts: csr_matrix, targets: np.ndarray, gamma: float, ridge: float
) -> tuple[np.ndarray, np.ndarray]:
    """The weights, and the diagonal of the inverse kernel matrix.

    Single precision is enough: the ridge keeps the matrix far from singular, and it halves the only costly step.
    """
    kernel = gaussian(vectors, vectors, gamma)
    _add_products(kernel, texts)
    kernel[np.diag_indices_from(kernel)] += np.float32(ridge)
    # The transposed array is the same matrix in the order LAPACK wants, and its upper half is the one that is complete.
    factor, failed = spotrf(kernel.T, lower=False, overwrite_a=True)
    if failed:
        raise ValueError("The intent classifier's `ridge` is too small for this training data: raise it in config.yml.")
    alpha, _ = spotrs(factor, targets.astype(np.float32), lower=False)
    # The inverse is the product of the factor's inverse with itself: its diagonal needs no product.
    inverse, _ = strtri(factor, lower=False, overwrite_c=True)
    return np.asarray(alpha), np.einsum("ij,ij->i", inverse, inverse)


def _add_products(kernel: np.ndarray, texts: csr_matrix, rows: int = 1024) -> None:
    """Add the products of all pairs of texts to the lower half of the kernel: the other half would say the same."""
    for start in range(0, len(kernel), rows):
        end = start + rows
        kernel[start:end, :end] += (texts[start:end] @ texts[:end].T).toarray()


def gaussian(left: np.ndarray, right: np.ndarray, gamma: float, squares_right: np.ndarray | None = None) -> np.ndarray:
    """exp(-gamma * squared distance) of every pair of rows; `squares_right` are the squared lengths of `right`."""
    if squares_right is None:
        squares_right = (right**2).sum(axis=1)
    # In place: between all examples there are 60 million pairs, and each copy of them takes a quarter of a gigabyte.
    result = left @ right.T
    result *= 2.0
    result -= (left**2).sum(axis=1)[:, None]
    result -= squares_right[None, :]
    np.minimum(result, 0.0, out=result)
    result *= gamma
    return np.asarray(np.exp(result, out=result))


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
