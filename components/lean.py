"""Run Rasa without TensorFlow: `python -m components.lean train`, `... run`, `... test`, `... data validate`.

The arguments are Rasa's own. What differs from the `rasa` command: TensorFlow is answered by `stand_ins`,
telemetry is off, BLAS uses one thread (the encoder is fastest so), and warnings of old libraries stay quiet.
"""

from __future__ import annotations

import json
import os
import sys
import tarfile
import warnings
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

NEEDS_TENSORFLOW = frozenset(
    {
        "ConveRTFeaturizer",
        "DIETClassifier",
        "LanguageModelFeaturizer",
        "ResponseSelector",
        "TEDPolicy",
        "UnexpecTEDIntentPolicy",
    }
)
_READS_CONFIG = frozenset({"train", "data", "interactive"})
_READS_MODEL = frozenset({"run", "shell", "test", "interactive"})


class NeedsTensorFlow(Exception):
    """The configuration or the model names a component that computes with TensorFlow."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run Rasa with these arguments (default: the command line's); returns the exit status."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    prepare(threads=os.cpu_count() or 1 if given[:1] == ["train"] else 1)
    try:
        check(given)
    except NeedsTensorFlow as error:
        print(error, file=sys.stderr)
        return 2
    from rasa.__main__ import main as rasa_main

    from components import speedups, story_tests

    if given[:1] == ["train"] and "--skip-validation" not in given:
        # It reads all data a second time; `data validate` is the command for that, and the tests run it.
        given.append("--skip-validation")
    speedups.install()
    if given[:1] == ["test"]:
        story_tests.install()
    sys.argv = ["rasa", *given]
    rasa_main()
    return 0


def prepare(threads: int = 1) -> None:
    """Set the process up for Rasa: stand-ins, environment, warnings. Call it before anything imports Rasa.

    One thread for linear algebra is best while serving, where matrices are small; training has one large one.
    """
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, str(threads))
    os.environ["RASA_TELEMETRY_ENABLED"] = "false"
    # Rasa keeps trained components by configuration and data and does not see that their code has changed.
    os.environ["RASA_MAX_CACHE_SIZE"] = "0"
    os.environ.setdefault("SQLALCHEMY_SILENCE_UBER_WARNING", "1")
    os.environ.setdefault("LOG_LEVEL_LIBRARIES", "ERROR")
    os.environ.setdefault("TQDM_DISABLE", "1")
    _quiet_warnings()
    root = str(Path(__file__).resolve().parents[1])
    if root not in sys.path:
        sys.path.insert(0, root)
    from components import stand_ins

    stand_ins.install()


def _quiet_warnings() -> None:
    """Drop warnings about the age of libraries; Rasa's own, about data and configuration, stay.

    Filters would not do: libraries put their own in front while they are imported.
    """
    show = warnings.showwarning

    def showwarning(message: Any, category: Any, filename: str, *rest: Any, **named: Any) -> None:
        if not issubclass(category, (DeprecationWarning, PendingDeprecationWarning, FutureWarning)):
            show(message, category, filename, *rest, **named)

    warnings.showwarning = showwarning


def check(arguments: Sequence[str]) -> None:
    """Raise `NeedsTensorFlow`, one sentence, if the pipeline or the model to be loaded cannot work here."""
    command = next((item for item in arguments if not item.startswith("-")), "")
    if command in _READS_CONFIG:
        config = Path(_option(arguments, ("-c", "--config")) or "config.yml")
        if config.is_file():
            _refuse(_components_of_config(config), f"{config}")
    if command in _READS_MODEL:
        model = newest_model(Path(_option(arguments, ("-m", "--model")) or "models"))
        if model is not None:
            _refuse(_components_of_model(model), f"The model {model}")


def _refuse(names: Iterable[str], where: str) -> None:
    for name in names:
        if name.rpartition(".")[2] in NEEDS_TENSORFLOW:
            raise NeedsTensorFlow(
                f"{where} names {name.rpartition('.')[2]}, which needs TensorFlow, and this environment has none: "
                "take it out of the pipeline and the policies, or train and run with stock Rasa."
            )


def _option(arguments: Sequence[str], names: Sequence[str]) -> str | None:
    for index, item in enumerate(arguments):
        if item in names and index + 1 < len(arguments):
            return arguments[index + 1]
        for name in names:
            if name.startswith("--") and item.startswith(f"{name}="):
                return item[len(name) + 1 :]
    return None


def _components_of_config(path: Path) -> list[str]:
    from ruamel.yaml import YAML

    content: Any = YAML(typ="safe").load(path) or {}
    entries = [*(content.get("pipeline") or []), *(content.get("policies") or [])]
    return [str(entry.get("name", "")) for entry in entries if isinstance(entry, dict)]


def _components_of_model(path: Path) -> list[str]:
    with tarfile.open(path) as archive:
        try:
            member = archive.extractfile("metadata.json")
        except KeyError:
            return []
        metadata: Any = json.load(member) if member is not None else {}
    nodes = metadata.get("predict_schema", {}).get("nodes", {})
    return [str(node.get("uses", "")) for node in nodes.values()]


def newest_model(path: Path) -> Path | None:
    """The file itself, or the newest model of a folder; None if there is none."""
    if path.is_file():
        return path
    found = sorted(path.glob("*.tar.gz"), key=lambda item: item.stat().st_mtime) if path.is_dir() else []
    return found[-1] if found else None


if __name__ == "__main__":
    sys.exit(main())
