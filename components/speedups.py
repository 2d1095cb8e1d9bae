"""Two places where Rasa 3.6 does the same expensive thing over and over in a turn, done once instead.

Nothing changes in what Rasa accepts or answers. Of a turn with a form, 70 % went into the first.
"""

from __future__ import annotations

from typing import Any


def install() -> None:
    """Replace both; calling it again changes nothing. Rasa must be importable (`lean.prepare`)."""
    _check_the_schema_once()
    _look_events_up_in_a_table()


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
