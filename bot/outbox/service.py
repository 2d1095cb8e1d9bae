"""Messages to shoppers as people see them: rendered in the language they were written for."""

from __future__ import annotations

import logging
from typing import Any, cast

from sqlalchemy.orm import Session

from bot.messages import Button, Message, Sender
from bot.outbox import repository
from bot.outbox.repository import Line
from common.errors import NotFoundError
from common.outbox import OutboxRow
from common.phrases import Phrases, Rendered

PAGE = 500
log = logging.getLogger(__name__)


def transcript(
    session: Session, phrases: Phrases, conversation_id: str, *, after: int = 0, limit: int = PAGE
) -> list[Message]:
    """What was said after a number, in order, at most `limit` messages. Openings of a chat are not shown."""
    found = repository.lines(session, conversation_id, after=after, limit=limit)
    return [_shown(phrases, line) for line in found if line.kind != "start"]


def find(session: Session, phrases: Phrases, conversation_id: str, seq: int) -> Message | None:
    """The message with that number to the shopper, with its buttons' payloads."""
    row = repository.find(session, conversation_id, seq)
    return None if row is None else shown(phrases, row)


def shown(phrases: Phrases, row: OutboxRow) -> Message:
    """A message to the shopper, rendered."""
    return _outbound(phrases, _line(row))


def _line(row: OutboxRow) -> Line:
    return Line(row.seq, row.author, row.id, "text", row.body, row.created_at, row.status)


def _shown(phrases: Phrases, line: Line) -> Message:
    if line.author != "shopper":
        return _outbound(phrases, line)
    return Message(
        seq=line.seq,
        sender="shopper",
        at=line.at,
        text=line.body.get("text", ""),
        photos=tuple(line.body.get("photos", ())),
        client_id=line.body.get("client_id"),
    )


def _outbound(phrases: Phrases, line: Line) -> Message:
    body = line.body
    rendered = _rendered(phrases, body)
    attachments = list(body.get("attachments") or [])
    if "attachment" in rendered.custom:
        attachments.append(rendered.custom["attachment"])
    return Message(
        seq=line.seq,
        sender=cast("Sender", line.author),
        at=line.at,
        text=rendered.text or body.get("text", ""),
        buttons=tuple(Button(b["title"], b["payload"]) for b in body.get("buttons") or rendered.buttons),
        attachments=tuple(attachments),
        ask=body.get("ask") or asked(rendered.custom),
        outbox_id=line.id if line.status == "queued" else None,
        language=body.get("language", "en"),
        response=body.get("response"),
        parameters=body.get("parameters") or {},
        status=line.status,
    )


def _rendered(phrases: Phrases, body: dict[str, Any]) -> Rendered:
    name = body.get("response")
    if not name:
        return Rendered(text="")
    try:
        return phrases.render(name, body.get("language", "en"), body.get("parameters") or {})
    except NotFoundError:
        # One missing phrase must not close a whole conversation to its shopper.
        log.exception("a phrase is missing", extra={"response": name})
        return Rendered(text=body.get("text", ""))


def asked(custom: dict[str, Any]) -> dict[str, Any] | None:
    """What a custom part asks the shopper for: `{"photos": {"minimum", "maximum"}}`, or nothing."""
    ask = custom.get("ask")
    if ask == "photos":
        ask = {"photos": {"minimum": custom.get("minimum", 1), "maximum": custom.get("maximum", 4)}}
    return ask if isinstance(ask, dict) else None
