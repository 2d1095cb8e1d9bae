"""The tracker store: what is saved is read back, a crash loses no earlier turn, long conversations stay short."""

import asyncio
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, ActiveLoop, BotUttered, ConversationPaused, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from components.tracker_store import SqliteTrackerStore

ROOT = Path(__file__).resolve().parents[2]
DOMAIN = Domain.from_yaml(
    """
    intents: [greet]
    slots:
      language: {type: text, influence_conversation: false, mappings: [{type: custom}]}
      items: {type: list, influence_conversation: false, mappings: [{type: custom}]}
    """
)


def test_a_conversation_is_read_back_as_it_was_saved(store):
    tracker = conversation("c1", turns=3)
    run(store.save(tracker))
    assert run(store.retrieve("c1")) == tracker
    assert run(store.retrieve("c1")).get_slot("items") == ["mug"]
    assert list(run(store.keys())) == ["c1"]


def test_an_unknown_conversation_is_none_and_does_not_exist(store):
    assert run(store.retrieve("nobody")) is None
    assert run(store.exists("nobody")) is False


def test_saving_again_replaces_the_one_row(store):
    run(store.save(conversation("c1", turns=1)))
    run(store.save(conversation("c1", turns=2)))
    with sqlite3.connect(store.path) as file:
        assert file.execute("SELECT count(*) FROM conversation").fetchone() == (1,)
    assert len(user_messages(run(store.retrieve("c1")))) == 2


def test_the_message_id_of_the_last_turn_survives(store):
    run(store.save(conversation("c1", turns=30)))
    assert user_messages(run(store.retrieve("c1")))[-1].metadata == {"message_id": "m29"}


def test_the_file_is_in_retour_home_and_written_through(store, tmp_path):
    assert store.path == tmp_path / "rasa.db"
    with sqlite3.connect(store.path) as file:
        assert file.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert run(store._run(lambda connection: connection.execute("PRAGMA synchronous").fetchone())) == (2,)


def test_a_crash_during_a_turn_leaves_the_turn_before(tmp_path):
    """The second process dies by SIGKILL after its first save; what it had saved is there, the rest is not."""
    program = (
        "import os, sys; sys.path[:0] = ['.', 'tests/components']\n"
        "from components import lean; lean.prepare()\n"
        "from test_tracker_store import *\n"
        "store = SqliteTrackerStore(DOMAIN)\n"
        "run(store.save(conversation('c1', turns=2)))\n"
        "tracker = run(store.retrieve('c1'))\n"
        "tracker.update(UserUttered('lost'))\n"
        "os.kill(os.getpid(), 9)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, env={"RETOUR_HOME": str(tmp_path)}, check=False)
    assert done.returncode == -9
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RETOUR_HOME", str(tmp_path))
        store = SqliteTrackerStore(DOMAIN)
    assert len(user_messages(run(store.retrieve("c1")))) == 2
    store.close()


def test_a_long_conversation_keeps_its_state_and_its_last_turns(store):
    tracker = conversation("c1", turns=40)
    tracker.update(ActiveLoop("some_form"))
    tracker.update(ActionExecuted("action_listen"))
    run(store.save(tracker))
    kept = run(store.retrieve("c1"))
    assert [event.text for event in user_messages(kept)] == [f"text {number}" for number in range(34, 40)]
    assert kept.current_slot_values() == tracker.current_slot_values()
    assert kept.active_loop_name == "some_form"
    assert kept.latest_message == tracker.latest_message
    assert kept.latest_action_name == "action_listen"


def test_a_slot_that_was_emptied_stays_empty(store):
    tracker = conversation("c1", turns=3)
    tracker.update(SlotSet("items", None))
    for number in range(20):
        turn(tracker, number)
    run(store.save(tracker))
    assert run(store.retrieve("c1")).get_slot("items") is None


def test_a_pause_survives_folding(store):
    tracker = conversation("c1", turns=2)
    tracker.update(ConversationPaused())
    for number in range(20):
        turn(tracker, number)
    run(store.save(tracker))
    assert run(store.retrieve("c1")).is_paused()


def test_the_length_of_a_conversation_is_bounded(store):
    longest = 0
    run(store.save(conversation("c1", turns=1)))
    for number in range(1, 60):
        tracker = run(store.retrieve("c1"))
        turn(tracker, number)
        run(store.save(tracker))
        longest = max(longest, len(run(store.retrieve("c1")).events))
    assert longest <= 12 * 4 + 10


def conversation(sender_id, *, turns):
    tracker = DialogueStateTracker(sender_id, DOMAIN.slots)
    tracker.update(ActionExecuted("action_listen"))
    tracker.update(SlotSet("items", ["mug"]))
    tracker.update(SlotSet("language", "fr"))
    for number in range(turns):
        turn(tracker, number)
    return tracker


def turn(tracker, number):
    tracker.update(
        UserUttered(f"text {number}", {"name": "greet", "confidence": 1.0}, metadata={"message_id": f"m{number}"})
    )
    tracker.update(ActionExecuted("utter_hello"))
    tracker.update(BotUttered("bonjour"))
    tracker.update(ActionExecuted("action_listen"))


def user_messages(tracker):
    return [event for event in tracker.events if isinstance(event, UserUttered)]


def run(coroutine):
    return asyncio.run(coroutine)


@pytest.fixture
def store(tmp_path, monkeypatch):
    monkeypatch.setenv("RETOUR_HOME", str(tmp_path))
    opened = SqliteTrackerStore(DOMAIN)
    yield opened
    opened.close()
