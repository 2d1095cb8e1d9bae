"""Who answers a conversation. The only place that changes `state`, by one table.

`bot`: the bot answers. `waiting`: a person was asked for and the bot still answers. `human`: a person answers, and
nothing the shopper says reaches Rasa, so that the bot goes on afterwards where it was.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import cast

from sqlalchemy.orm import Session

from bot.conversation import repository
from bot.conversation.repository import Locked
from bot.inbox import service as inbox
from bot.messages import Inbound, Message, State, checked_text
from bot.outbox import service as outbox
from common.errors import NotFoundError, RefusedError
from common.outbox import Conversation, OutMessage, next_seq, post
from common.phrases import Phrases

_ALLOWED: dict[State, frozenset[State]] = {
    "bot": frozenset({"waiting", "human"}),
    "waiting": frozenset({"bot", "human"}),
    "human": frozenset({"bot"}),
}


class HandoffRefusedError(RefusedError):
    """Somebody else has the conversation, or nobody has it who could answer or give it back."""


@dataclass(frozen=True)
class Waiting:
    """One conversation of the agents' list."""

    conversation_id: str
    state: State
    channel: str
    language: str
    reason: str | None
    agent: str | None
    last_inbound_at: datetime | None


def ask_for_person(session: Session, conversation_id: str, *, reason: str) -> bool:
    """Put the conversation on the agents' list; False when it is there or a person has it already."""
    conversation = _locked(session, conversation_id)
    if conversation.state != "bot":
        return False
    _change(session, conversation_id, conversation, "waiting", reason=reason, agent=None)
    return True


def take_over(
    session: Session, conversation_id: str, agent: str, *, shown_as: str | None = None, now: datetime
) -> None:
    """The agent answers from now on and the bot is silent; the shopper is told, by the name `shown_as` if there is one.

    Taking over one's own conversation again changes nothing. Raises HandoffRefusedError `handoff.taken` when another
    agent has it, NotFoundError `conversation.unknown`.
    """
    conversation = _locked(session, conversation_id)
    if conversation.state == "human":
        if conversation.agent == agent:
            return
        raise HandoffRefusedError("handoff.taken", f"{conversation.agent} has this conversation; ask for it first.")
    _change(session, conversation_id, conversation, "human", reason=conversation.state_reason, agent=agent)
    # Never `agent`, which is what somebody signs in with.
    joined = OutMessage(response="utter_edge_colleague_joined")
    if shown_as:
        joined = OutMessage(response="utter_edge_agent_joined", parameters={"name": shown_as})
    _note(session, conversation_id, conversation.seq, joined, now)


def reply(session: Session, conversation_id: str, agent: str, text: str, *, key: str, now: datetime) -> bool:
    """Say something as the agent; the same `key` twice is said once (False the second time).

    Raises HandoffRefusedError `handoff.not_yours` when this agent has not taken over, MessageRefusedError for an empty
    text or one that is too long.
    """
    words = checked_text(text)
    conversation = _locked(session, conversation_id)
    if conversation.state != "human" or conversation.agent != agent:
        raise HandoffRefusedError("handoff.not_yours", f"Take {conversation_id} over before answering in it.")
    return post(
        session, conversation_id, OutMessage(text=words), key=f"{conversation_id}:agent:{key}", now=now, author="agent"
    )


def hand_back(session: Session, conversation_id: str, *, agent: str | None = None, now: datetime) -> None:
    """The bot answers again, where it was. From `waiting` this takes the conversation off the agents' list.

    With `agent`, only that agent's own conversation is given back: HandoffRefusedError `handoff.not_yours`. A
    conversation the bot has already is left alone.
    """
    conversation = _locked(session, conversation_id)
    if conversation.state == "bot":
        return
    if conversation.state == "human" and agent is not None and conversation.agent != agent:
        raise HandoffRefusedError("handoff.not_yours", f"{conversation.agent} has this conversation, not {agent}.")
    was_human = conversation.state == "human"
    _change(session, conversation_id, conversation, "bot", reason=None, agent=None)
    if was_human:
        _note(session, conversation_id, conversation.seq, OutMessage(response="utter_edge_agent_left"), now)
        _take_up_again(session, conversation_id, conversation, now)


def _take_up_again(session: Session, conversation_id: str, conversation: Locked, now: datetime) -> None:
    """Have the bot ask again what it was waiting for; the dispatcher's sweep finds the event."""
    channel = _known(session, conversation_id).channel
    seq = next_seq(session, conversation_id)
    opening = Inbound(channel=channel, external_id=f"{conversation_id}:again:{seq}", kind="start")
    inbox.add(session, conversation_id, opening, replace(conversation, seq=seq), hand_out=False, now=now)


def _known(session: Session, conversation_id: str) -> Conversation:
    found = repository.get(session, conversation_id)
    if found is None:
        raise NotFoundError("conversation.unknown", f"There is no conversation {conversation_id}.")
    return found


def list_waiting(session: Session) -> list[Waiting]:
    """Conversations that wait for a person or have one, the longest silent first."""
    return [
        Waiting(
            conversation_id=found.id,
            state=cast("State", found.state),
            channel=found.channel,
            language=found.language,
            reason=found.state_reason,
            agent=found.agent,
            last_inbound_at=found.last_inbound_at,
        )
        for found in repository.in_states(session, ("waiting", "human"))
    ]


def transcript(session: Session, phrases: Phrases, conversation_id: str, *, after: int = 0) -> list[Message]:
    """The whole conversation for the agent's eyes, in order."""
    found: list[Message] = []
    while page := outbox.transcript(session, phrases, conversation_id, after=after):
        found.extend(page)
        after = page[-1].seq
    return found


def _locked(session: Session, conversation_id: str) -> Locked:
    conversation = repository.lock(session, conversation_id)
    if conversation is None:
        raise NotFoundError("conversation.unknown", f"There is no conversation {conversation_id}.")
    return conversation


def _change(
    session: Session, conversation_id: str, now: Locked, to: State, *, reason: str | None, agent: str | None
) -> None:
    if to not in _ALLOWED[now.state]:
        raise HandoffRefusedError("handoff.state", f"A conversation in state {now.state} cannot become {to}.")
    repository.set_state(session, conversation_id, to, reason=reason, agent=agent)


def _note(session: Session, conversation_id: str, at_seq: int, message: OutMessage, now: datetime) -> None:
    # The number before it makes the key: the same change made later is another note.
    post(session, conversation_id, message, key=f"{conversation_id}:note:{at_seq}", now=now, author="system")
