"""Places where Rasa 3.6 does the same expensive thing over and over in a turn, done once instead.

Nothing changes in what Rasa accepts or answers. Of a turn with a form, 70 % went into the first.
"""

from __future__ import annotations

from typing import Any


def install() -> None:
    """Replace them; calling it again changes nothing. Rasa must be importable (`lean.prepare`)."""
    _check_the_schema_once()
    _look_events_up_in_a_table()
    _run_graphs_in_order()


def _check_the_schema_once() -> None:
    """`jsonschema.validate` checks the schema itself at each call, the same constant each time: 20 ms an action."""
    from jsonschema.validators import validator_for
    from rasa.core.actions.action import RemoteAction

    schema = RemoteAction.action_response_format_spec()
    kind = validator_for(schema)
    kind.check_schema(schema)
    validator = kind(schema)

    def _validate_action_result(_: RemoteAction, result: dict[str, Any]) -> bool:
        validator.validate(result)
        return True

    RemoteAction._validate_action_result = _validate_action_result  # type: ignore[method-assign]


def _look_events_up_in_a_table() -> None:
    """An event read from the store or from an action searched all subclasses of Event for its type name."""
    from rasa.shared.core.events import Event

    search = Event.resolve_by_type
    known: dict[str, type[Event] | None] = {}

    def resolve_by_type(type_name: str, default: type[Event] | None = None) -> type[Event] | None:
        if type_name not in known:
            found = search(type_name, default)
            if found is None or found is default:
                return found
            known[type_name] = found
        return known[type_name]

    Event.resolve_by_type = staticmethod(resolve_by_type)  # type: ignore[method-assign, assignment]


def _run_graphs_in_order() -> None:
    """Three times a turn a graph of a dozen nodes was built anew and handed to dask, which plans for many workers and
    has one. Here each node runs once, after those it needs, and the graph of a target is built once."""
    from rasa.engine.exceptions import GraphRunError
    from rasa.engine.runner.dask import DaskGraphRunner

    def run(
        self: DaskGraphRunner, inputs: dict[str, Any] | None = None, targets: list[str] | None = None
    ) -> dict[str, Any]:
        wanted = targets or self._graph_schema.target_names
        built: dict[tuple[str, ...], dict[str, Any]] = self.__dict__.setdefault("_graphs_by_targets", {})
        if tuple(wanted) not in built:
            built[tuple(wanted)] = self._build_dask_graph(self._graph_schema.minimal_graph_schema(wanted))
        graph = dict(built[tuple(wanted)])
        self._add_inputs_to_graph(inputs, graph)
        done: dict[str, Any] = {}

        def outcome(name: str) -> Any:
            if name not in done:
                node, *needs = graph[name]
                # An input is a pair of its name and value; a need that is not in the graph is passed by its name.
                given = (outcome(need) if need in graph else need for need in needs) if callable(node) else ()
                done[name] = node(*given) if callable(node) else graph[name]
            return done[name]

        try:
            return dict(outcome(name) for name in wanted)
        except RuntimeError as error:
            raise GraphRunError("Error running runner.") from error

    DaskGraphRunner.run = run  # type: ignore[method-assign]
