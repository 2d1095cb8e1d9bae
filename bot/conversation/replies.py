"""Rasa's answers of one turn -> our messages and what else they ask for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from bot.outbox.service import asked
from bot.rasa import Reply
from common.outbox import OutMessage
from common.phrases import LANGUAGES

# A longer list of quick replies than this helps nobody.
MAX_BUTTONS = 12


@dataclass(frozen=True)
class Answer:
    """What one turn says and does. `handoff` is the reason a person is asked for, None when none is."""

    messages: tuple[OutMessage, ...] = ()
    language: str | None = None
    handoff: str | None = None


@dataclass
class _Fold:
    messages: list[OutMessage] = field(default_factory=list)
    language: str | None = None
    handoff: str | None = None

    def attach(self, **parts: Any) -> None:
        """Add something to the message before it; without one it becomes a message of its own."""
        if not self.messages:
            self.messages.append(OutMessage())
        last = self.messages[-1]
        if "attachment" in parts:
            parts = {"attachments": [*last.attachments, parts["attachment"]]}
        self.messages[-1] = replace(last, **parts)

    def take(self, custom: dict[str, Any]) -> None:
        """What an action says besides words."""
        if (ask := asked(custom)) is not None:
            self.attach(ask=ask)
        attachment = custom.get("attachment")
        if isinstance(attachment, dict) and attachment.get("url"):
            self.attach(attachment={key: str(attachment.get(key, "")) for key in ("url", "title", "mime")})
        if custom.get("language") in LANGUAGES:
            self.language = custom["language"]
        if custom.get("handoff"):
            self.handoff = str(custom.get("reason") or "asked")


def answer_of(replies: Sequence[Reply]) -> Answer:
    """Each reply with words is a message; custom parts belong to the message before them."""
    fold = _Fold()
    for reply in replies:
        if reply.text.strip():
            buttons = [dict(button) for button in reply.buttons if button["title"] and button["payload"]]
            fold.messages.append(OutMessage(text=reply.text.strip(), buttons=buttons[:MAX_BUTTONS]))
        if reply.image:
            fold.attach(attachment={"url": reply.image, "title": "", "mime": "image/*"})
        fold.take(reply.custom)
    return Answer(tuple(fold.messages), fold.language, fold.handoff)
