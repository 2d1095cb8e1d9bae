"""A Sanic app on a free loopback port, served from a thread of the test for as long as the block lasts."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sanic import Sanic


@contextmanager
def serving(app: Sanic[Any, Any]) -> Iterator[str]:
    """Yields the server's base address."""
    # Sanic rewrites its own methods at the first start and cannot do so twice in one process.
    app.config.TOUCHUP = False
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    ready = threading.Event()
    loop = asyncio.new_event_loop()
    done: asyncio.Future[None] = loop.create_future()

    async def serve() -> None:
        server = await app.create_server(sock=listener, return_asyncio_server=True, access_log=False)
        assert server is not None
        await server.startup()
        await server.before_start()
        await server.start_serving()
        await server.after_start()
        ready.set()
        await done
        await server.before_stop()
        server.close()
        for connection in list(server.connections):
            connection.abort()
        await server.after_stop()
        tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()), daemon=True)
    thread.start()
    try:
        assert ready.wait(15), "the server did not start"
        yield f"http://127.0.0.1:{port}"
    finally:
        loop.call_soon_threadsafe(done.set_result, None)
        thread.join(15)
        loop.close()
        listener.close()
        Sanic.unregister_app(app)
