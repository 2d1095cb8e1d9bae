"""A bot says the same with a folded conversation as with a full one: rules, a form, an interruption, the fallback."""

import asyncio
import itertools
from pathlib import Path

import pytest

from components.tracker_store import SqliteTrackerStore

CONFIG = """
recipe: default.v1
language: en
assistant_id: compaction
pipeline:
- name: KeywordIntentClassifier
policies:
- name: RulePolicy
  core_fallback_action_name: action_default_fallback
"""
DOMAIN = """
version: "3.1"
intents: [greet, begin, stop, thank]
slots:
  item:
    type: text
    mappings:
    - {type: from_text, not_intent: [thank, stop, begin], conditions: [{active_loop: a_form, requested_slot: item}]}
  why:
    type: text
    mappings:
    - {type: from_text, not_intent: [thank, stop, begin], conditions: [{active_loop: a_form, requested_slot: why}]}
forms:
  a_form: {required_slots: [item, why]}
responses:
  utter_greet: [{text: hello}]
  utter_thank: [{text: welcome}]
  utter_ask_item: [{text: "which?"}]
  utter_ask_why: [{text: "why?"}]
  utter_done: [{text: "done {item} {why}"}]
  utter_default: [{text: "pardon?"}]
actions: [utter_done]
session_config: {session_expiration_time: 0, carry_over_slots_to_new_session: true}
"""
DATA = """
version: "3.1"
nlu:
- intent: greet
  examples: |
    - hello
    - hi
- intent: begin
  examples: |
    - begin
    - start
- intent: stop
  examples: |
    - stop
    - quit
- intent: thank
  examples: |
    - thanks
    - cheers
rules:
- rule: greet
  condition: [{active_loop: null}]
  steps: [{intent: greet}, {action: utter_greet}]
- rule: thank
  steps: [{intent: thank}, {action: utter_thank}]
- rule: thank inside
  condition: [{active_loop: a_form}]
  steps: [{intent: thank}, {action: utter_thank}, {action: a_form}, {active_loop: a_form}]
- rule: begin
  steps: [{intent: begin}, {action: a_form}, {active_loop: a_form}]
- rule: stop
  condition: [{active_loop: a_form}]
  steps: [{intent: stop}, {action: action_deactivate_loop}, {active_loop: null}]
- rule: end
  condition: [{active_loop: a_form}]
  steps: [{action: a_form}, {active_loop: null}, {slot_was_set: [{requested_slot: null}]}, {action: utter_done},
          {action: action_listen}]
"""
# Thirty-six turns; with one or two turns kept, every fold falls somewhere else in the form.
SCRIPT = [
    "hello",
    "begin",
    "thanks",
    "mug",
    "thanks",
    "broken",
    "gibberish",
    "begin",
    "stop",
    "thanks",
    "begin",
    "cup",
] * 3


@pytest.mark.parametrize(("compact_after", "keep_turns"), [(1, 1), (2, 1), (3, 2), (5, 3), (12, 6)])
def test_the_answers_are_the_same_before_and_after_folding(model, tmp_path, monkeypatch, compact_after, keep_turns):
    monkeypatch.setenv("RETOUR_HOME", str(tmp_path))
    full = answers(model, "full.db", compact_after=10_000, keep_turns=10_000)
    folded = answers(model, "folded.db", compact_after=compact_after, keep_turns=keep_turns)
    assert folded == full
    assert "done mug broken" in itertools.chain.from_iterable(full)


def answers(model: str, db: str, **limits: int) -> list:
    return asyncio.run(talk(model, db, limits))


async def talk(model, db, limits):
    from rasa.core.agent import Agent
    from rasa.core.lock_store import InMemoryLockStore
    from rasa.shared.core.domain import Domain

    store = SqliteTrackerStore(Domain.from_yaml(DOMAIN), db=db, **limits)
    agent = Agent(Domain.from_yaml(DOMAIN), tracker_store=store, lock_store=InMemoryLockStore())
    agent.load_model(model)
    said = []
    for text in SCRIPT:
        said.append([reply["text"] for reply in await agent.handle_text(text, sender_id="c")])
    store.close()
    return said


@pytest.fixture(scope="module")
def model(tmp_path_factory) -> str:
    from rasa.model_training import train

    folder: Path = tmp_path_factory.mktemp("project")
    for name, content in (("config.yml", CONFIG), ("domain.yml", DOMAIN), ("data.yml", DATA)):
        (folder / name).write_text(content, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        result = train("domain.yml", "config.yml", ["data.yml"], output="models", force_training=True)
    return str(folder / result.model)
