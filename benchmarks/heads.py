"""What was compared on the sentence vectors: `.venv/rasa/bin/python -m benchmarks.heads [FILE.jsonl]`.

Each head learns four fifths of the training data and answers the rest; with a labelled file it learns all of it and
answers the file. Printed are accuracy and macro-F1 of both, the seconds of fitting and the milliseconds a message takes
besides its sentence vector. It runs in the Rasa environment and takes some minutes.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from ruamel.yaml import YAML
from scipy.sparse import csr_matrix, hstack
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.svm import LinearSVC

from components.kernel import TextFeatures, train
from components.lean import prepare

ROOT = Path(__file__).resolve().parents[1]
Fit = Callable[[np.ndarray, csr_matrix, Sequence[str]], Callable[[np.ndarray, csr_matrix], Sequence[str]]]
_WORDS_TOO = {"char_wb": 0.4, "word": 0.3}
_CHARACTERS = {"char_wb": 0.6}


def kernel(vectors: np.ndarray, texts: csr_matrix, labels: Sequence[str]) -> Any:
    """The head in use."""
    model = train(vectors, texts, labels, gamma=2.0, ridge=0.1)
    return lambda asked, words: [model.classes[row] for row in model.scores(asked, words).argmax(axis=1)]


def kernel_of_whole_vectors(vectors: np.ndarray, texts: csr_matrix, labels: Sequence[str]) -> Any:
    """The head in use with all numbers of the vectors."""
    model = train(vectors, texts, labels, gamma=2.0, ridge=0.1, axes=vectors.shape[1])
    return lambda asked, words: [model.classes[row] for row in model.scores(asked, words).argmax(axis=1)]


def kernel_of_vectors(vectors: np.ndarray, _: csr_matrix, labels: Sequence[str]) -> Any:
    """The same without the words of the text."""
    answer = kernel(vectors, csr_matrix((len(labels), 1), dtype=np.float32), labels)
    return lambda asked, _: answer(asked, csr_matrix((len(asked), 1), dtype=np.float32))


def on_vectors(head: Any) -> Fit:
    """A scikit-learn classifier on the vectors alone."""

    def fit(vectors: np.ndarray, _: csr_matrix, labels: Sequence[str]) -> Any:
        head.fit(vectors, labels)
        return lambda asked, _: head.predict(asked)

    return fit


def on_both(head: Any) -> Fit:
    """A scikit-learn classifier on vectors and words side by side."""

    def fit(vectors: np.ndarray, texts: csr_matrix, labels: Sequence[str]) -> Any:
        head.fit(hstack([csr_matrix(vectors), texts]).tocsr(), labels)
        return lambda asked, words: head.predict(hstack([csr_matrix(asked), words]).tocsr())

    return fit


HEADS: dict[str, tuple[Fit, dict[str, float]]] = {
    "kernel ridge: vectors, characters, words": (kernel, _WORDS_TOO),
    "kernel ridge: whole vectors, characters, words": (kernel_of_whole_vectors, _WORDS_TOO),
    "kernel ridge: vectors, characters": (kernel, _CHARACTERS),
    "kernel ridge: vectors": (kernel_of_vectors, _CHARACTERS),
    "linear SVM: vectors, characters, words": (on_both(LinearSVC(C=1.0)), _WORDS_TOO),
    "linear SVM: vectors": (on_vectors(LinearSVC(C=10.0)), _CHARACTERS),
    "logistic regression: vectors": (on_vectors(LogisticRegression(C=10.0, max_iter=200)), _CHARACTERS),
    "neural, 256 hidden: vectors": (on_vectors(MLPClassifier((256,), max_iter=40, random_state=1)), _CHARACTERS),
    "five nearest examples: vectors": (on_vectors(KNeighborsClassifier(5, weights="distance")), _CHARACTERS),
}


def examples() -> list[tuple[str, str]]:
    """All training sentences, each as text and label of the evaluation set."""
    labels = YAML(typ="safe").load(ROOT / "benchmarks" / "labels.yml")
    found = []
    for path in sorted((ROOT / "data" / "nlu").glob("*.yml")):
        for block in YAML(typ="safe").load(path)["nlu"]:
            label = labels.get(block["intent"], block["intent"])
            found += [(line.removeprefix("- ").strip(), label) for line in block["examples"].splitlines()]
    return found


class Labelled(NamedTuple):
    """Utterances with their sentence vectors and labels."""

    texts: list[str]
    vectors: np.ndarray
    labels: list[str]

    def at(self, places: Sequence[int]) -> Labelled:
        """Some of them."""
        chosen = list(places)
        return Labelled([self.texts[at] for at in chosen], self.vectors[chosen], [self.labels[at] for at in chosen])


def labelled(pairs: Sequence[tuple[str, str]]) -> Labelled:
    """Utterances with labels, encoded."""
    from components.encoder import encode, plain

    texts = [text for text, _ in pairs]
    return Labelled([plain(text) for text in texts], encode(texts), [label for _, label in pairs])


def measure(name: str, learned: Labelled, asked: Labelled) -> tuple[float, float, float, float]:
    """Accuracy, macro-F1, seconds to fit, milliseconds a message."""
    fit, shares = HEADS[name]
    features = TextFeatures(shares)
    started = time.process_time()
    answer = fit(learned.vectors, features.fit(learned.texts), learned.labels)
    fitted = time.process_time() - started
    started = time.process_time()
    got = list(answer(asked.vectors, features.transform(asked.texts)))
    each = 1000 * (time.process_time() - started) / len(got)
    right = float(np.mean([one == other for one, other in zip(asked.labels, got, strict=True)]))
    labels = sorted(set(asked.labels))
    return right, float(f1_score(asked.labels, got, average="macro", labels=labels)), fitted, each


def main() -> int:
    """Print the table."""
    prepare()
    own = labelled(examples())
    order = np.random.default_rng(7).permutation(len(own.texts)).tolist()
    cut = len(order) // 5
    sets = [("own fifth", own.at(order[cut:]), own.at(order[:cut]))]
    for path in map(Path, sys.argv[1:]):
        lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
        sets.append((path.stem, own, labelled([(line["text"], line["label"]) for line in lines])))
    print(f"{'head':<46} {'asked':<12} {'accuracy':>9} {'macro-F1':>9} {'fit s':>7} {'ms each':>8}")
    for name in HEADS:
        for title, learned, asked in sets:
            accuracy, f1, fitted, each = measure(name, learned, asked)
            print(f"{name:<46} {title:<12} {accuracy:>9.3f} {f1:>9.3f} {fitted:>7.1f} {each:>8.3f}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
