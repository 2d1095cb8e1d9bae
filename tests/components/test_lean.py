"""The launcher: what it answers for, and what it refuses in one sentence."""

import io
import json
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from components import lean, stand_ins

ROOT = Path(__file__).resolve().parents[2]


def test_tensorflow_is_answered_by_stand_ins():
    import tensorflow as tf
    from tensorflow.keras.layers import Layer

    class Mine(Layer):
        pass

    @tf.function
    def twice(number):
        return 2 * number

    assert twice(4) == 8
    assert issubclass(Mine, Layer)
    with pytest.raises(stand_ins.StandInUsed, match="Mine needs a library"):
        Mine()


def test_an_error_of_a_left_out_library_can_be_caught():
    from botocore.exceptions import BotoCoreError

    with pytest.raises(BotoCoreError):
        raise BotoCoreError("as if")


def test_installing_twice_leaves_one_finder():
    stand_ins.install()
    stand_ins.install()
    assert sum(isinstance(finder, stand_ins.StandInFinder) for finder in sys.meta_path) == 1


def test_a_trained_component_is_not_kept_beyond_its_code(tmp_path, monkeypatch):
    from rasa.engine.caching import LocalTrainingCache

    monkeypatch.chdir(tmp_path)
    cache = LocalTrainingCache()
    cache.cache_output("component as it was", output=None, output_fingerprint="out", model_storage=None)
    assert cache.get_cached_output_fingerprint("component as it was") is None
    assert list(tmp_path.iterdir()) == []


def test_other_modules_are_not_touched():
    assert stand_ins.StandInFinder().find_spec("numpy") is None


def config(folder: Path, component: str) -> str:
    path = folder / "config.yml"
    path.write_text(f"pipeline:\n- name: {component}\n", encoding="utf-8")
    return str(path)


@pytest.mark.parametrize("component", sorted(lean.NEEDS_TENSORFLOW))
def test_a_pipeline_that_needs_tensorflow_is_refused(tmp_path, component):
    with pytest.raises(lean.NeedsTensorFlow, match=f"names {component}, which needs TensorFlow"):
        lean.check(["train", "--config", config(tmp_path, component)])


def test_a_pipeline_that_does_not_is_accepted(tmp_path):
    lean.check(["train", "-c", config(tmp_path, "KeywordIntentClassifier")])


def test_the_projects_own_configuration_is_accepted():
    lean.check(["train", f"--config={ROOT / 'config.yml'}"])


def test_a_model_that_needs_tensorflow_is_refused_at_start(tmp_path):
    content = json.dumps(
        {"predict_schema": {"nodes": {"a": {"uses": "rasa.nlu.classifiers.diet_classifier.DIETClassifier"}}}}
    ).encode()
    with tarfile.open(tmp_path / "stock.tar.gz", "w:gz") as archive:
        member = tarfile.TarInfo("metadata.json")
        member.size = len(content)
        archive.addfile(member, io.BytesIO(content))
    with pytest.raises(lean.NeedsTensorFlow, match=r"The model .*stock\.tar\.gz names DIETClassifier"):
        lean.check(["run", "--model", str(tmp_path)])


def test_the_refusal_is_one_line_and_an_exit_status(tmp_path):
    command = [sys.executable, "-m", "components.lean", "train", "-c", config(tmp_path, "DIETClassifier")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert len(done.stderr.strip().splitlines()) == 1
