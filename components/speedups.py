"""Places where Rasa 3.6 does the same expensive thing over and over in a turn, done once instead.

Nothing changes in what Rasa accepts or answers. Of a turn with a form, 70 % went into the first.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rasa.engine.storage.resource import Resource
    from rasa.engine.storage.storage import ModelStorage
    from rasa.graph_components.providers.domain_provider import DomainProvider


def install() -> None:
    """Replace them; calling it again changes nothing. Rasa must be importable (`lean.prepare`)."""
    _check_the_schema_once()
    _look_events_up_in_a_table()
    _run_graphs_in_order()
    _copy_slots_directly()
    _compare_only_rules_that_can_match()
    _know_the_empty_domain()
    _read_the_domain_of_a_model_once()


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


def _copy_slots_directly() -> None:
    """Every replay of a conversation copies all slots, six times a turn, and `copy.copy` goes through pickling."""
    from rasa.shared.core.slots import Slot

    def __copy__(self: Slot) -> Slot:
        twin = object.__new__(type(self))
        twin.__dict__.update(self.__dict__)
        return twin

    Slot.__copy__ = __copy__  # type: ignore[attr-defined]


def _compare_only_rules_that_can_match() -> None:
    """Three times a turn every rule is compared with the conversation. One whose last action or last intent is another
    cannot match, so rules are looked up by these two."""
    from rasa.core.policies.rule_policy import RulePolicy
    from rasa.shared.core.constants import PREVIOUS_ACTION, SHOULD_NOT_BE_SET, USER

    compare = RulePolicy._get_possible_keys

    def wanted(state: dict[str, Any], part: str, name: str) -> str | None:
        value = state.get(part, {}).get(name)
        return None if value == SHOULD_NOT_BE_SET else value or None

    def last(state: dict[str, Any]) -> tuple[str | None, str | None]:
        # A rule for the start of a conversation has no action before it, and then nothing else of it is compared.
        starts = not state.get(PREVIOUS_ACTION)
        return (
            (None, None) if starts else (wanted(state, PREVIOUS_ACTION, "action_name"), wanted(state, USER, "intent"))
        )

    def grouped(lookup: dict[str, str]) -> dict[tuple[str | None, str | None], dict[str, str]]:
        groups: dict[tuple[str | None, str | None], dict[str, str]] = {}
        for key, action in lookup.items():
            groups.setdefault(last(RulePolicy._rule_key_to_state(key)[-1]), {})[key] = action
        return groups

    def _get_possible_keys(self: RulePolicy, lookup: dict[str, str], states: list[dict[str, Any]]) -> set[str]:
        known = self.__dict__.setdefault("_grouped_rules", {})
        # The lookup is kept beside its groups: another one may get its id otherwise. Training takes rules out of one.
        kept, size, groups = known.get(id(lookup), (None, 0, {}))
        if kept is not lookup or size != len(lookup):
            groups = grouped(lookup)
            known[id(lookup)] = (lookup, len(lookup), groups)
        action, intent = last(states[-1])
        alike: dict[str, str] = {}
        for group in ((action, intent), (action, None), (None, intent), (None, None)):
            alike.update(groups.get(group, {}))
        return compare(self, alike, states)

    RulePolicy._get_possible_keys = _get_possible_keys  # type: ignore[method-assign]


def _know_the_empty_domain() -> None:
    """For every message an empty domain was built, only to see that the bot's own is another."""
    from rasa.shared.core.domain import Domain

    empty = Domain.empty().as_dict()

    def is_empty(self: Domain) -> bool:
        return bool(self.as_dict() == empty)

    Domain.is_empty = is_empty  # type: ignore[method-assign]


def _read_the_domain_of_a_model_once() -> None:
    """A start read the domain, which training had written, four times and checked it against a schema."""
    from rasa.graph_components.providers import domain_provider
    from rasa.shared.core.domain import Domain
    from rasa.shared.utils.io import read_yaml_file

    original = domain_provider.DomainProvider.load.__func__  # type: ignore[attr-defined]

    # Rasa reads the types of a component's parameters, which only the original's module can resolve.
    @functools.wraps(original)
    def load(cls: type[DomainProvider], *, model_storage: ModelStorage, resource: Resource, **_: Any) -> DomainProvider:
        with model_storage.read_from(resource) as folder:
            domain = Domain.from_dict(dict(read_yaml_file(folder / "domain.yml")))
        return cls(model_storage, resource, domain)

    domain_provider.DomainProvider.load = classmethod(load)  # type: ignore[method-assign, assignment]
