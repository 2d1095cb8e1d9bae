"""A mail server on loopback: it takes letters, or does not, and shows what was said to it."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Postbox(socketserver.ThreadingTCPServer):
    """`answer` is what it says to a recipient."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Conversation)
        self.letters: list[str] = []
        self.answer = "250 OK"

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.server_address[1]}"


class _Conversation(socketserver.StreamRequestHandler):
    server: Postbox

    def handle(self) -> None:
        self._say("220 postbox")
        for raw in self.rfile:
            verb = raw.decode().strip().upper()
            if verb.startswith("RCPT"):
                self._say(self.server.answer)
            elif verb == "DATA":
                self._say("354 go on")
                lines = []
                for line in self.rfile:
                    if line.strip() == b".":
                        break
                    lines.append(line.decode())
                self.server.letters.append("".join(lines))
                self._say("250 OK")
            elif verb == "QUIT":
                self._say("221 bye")
                return
            else:
                self._say("250 OK")

    def _say(self, line: str) -> None:
        self.wfile.write(line.encode() + b"\r\n")


@contextmanager
def postbox() -> Iterator[Postbox]:
    """A running server; it ends with the block."""
    with Postbox() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join(5)
