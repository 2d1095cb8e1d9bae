"""The console served for a test: a Sanic app of its own in a thread, on a free port."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

from sanic import Sanic

from actions.runtime import Runtime
from console.blueprint import blueprint
from console.context import ConsoleContext
from tests.demo_server import free_port


@contextmanager
def serving(runtime: Runtime) -> Iterator[str]:
    """The base address of a server with the console alone; it ends with the block."""
    app = Sanic(f"console_{uuid4().hex}", configure_logging=False)
    # Sanic rewrites its own code when an app starts, which works once a process.
    app.config.TOUCHUP = False
    app.blueprint(blueprint(ConsoleContext(runtime)))
    port, started = free_port(), threading.Event()
    running: list[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = []

    async def serve() -> None:
        server = await app.create_server(host="127.0.0.1", port=port, access_log=False, return_asyncio_server=True)
        assert server is not None
        await server.startup()
        await server.start_serving()
        stop = asyncio.Event()
        running.append((asyncio.get_running_loop(), stop))
        started.set()
        await stop.wait()
        server.close()

    thread = threading.Thread(target=asyncio.run, args=(serve(),), daemon=True)
    thread.start()
    assert started.wait(20), "the console did not start"
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        loop, stop = running[0]
        loop.call_soon_threadsafe(stop.set)
        thread.join(20)
