"""What is done faster gives what Rasa's own way gave."""

from __future__ import annotations

import copy
import json
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace

import pytest
from rasa.core.policies.rule_policy import RulePolicy
from rasa.engine.exceptions import GraphRunError
from rasa.engine.runner.dask import DaskGraphRunner
from rasa.engine.storage.resource import Resource
from rasa.graph_components.providers.domain_provider import DomainProvider
from rasa.shared.core.domain import Domain
from rasa.shared.core.slots import TextSlot

from components import speedups


class Node:
    """A node as Rasa's: it returns its name and its value, and takes pairs, or a name where there is no such node."""

    def __init__(self, name, calls, value=None):
        self.name, self.calls, self.value = name, calls, value

    def __call__(self, *given):
        self.calls.append(self.name)
        if isinstance(self.value, Exception):
            raise self.value
        return self.name, [self.name, *given]


def runner(calls, **values):
    needs = {"a": ["message"], "b": ["a"], "c": ["a", "b", "absent"], "unused": ["a"]}
    made = DaskGraphRunner.__new__(DaskGraphRunner)
    made._instantiated_nodes = {name: Node(name, calls, values.get(name)) for name in needs}
    schema = {name: SimpleNamespace(needs=dict(enumerate(parents))) for name, parents in needs.items()}
    made._graph_schema = SimpleNamespace(
        target_names=["c"],
        minimal_graph_schema=lambda targets: SimpleNamespace(
            nodes={name: node for name, node in schema.items() if name != "unused" or name in targets}
        ),
    )
    return made


def test_each_node_runs_once_after_what_it_needs():
    speedups.install()
    calls = []
    result = runner(calls).run(inputs={"message": "hello"})
    assert calls == ["a", "b", "c"]
    a = ("a", ["a", ("message", "hello")])
    assert result == {"c": ["c", a, ("b", ["b", a]), "absent"]}


def test_a_second_run_knows_nothing_of_the_first():
    speedups.install()
    calls = []
    one = runner(calls)
    one.run(inputs={"message": "hello"})
    assert one.run(inputs={"message": "bye"}, targets=["a"]) == {"a": ["a", ("message", "bye")]}
    assert calls == ["a", "b", "c", "a"]


def test_a_node_that_breaks_breaks_the_run():
    speedups.install()
    with pytest.raises(GraphRunError):
        runner([], b=RuntimeError("no")).run(inputs={"message": "hello"})


def test_an_input_that_is_named_like_a_node_is_refused():
    speedups.install()
    with pytest.raises(GraphRunError, match="clashes"):
        runner([]).run(inputs={"message": "b"})


LOOKUP = {
    json.dumps(states): action
    for states, action in [
        ([{"prev_action": {"action_name": "action_listen"}, "user": {"intent": "greet"}}], "utter_hello"),
        ([{"prev_action": {"action_name": "action_listen"}, "user": {"intent": "thank"}}], "utter_welcome"),
        (
            [
                {"prev_action": {"action_name": "action_listen"}, "user": {"intent": "greet"}},
                {"prev_action": {"action_name": "utter_hello"}, "user": {"intent": "greet"}},
            ],
            "action_listen",
        ),
        ([{"prev_action": {"action_name": "action_listen"}, "slots": {"vip": [1.0]}}], "utter_vip"),
        ([{"user": {"intent": "greet"}}], "utter_first_hello"),
        ([{"prev_action": {"action_name": "should_not_be_set"}, "user": {"intent": "greet"}}], "utter_odd"),
    ]
}


@pytest.mark.parametrize(
    "states",
    [
        [{"prev_action": {"action_name": "action_listen"}, "user": {"intent": "greet"}}],
        [{"prev_action": {"action_name": "action_listen"}, "user": {"text": "hello"}, "slots": {"vip": (1.0,)}}],
        [
            {"prev_action": {"action_name": "action_listen"}, "user": {"intent": "greet"}},
            {"prev_action": {"action_name": "utter_hello"}, "user": {"intent": "greet"}},
        ],
        [{"user": {"intent": "thank"}}],
        [{}],
    ],
)
def test_the_rules_that_match_are_those_of_a_comparison_with_all(states):
    speedups.install()
    policy = RulePolicy.__new__(RulePolicy)
    for lookup in (LOOKUP, dict(list(LOOKUP.items())[1:])):
        all_compared = {
            key
            for key in lookup
            if all(policy._is_rule_applicable(key, i, state) for i, state in enumerate(reversed(states)))
        }
        assert policy._get_possible_keys(lookup, states) == all_compared


def test_a_copied_slot_has_a_value_of_its_own():
    speedups.install()
    slot = TextSlot("item", mappings=[])
    twin = copy.copy(slot)
    twin.value = "mug"
    assert (type(twin), twin.name, slot.value) == (TextSlot, "item", None)


def test_only_the_empty_domain_is_empty():
    speedups.install()
    assert Domain.empty().is_empty()
    assert not Domain.from_dict({"intents": ["greet"]}).is_empty()


def test_the_domain_of_a_model_is_the_one_that_was_written(tmp_path):
    speedups.install()
    root = Path(__file__).resolve().parents[2]
    Domain.from_path(root / "domain.yml").persist(tmp_path / "domain.yml")
    storage = SimpleNamespace(read_from=lambda resource: nullcontext(tmp_path))
    loaded = DomainProvider.load(config={}, model_storage=storage, resource=Resource("domain")).provide_inference()
    expected = Domain.from_path(tmp_path)
    assert loaded.fingerprint() == expected.fingerprint()
    assert loaded.action_names_or_texts == expected.action_names_or_texts
