"""The action server: answers Rasa's calls and, in the same process, runs the durable jobs."""

from __future__ import annotations

import asyncio
import warnings
from typing import Any
from urllib.parse import urlsplit

from rasa_sdk.endpoint import create_app
from rasa_sdk.executor import ActionExecutor
from sanic import Sanic

from actions.bootstrap import build_runtime
from actions.dialogue.registry import dialogue_actions
from actions.jobs import handlers, schedules
from actions.policies import service as policies
from actions.runtime import Runtime
from common import logging
from common.database import transaction
from common.engine import Worker
from common.settings import Settings

_EXECUTOR = "actions"


class _Executor(ActionExecutor):
    """Without the domain, which no action of ours reads: sending and reading it costs more than the action itself."""

    def update_and_return_domain(self, payload: dict[str, Any], action_name: str) -> dict[str, Any]:
        return {}


def build_app(runtime: Runtime) -> Sanic[Any, Any]:
    """The app Rasa calls. Actions are registered one by one, never found by scanning."""
    executor = _Executor()
    for action in dialogue_actions(runtime):
        executor.register_action(action)
    # The wire of 3.x is the same for both; the sentence would stand in the log at every call.
    warnings.filterwarnings("ignore", message="Your versions of rasa and rasa_sdk")
    # No page may call it: it trusts whoever calls, and listens on loopback for Rasa alone.
    app = create_app(executor, cors_origins=[])
    app.config.ACCESS_LOG = False
    # Rasa keeps its connection; a server that closes it first makes the next call fail.
    app.config.KEEP_ALIVE_TIMEOUT = 120
    return app


def main() -> None:
    """Serve until stopped; `retour up` starts this."""
    logging.configure()
    settings = Settings.load()
    runtime = build_runtime(settings)
    with transaction(runtime.engine) as session:
        policies.record(session, runtime.policy, now=runtime.clock.now())
    app = build_app(runtime)
    worker = Worker(runtime.engine, runtime.clock, handlers(runtime), executor_id=_EXECUTOR, schedules=schedules())

    @app.after_server_start
    async def start_jobs(_app: Sanic[Any, Any]) -> None:
        # In a thread: started on the loop, the engine would run its work there.
        await asyncio.to_thread(worker.start)

    @app.before_server_stop
    async def stop_jobs(_app: Sanic[Any, Any]) -> None:
        await asyncio.to_thread(worker.stop)

    address = urlsplit(settings.actions_url)
    # One process: the jobs and the caches of this process must exist once.
    app.run(host=address.hostname or "127.0.0.1", port=address.port or 5055, single_process=True, motd=False)


if __name__ == "__main__":
    main()
