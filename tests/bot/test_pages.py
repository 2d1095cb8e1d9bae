"""The pages around the chat: widget, demo shop, documentation, health, metrics."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
import yaml

from bot.web.blueprint import BotContext
from bot.web.operations import metrics_token
from bot.web.pages import HERE
from tests.bot.conftest import Edge
from tests.bot.scripted_rasa import ScriptedRasa

ORDER = {
    "number": "1042", "email": "lea@mail.example", "situation_key": "a", "sku": "MUG-BLUE", "product": "Blue mug",
    "product_fr": "Mug bleu", "price": "€9.90", "price_fr": "9,90 €", "title_en": "A broken <mug>",
    "title_fr": "Un mug cassé", "status_en": "Delivered", "status_fr": "Livré",
}  # fmt: skip


@pytest.fixture
def demo(make_context: Callable[..., BotContext]) -> Iterator[httpx.Client]:
    def orders(_session: Any) -> list[dict[str, Any]]:
        return [ORDER]

    edge = Edge(make_context(demo_orders=orders)).start()
    with httpx.Client(base_url=edge.url, trust_env=False) as client:
        yield client
    edge.close()


def test_the_widget_is_small_cached_and_checked_by_its_tag(client: httpx.Client) -> None:
    plain = client.get("/widget.js", headers={"Accept-Encoding": "identity"})
    assert plain.content == (HERE / "static" / "widget.js").read_bytes()
    packed = client.get("/widget.js", headers={"Accept-Encoding": "gzip"})
    assert packed.content == plain.content
    assert int(packed.headers["content-length"]) < 20_000
    assert packed.headers["cross-origin-resource-policy"] == "cross-origin"
    again = client.get("/widget.js", headers={"If-None-Match": packed.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(("query", "title"), [("?lang=fr", "Un mug cassé"), ("?lang=en", "A broken &lt;mug&gt;")])
def test_the_demo_shop_shows_its_orders_in_both_languages(demo: httpx.Client, query: str, title: str) -> None:
    page = demo.get("/" + query)
    assert page.status_code == 200
    assert title in page.text
    assert "1042" in page.text
    assert "script-src 'self'" in page.headers["content-security-policy"]
    assert demo.get("/static/shop/shop.css").status_code == 200
    assert demo.get("/static/shop/../../../../common/settings.py").status_code == 404


def test_without_a_demo_the_front_page_says_where_to_go(client: httpx.Client) -> None:
    page = client.get("/", headers={"Accept-Language": "fr-FR"})
    assert page.status_code == 404
    assert 'href="/console"' in page.text
    assert "Retour fonctionne" in page.text


def test_the_api_is_described_for_people_and_programs(client: httpx.Client) -> None:
    page = client.get("/docs")
    assert page.status_code == 200
    api = yaml.safe_load(client.get("/docs/openapi.yml").text)
    for path in api["paths"]:
        assert path in page.text
    assert "<script" not in page.text
    assert client.get("/docs/docs.css").status_code == 200


def test_every_path_of_the_description_exists(client: httpx.Client) -> None:
    api = yaml.safe_load(client.get("/docs/openapi.yml").text)
    for path, methods in api["paths"].items():
        for method in methods:
            if path == "/api/chat/stream":
                continue
            answer = client.request(method, path.replace("{id}", "photo_1"))
            assert answer.status_code not in (404, 405) or path in ("/",), f"{method} {path}"


def test_health_tells_what_is_wrong(client: httpx.Client, rasa: ScriptedRasa) -> None:
    assert client.get("/health/live").json() == {"status": "ok"}
    ready = client.get("/health/ready")
    assert ready.status_code == 200
    assert ready.json() == {"status": "ok", "database": True, "rasa": True, "waiting": 0, "oldest_seconds": 0.0}
    rasa.stop()
    ready = client.get("/health/ready")
    assert ready.status_code == 503
    assert ready.json()["rasa"] is False
    assert client.get("/health/live").status_code == 200


def test_metrics_count_and_stay_inside(edge: Edge, client: httpx.Client) -> None:
    shopper = edge.shopper()
    shopper.say("hello")
    shopper.hears("you said /start", "you said hello")
    page = client.get("/metrics").text
    assert 'retour_inbound_total{channel="web",kind="text"} 1' in page
    assert 'retour_turns_total{result="answered"} 2' in page
    assert 'retour_conversations{state="bot"} 1' in page
    assert "retour_turn_seconds_count 2" in page
    from_outside = {"X-Forwarded-For": "203.0.113.9"}
    assert client.get("/metrics", headers=from_outside).status_code == 404
    token = metrics_token(edge.context.settings.secret_key)
    allowed = client.get("/metrics", headers=from_outside | {"Authorization": f"Bearer {token}"})
    assert allowed.status_code == 200
