"""A turn whose action fails leaves no trace and says so."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from rasa.core.actions.action import ActionExecutionRejection, RemoteAction
from rasa.shared.exceptions import RasaException
from rasa.utils.endpoints import EndpointConfig

from components.whole_turns import TurnBrokenOff, install


def test_an_action_server_that_is_not_there_ends_the_turn() -> None:
    install()
    install()
    action = RemoteAction("action_greet", EndpointConfig("http://127.0.0.1:9/webhook"))
    with pytest.raises(TurnBrokenOff) as broken:
        asyncio.run(action.run(*_arguments()))
    assert broken.value.away
    assert "action_greet" in str(broken.value)


def test_a_rejection_is_not_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    install()

    async def reject(*_: Any, **__: Any) -> Any:
        raise ActionExecutionRejection("validate_form")

    action = RemoteAction("validate_form", EndpointConfig("http://127.0.0.1:9/webhook"))
    monkeypatch.setattr(action.action_endpoint, "request", reject)
    with pytest.raises(ActionExecutionRejection):
        asyncio.run(action.run(*_arguments()))


def test_an_action_that_fails_is_not_an_absence(monkeypatch: pytest.MonkeyPatch) -> None:
    install()

    async def fail(*_: Any, **__: Any) -> Any:
        raise RasaException("Failed to execute custom action.")

    action = RemoteAction("action_greet", EndpointConfig("http://127.0.0.1:9/webhook"))
    monkeypatch.setattr(action.action_endpoint, "request", fail)
    with pytest.raises(TurnBrokenOff) as broken:
        asyncio.run(action.run(*_arguments()))
    assert not broken.value.away


def test_it_is_no_exception_that_rasa_could_swallow() -> None:
    assert not issubclass(TurnBrokenOff, Exception)


def _arguments() -> tuple[Any, ...]:
    from rasa.core.channels.channel import CollectingOutputChannel
    from rasa.core.nlg import TemplatedNaturalLanguageGenerator
    from rasa.shared.core.domain import Domain
    from rasa.shared.core.trackers import DialogueStateTracker

    return (
        CollectingOutputChannel(),
        TemplatedNaturalLanguageGenerator({}),
        DialogueStateTracker.from_events("c", []),
        Domain.empty(),
    )
