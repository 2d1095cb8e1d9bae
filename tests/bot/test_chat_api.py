"""The chat API as the widget and `retour chat` use it, over real HTTP."""

from __future__ import annotations

from tests.bot.conftest import Edge
from tests.bot.scripted_rasa import ScriptedRasa


def test_hello_and_an_answer(edge: Edge, rasa: ScriptedRasa) -> None:
    shopper = edge.shopper("fr")
    shopper.hears("you said /start")
    shopper.say("bonjour")
    messages = shopper.hears("you said /start", "you said bonjour")
    assert [m["from"] for m in messages] == ["bot", "shopper", "bot"]
    assert [m["seq"] for m in messages] == sorted({m["seq"] for m in messages})
    assert rasa.received[1]["metadata"]["locale"] == "fr"
