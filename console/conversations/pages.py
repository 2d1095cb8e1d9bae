"""Conversations: the list, one live transcript, taking over, answering, handing back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from actions.cases import repository as cases
from bot.channels.registry import PLUGS
from bot.delivery import trouble
from bot.handoff import service as handoff
from bot.messages import MAX_TEXT, Message
from common.errors import NotFoundError, RetourError
from common.outbox import Conversation
from console import repository
from console.accounts import repository as accounts
from console.conversations.listing import label, rows
from console.routes import Route, told
from console.visit import Answer, Nothing, Page, Redirect, Visit

_A_PAGE = 30
_STATES = ("waiting", "human", "bot")
_PAGE = "/console/conversations/{conversation_id}"


@dataclass(frozen=True)
class Bubble:
    """One message as the transcript shows it."""

    seq: int
    author: str
    name: str
    at: datetime
    text: str
    language: str
    photos: tuple[str, ...]
    attachments: tuple[dict[str, str], ...]
    buttons: tuple[str, ...]
    status: str


def listing(visit: Visit) -> Answer:
    """One page; `after` is the id of the last conversation of the page before."""
    state = visit.query.get("state")
    state = state if state in _STATES else None
    after = visit.query.get("after")
    mark = repository.conversation(visit.session, after) if after else None
    found = repository.conversations(visit.session, state=state, after=mark, limit=_A_PAGE + 1)
    page = found[:_A_PAGE]
    following = page[-1].id if len(found) > _A_PAGE else ""
    values = {"rows": rows(visit, page), "state": state, "first": mark is None, "next": following}
    return Page("conversations.html", values)


def conversation(visit: Visit, conversation_id: str) -> Answer:
    """The whole transcript, with the box to answer in."""
    found = _conversation(visit, conversation_id)
    messages = _messages(visit, found, after=0)
    last = messages[-1].seq if messages else 0
    _read(visit, conversation_id, last)
    of_it = cases.of_conversation(visit.session, conversation_id)
    values = _composer(visit, found) | {
        "label": label(visit, conversation_id, of_it[0].order_number if of_it else None),
        "messages": messages,
        "last": last,
        "cases": of_it,
        "stuck": trouble.stuck_in(visit.session, conversation_id),
    }
    return Page("conversation.html", values)


def news(visit: Visit, conversation_id: str) -> Answer:
    """What was said after a number; the composer too when somebody else answers now."""
    found = _conversation(visit, conversation_id)
    after, known_state = visit.query.get("after", ""), visit.query.get("state", "")
    position = int(after) if after.isascii() and after.isdigit() and len(after) < 12 else 0
    messages = _messages(visit, found, after=position)
    state_changed = _state_mark(visit, found) != known_state
    if not messages and not state_changed:
        return Nothing()
    last = messages[-1].seq if messages else position
    _read(visit, conversation_id, last)
    values = {"messages": messages, "last": last, "state_changed": state_changed, "oob": True}
    return Page("conversation_news.html", _composer(visit, found) | values)


def take_over(visit: Visit, conversation_id: str) -> Answer:
    """From now on this user answers and the bot is silent."""
    if visit.first_time():
        handoff.take_over(
            visit.session, conversation_id, visit.user.name, shown_as=visit.user.display_name, now=visit.now
        )
    return Redirect(_PAGE.format(conversation_id=conversation_id), "conversation.taken")


def reply(visit: Visit, conversation_id: str) -> Answer:
    """Say something; the form's number is the message's key, so a form sent twice is one message."""
    text = visit.form.get("text", "")
    key = visit.form.get("nonce", "")
    if visit.first_time():
        handoff.reply(visit.session, conversation_id, visit.user.name, text, key=key, now=visit.now)
    if not visit.partial:
        return Redirect(_PAGE.format(conversation_id=conversation_id))
    found = _conversation(visit, conversation_id)
    return Page("composer.html", _composer(visit, found) | {"focus": True}, news="said")


def reply_refused(visit: Visit, error: RetourError, conversation_id: str) -> Answer:
    """Keep what was typed, say what is wrong with it."""
    key, parameters = told(visit, error)
    if not visit.partial:
        return Redirect(_PAGE.format(conversation_id=conversation_id), key, parameters, grave=True)
    found = _conversation(visit, conversation_id)
    draft = visit.form.get("text", "")[: 2 * MAX_TEXT]
    trouble = visit.words.get(key, **parameters)
    return Page("composer.html", _composer(visit, found) | {"trouble": trouble, "draft": draft, "focus": True})


def hand_back(visit: Visit, conversation_id: str) -> Answer:
    """The bot goes on where it was."""
    if visit.first_time():
        handoff.hand_back(visit.session, conversation_id, agent=visit.user.name, now=visit.now)
    return Redirect(_PAGE.format(conversation_id=conversation_id), "conversation.handed_back")


def resume(visit: Visit, conversation_id: str) -> Answer:
    """What did not get through is tried again, or was seen by a person."""
    trouble.resume(visit.session, _conversation(visit, conversation_id).id)
    return Redirect("/console", "conversation.resumed")


def _conversation(visit: Visit, conversation_id: str) -> Conversation:
    found = repository.conversation(visit.session, conversation_id)
    if found is None:
        raise NotFoundError("conversation.unknown", f"There is no conversation {conversation_id}.")
    return found


def _messages(visit: Visit, found: Conversation, *, after: int) -> list[Bubble]:
    shown = handoff.transcript(visit.session, visit.context.runtime.phrases, found.id, after=after)
    return [_bubble(message, found) for message in shown]


def _bubble(message: Message, found: Conversation) -> Bubble:
    return Bubble(
        seq=message.seq,
        author=message.sender,
        name=found.agent or "" if message.sender == "agent" else "",
        at=message.at,
        text=message.text,
        language=found.language,
        photos=message.photos,
        attachments=tuple(a for a in message.attachments if a.get("url", "").startswith(("https://", "http://", "/"))),
        buttons=tuple(button.title for button in message.buttons),
        # The website fetches its messages, so there is nothing to tell about their way.
        status=message.status if found.channel in PLUGS else "",
    )


def _read(visit: Visit, conversation_id: str, last: int) -> None:
    if accounts.seen(visit.session, visit.user.id, [conversation_id]).get(conversation_id, -1) < last:
        accounts.mark_seen(visit.session, visit.user.id, conversation_id, last)


def _state_mark(visit: Visit, found: Conversation) -> str:
    """The state as the composer depends on it: one's own differs from a colleague's."""
    return f"{found.state}-mine" if _mine(visit, found) else found.state


def _mine(visit: Visit, found: Conversation) -> bool:
    return found.state == "human" and found.agent == visit.user.name


def _composer(visit: Visit, found: Conversation) -> dict[str, Any]:
    return {
        "conversation": found,
        "conversation_id": found.id,
        "state": found.state,
        "state_mark": _state_mark(visit, found),
        "agent": found.agent or "",
        "mine": _mine(visit, found),
        "trouble": "",
        "draft": "",
        "focus": False,
        "oob": False,
        "state_changed": False,
    }


ROUTES = (
    Route("GET", "/conversations", listing),
    Route("GET", "/conversations/<conversation_id:str>", conversation),
    Route("GET", "/conversations/<conversation_id:str>/news", news),
    Route("POST", "/conversations/<conversation_id:str>/take-over", take_over, back=_PAGE),
    Route("POST", "/conversations/<conversation_id:str>/reply", reply, on_error=reply_refused),
    Route("POST", "/conversations/<conversation_id:str>/hand-back", hand_back, back=_PAGE),
    Route("POST", "/conversations/<conversation_id:str>/resume", resume),
)
