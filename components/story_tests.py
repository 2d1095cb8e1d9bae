"""`rasa test core` on our stories: the words are understood anew, and only what was written is compared."""

from __future__ import annotations

from typing import Any


def install() -> None:
    """Leave the language out of the entities of a prediction: every message has one, over all its words, and a story
    cannot write it beside another entity. Calling it again changes nothing."""
    from rasa.core import test

    collect = test._collect_user_uttered_predictions
    if getattr(collect, "without_language", False):
        return

    def collected(event: Any, predicted: dict[str, Any], *arguments: Any, **named: Any) -> Any:
        entities = [entity for entity in predicted.get("entities") or [] if entity["entity"] != "language"]
        return collect(event, {**predicted, "entities": entities}, *arguments, **named)

    collected.without_language = True  # type: ignore[attr-defined]
    test._collect_user_uttered_predictions = collected
