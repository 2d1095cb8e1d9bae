"""A turn happens as a whole or not at all: the REST channel for an edge that tries a turn again.

Rasa's own channel answers 200 with whatever was said so far when an action fails, and keeps a tracker in which the
message counts as dealt with. Here such a turn ends at once, nothing of it is saved, and the answer is an error:
503 while the action server is away, 502 when an action failed.
"""

from __future__ import annotations

import functools
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
from rasa.core.actions.action import ActionExecutionRejection, RemoteAction
from rasa.core.channels.channel import CollectingOutputChannel, UserMessage
from rasa.core.channels.rest import RestInput
from sanic import Blueprint, response
from sanic.request import Request
from sanic.response import HTTPResponse

log = logging.getLogger(__name__)


class TurnBrokenOff(BaseException):
    """An action could not be run. Not an Exception, since Rasa swallows those and saves a turn that is half done."""

    def __init__(self, action: str, away: bool) -> None:
        super().__init__(f"{action}: the action server is away" if away else f"{action} failed")
        self.away = away


def install() -> None:
    """Make a failing action end its turn; calling it again changes nothing."""
    if getattr(RemoteAction.run, "ends_the_turn", False):
        return
    run = RemoteAction.run

    @functools.wraps(run)
    async def whole(self: RemoteAction, *arguments: Any, **named: Any) -> Any:
        try:
            return await run(self, *arguments, **named)
        except ActionExecutionRejection:
            raise
        except Exception as error:
            # Rasa raises its own error while it handles the one of the connection.
            away = isinstance(error.__context__, aiohttp.ClientConnectionError)
            raise TurnBrokenOff(self.name(), away) from error

    whole.ends_the_turn = True  # type: ignore[attr-defined]
    RemoteAction.run = whole  # type: ignore[method-assign]


class TurnInput(RestInput):
    """The REST channel at its usual address, with an honest status."""

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[None]]) -> Blueprint:
        """The two routes of the channel: its health and the webhook."""
        install()
        routes = Blueprint("turns")

        @routes.route("/", methods=["GET"])
        async def health(_: Request) -> HTTPResponse:
            return response.json({"status": "ok"})

        @routes.route("/webhook", methods=["POST"])
        async def webhook(request: Request) -> HTTPResponse:
            collector = CollectingOutputChannel()
            message = UserMessage(
                self._extract_message(request),
                collector,
                await self._extract_sender(request),
                input_channel=self._extract_input_channel(request),
                metadata=self.get_metadata(request),
            )
            try:
                await on_new_message(message)
            except TurnBrokenOff as error:
                log.error("turn broken off: %s", error)  # noqa: TRY400 (Rasa has logged the cause)
                return response.json({"error": str(error)}, status=503 if error.away else 502)
            except Exception:
                log.exception("turn failed")
                return response.json({"error": "the turn failed; see Rasa's log"}, status=502)
            return response.json(collector.messages)

        return routes
