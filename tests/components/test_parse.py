"""`retour parse`: one object a line in the shape of the contract, whatever the lines are."""

import io
import json
import sys

import pytest

from components import parse

CONFIG = """
recipe: default.v1
language: en
assistant_id: parse
pipeline:
- name: components.encoder.SentenceEncoder
- name: components.classifier.KernelIntentClassifier
- name: components.language.LanguageDetector
- name: components.order_references.OrderReferences
- name: FallbackClassifier
  threshold: 0.3
"""
DATA = """
version: "3.1"
nlu:
- intent: track_order
  examples: |
    - where is my order
    - où est ma commande
    - track my parcel
    - suivre mon colis
- intent: stop
  examples: |
    - stop
    - leave it
    - laissez tomber
    - arrêtez
"""


def test_each_line_gives_one_object_of_the_contracts_shape(folder, monkeypatch, capsys):
    answers = ask(monkeypatch, capsys, folder, "où est ma commande 1042\n\nstop\n")
    assert [answer["text"] for answer in answers] == ["où est ma commande 1042", "", "stop"]
    first = answers[0]
    assert list(first) == ["text", "intent", "confidence", "language", "entities", "label"]
    assert (first["intent"], first["label"], first["language"]) == ("track_order", "track_order", "fr")
    assert first["entities"] == [{"entity": "order_number", "value": "1042", "start": 19, "end": 23}]
    assert (answers[2]["intent"], answers[2]["label"]) == ("stop", "deny")


def test_an_empty_line_is_not_understood_and_still_answered(folder, monkeypatch, capsys):
    (answer,) = ask(monkeypatch, capsys, folder, "\n")
    assert (answer["intent"], answer["label"], answer["language"]) == ("nlu_fallback", "out_of_scope", "en")


def test_a_slash_is_text(folder, monkeypatch, capsys):
    (answer,) = ask(monkeypatch, capsys, folder, "/restart #1042\n")
    assert answer["text"] == "/restart #1042"
    assert answer["entities"] == [{"entity": "order_number", "value": "1042", "start": 9, "end": 14}]


def test_json_lines_may_be_objects_strings_or_anything(folder, monkeypatch, capsys):
    lines = '{"text": "stop", "label": "x"}\n"laissez tomber"\n{broken\n1042\n'
    answers = ask(monkeypatch, capsys, folder, lines, "--jsonl")
    assert [answer["text"] for answer in answers] == ["stop", "laissez tomber", "{broken", "1042"]


def test_without_the_option_json_is_text(folder, monkeypatch, capsys):
    (answer,) = ask(monkeypatch, capsys, folder, '{"text": "stop"}\n')
    assert answer["text"] == '{"text": "stop"}'


def test_no_model_is_one_sentence(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"hello\n")))
    assert parse.main(["--models", str(tmp_path)]) == 2
    assert "run `retour train` first" in capsys.readouterr().err


def ask(monkeypatch, capsys, folder, lines, *options):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(lines.encode())))
    output = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    monkeypatch.setattr(sys, "stdout", output)
    assert parse.main(["--models", str(folder), *options]) == 0
    output.flush()
    return [json.loads(line) for line in output.buffer.getvalue().decode().splitlines()]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    from rasa.model_training import train_nlu

    project = tmp_path_factory.mktemp("project")
    for name, content in (("config.yml", CONFIG), ("data.yml", DATA)):
        (project / name).write_text(content, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(project)
        train_nlu("config.yml", "data.yml", output="models")
    return project / "models"
