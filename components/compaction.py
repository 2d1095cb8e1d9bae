"""Fold the beginning of a long conversation into what it led to.

Kept in full are the last turns. What came before is replaced by the events that put a tracker into the same state:
session start, the values of the slots, the active form, a pause. A rule looks at slots, the active form and the turn it
is in, so it predicts the same before and after.
"""

from __future__ import annotations

from collections.abc import Sequence

from rasa.shared.core.constants import ACTION_LISTEN_NAME, ACTION_SESSION_START_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import (
    ActionExecuted,
    ActionExecutionRejected,
    ActiveLoop,
    ConversationPaused,
    Event,
    LoopInterrupted,
    SessionStarted,
    SlotSet,
    UserUttered,
)
from rasa.shared.core.trackers import DialogueStateTracker


def compact(
    events: Sequence[Event], sender_id: str, domain: Domain, *, compact_after: int, keep_turns: int
) -> list[Event]:
    """The same conversation in fewer events; the events themselves when there are at most `compact_after` turns."""
    turns = [index for index, event in enumerate(events) if isinstance(event, UserUttered)]
    if len(turns) <= compact_after:
        return list(events)
    cut = _place_to_cut(events, turns[-keep_turns:])
    if cut is None:
        return list(events)
    before = DialogueStateTracker.from_events(sender_id, list(events[:cut]), domain.slots)
    return [*_state(before, domain, events[cut].timestamp), *events[cut:]]


def _place_to_cut(events: Sequence[Event], turns: Sequence[int]) -> int | None:
    """The first of these user messages that directly follows action_listen.

    Elsewhere the bot had been interrupted in the middle of its own turn (a message injected from outside), and a cut
    there would lose what it was about to do.
    """
    for index in turns:
        previous = next((event for event in reversed(events[:index]) if isinstance(event, ActionExecuted)), None)
        if previous is not None and previous.action_name == ACTION_LISTEN_NAME:
            return index
    return None


def _state(tracker: DialogueStateTracker, domain: Domain, at: float) -> list[Event]:
    """Events that lead a new tracker to the state of this one, dated `at`."""
    prefix: list[Event] = [ActionExecuted(ACTION_SESSION_START_NAME, timestamp=at), SessionStarted(timestamp=at)]
    initial = {slot.name: slot.initial_value for slot in domain.slots}
    for name, slot in tracker.slots.items():
        if slot.value != initial.get(name):
            prefix.append(SlotSet(name, slot.value, timestamp=at))
    loop = tracker.active_loop
    if loop is not None and loop.name:
        prefix.append(ActiveLoop(loop.name, timestamp=at))
        if loop.is_interrupted:
            prefix.append(LoopInterrupted(True, timestamp=at))
        if loop.rejected:
            prefix.append(ActionExecutionRejected(loop.name, timestamp=at))
    if tracker.is_paused():
        prefix.append(ConversationPaused(timestamp=at))
    prefix.append(ActionExecuted(ACTION_LISTEN_NAME, timestamp=at))
    return prefix
