"""The web server of docs/on-my-shop.md before the edge: HTTPS, WebSocket, large photos, the visitor's address."""

from __future__ import annotations

import os
import shutil
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from websockets.sync.client import connect

from bot.limits import Rate
from bot.web.blueprint import BotContext
from tests.bot.conftest import FREE, Edge
from tests.pages import block
from tests.stack import free_ports

pytestmark = pytest.mark.skipif(
    not (shutil.which("nginx") and shutil.which("openssl")), reason="needs nginx and openssl: apt-get install nginx"
)
_FRAME = """
{user}pid {folder}/pid;
error_log {folder}/error.log;
daemon off;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    {page}
}}
"""


@pytest.fixture
def edge(make_context: Callable[..., BotContext]) -> Iterator[Edge]:
    server = Edge(make_context(rates=replace(FREE, conversations=Rate(1, 0.001)))).start()
    yield server
    server.close()


@pytest.fixture
def address(edge: Edge, tmp_path: Path) -> Iterator[str]:
    """Where nginx listens, with the page's configuration and a certificate of our own."""
    port, key, certificate = free_ports(1), tmp_path / "key.pem", tmp_path / "certificate.pem"
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost", "-days", "2"]
    subprocess.run([*made, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    page = block("on-my-shop.md", "nginx", "server {")
    for written, here in (
        ("listen 443", f"listen 127.0.0.1:{port}"),
        ("returns.your-shop.example;", "localhost;"),
        ("/etc/ssl/returns.your-shop.example.pem", str(certificate)),
        ("/etc/ssl/returns.your-shop.example.key", str(key)),
        ("http://127.0.0.1:8000", edge.url),
    ):
        assert written in page
        page = page.replace(written, here)
    file = tmp_path / "nginx.conf"
    file.write_text(_FRAME.format(user="user root;\n" if os.geteuid() == 0 else "", folder=tmp_path, page=page))
    process = subprocess.Popen(["nginx", "-c", file, "-p", tmp_path], stderr=subprocess.DEVNULL)
    try:
        yield _answering(f"https://localhost:{port}")
    finally:
        process.terminate()
        process.wait(20)


def _answering(url: str) -> str:
    deadline = time.monotonic() + 20
    while True:
        try:
            if httpx.get(f"{url}/health/live", verify=False, trust_env=False).status_code == 200:
                return url
        except httpx.HTTPError:
            assert time.monotonic() < deadline, "nginx does not answer"
            time.sleep(0.05)


def test_the_documented_web_server_brings_all_the_chat_needs(address: str, edge: Edge) -> None:
    with httpx.Client(base_url=address, verify=False, trust_env=False) as http:
        opened = http.post("/api/chat/conversations", json={"locale": "en"})
        assert opened.status_code == 201
        token = opened.json()["token"]
        plain = ssl.create_default_context()
        plain.check_hostname, plain.verify_mode = False, ssl.CERT_NONE
        with connect(address.replace("https", "wss") + "/api/chat/stream?after=0", ssl=plain, proxy=None) as socket:
            socket.send(f'{{"token": "{token}"}}')
            # Signs of life and what was said come in frames of their own, as many as the moment makes.
            assert any("you said /start" in str(socket.recv(15)) for _ in range(20))
        # Large enough to be refused by nginx's own default, and no picture.
        photo = {"photo": ("photo.jpg", b"x" * 5_000_000, "image/jpeg")}
        headers = {"Authorization": f"Bearer {token}"}
        refused = http.post("/api/chat/photos", data={"client_id": "a"}, files=photo, headers=headers)
        assert (refused.status_code, refused.json()["error"]["code"]) == (415, "photo_not_a_picture")
        # What a visitor writes into the header does not count; nginx's own word, 127.0.0.1, does.
        again = http.post("/api/chat/conversations", json={}, headers={"X-Forwarded-For": "203.0.113.9"})
        assert again.status_code == 429
