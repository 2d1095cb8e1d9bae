"""A graph that runs in order gives what dask gave: each node once, after what it needs, and only what is asked for."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from rasa.engine.exceptions import GraphRunError
from rasa.engine.runner.dask import DaskGraphRunner

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
