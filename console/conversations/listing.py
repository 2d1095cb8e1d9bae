"""One line a conversation: who, what was said last, how much of it is unread."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.messages import Message
from bot.outbox import service as outbox
from common.outbox import Conversation
from console import repository
from console.accounts import repository as accounts
from console.visit import Visit

# How far back from the end the last words and the unread messages are looked for.
_LOOK_BACK = 20


@dataclass(frozen=True)
class ConversationRow:
    """`label` names the order where there is a case, else the visitor by the end of the conversation's id."""

    id: str
    label: str
    state: str
    agent: str | None
    last: str
    unread: int
    at: datetime


def rows(visit: Visit, conversations: list[Conversation]) -> list[ConversationRow]:
    """The lines of these conversations, in the order given."""
    ids = [conversation.id for conversation in conversations]
    cases = repository.cases_of_conversations(visit.session, ids)
    seen = accounts.seen(visit.session, visit.user.id, ids)
    found = []
    for conversation in conversations:
        case = cases.get(conversation.id)
        recent = outbox.transcript(
            visit.session,
            visit.context.runtime.phrases,
            conversation.id,
            after=max(0, conversation.seq - _LOOK_BACK),
        )
        read = seen.get(conversation.id, 0)
        watched = conversation.state != "bot"
        found.append(
            ConversationRow(
                id=conversation.id,
                label=label(visit, conversation.id, case.order_number if case else None),
                state=conversation.state,
                agent=conversation.agent,
                last=_last_words(visit, recent),
                unread=sum(m.sender == "shopper" and m.seq > read for m in recent) if watched else 0,
                at=conversation.last_inbound_at or conversation.created_at,
            )
        )
    return found


def label(visit: Visit, conversation_id: str, order_number: str | None) -> str:
    """What to call a conversation."""
    if order_number:
        return visit.words.get("conversations.of_order", number=order_number)
    return visit.words.get("conversations.visitor", id=conversation_id[-4:])


def _last_words(visit: Visit, messages: list[Message]) -> str:
    for message in reversed(messages):
        if message.sender == "system":
            continue
        text = " ".join(message.text.split())
        if not text and message.photos:
            text = visit.words.count("conversations.photos", len(message.photos))
        if text:
            return f"{visit.words.get('author.' + message.sender)}{visit.words.get('common.colon')} {text[:160]}"
    return ""
