"""Speaking: a response of domain.yml, in the conversation's language, handed to Rasa ready to send."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from rasa_sdk.executor import CollectingDispatcher

from actions.dialogue.lexicon import plain
from common.phrases import LANGUAGES, Phrases


class Voice:
    """Renders here rather than in Rasa, so that a language found in this very message is the one of the answer.

    The response's name travels along as `utter_action`, as it does for responses that Rasa renders itself.
    """

    def __init__(self, dispatcher: CollectingDispatcher, phrases: Phrases, language: str) -> None:
        self._dispatcher = dispatcher
        self._phrases = phrases
        self.language = language
        self.said: list[str] = []

    def say(
        self,
        response: str,
        *,
        only: Sequence[str] | None = None,
        buttons: Sequence[dict[str, str]] = (),
        custom: dict[str, Any] | None = None,
        **parameters: Any,
    ) -> None:
        """Say it. `only` keeps the quick replies that choose these, in that order; `buttons` come before them."""
        rendered = self._phrases.render(response, self.language, parameters)
        replies = rendered.buttons
        if only is not None:
            replies = [button for button in replies if _chosen(button["payload"]) in only]
            replies.sort(key=lambda button: only.index(str(_chosen(button["payload"]))))
        self._dispatcher.utter_message(
            text=rendered.text,
            buttons=[*buttons, *replies],
            json_message={**rendered.custom, **(custom or {})},
            utter_action=response,
        )
        self.said.append(response)

    def tell_edge(self, custom: dict[str, Any]) -> None:
        """Something for bot/ and not for the shopper."""
        self._dispatcher.utter_message(json_message=custom)

    def typed_choice(self, response: str, text: str) -> tuple[str, str] | None:
        """The slot and value of the quick reply whose title was typed, in whichever language."""
        typed = plain(text).strip(" .!")
        for language in LANGUAGES:
            for button in self._phrases.render(response, language).buttons:
                if plain(button["title"]) == typed and button["payload"].startswith("/choose"):
                    content = json.loads(button["payload"].removeprefix("/choose"))
                    return content["slot"], content["value"]
        return None

    def word(self, response: str, **parameters: Any) -> str:
        """A short text to be used inside another response."""
        return self._phrases.render(response, self.language, parameters).text


def choice(title: str, slot: str, value: str) -> dict[str, str]:
    """A quick reply that fills a slot."""
    return {"title": title, "payload": "/choose" + json.dumps({"slot": slot, "value": value}, ensure_ascii=False)}


def _chosen(payload: str) -> str | None:
    """The value a quick reply chooses; one that does something else is named by its whole payload."""
    if not payload.startswith("/choose"):
        return payload
    value = json.loads(payload.removeprefix("/choose")).get("value")
    return value if isinstance(value, str) else None
