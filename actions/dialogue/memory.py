"""The slots of a conversation, read and written by name, and turned back into Rasa's events."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from rasa_sdk.events import EventType, SlotSet

IDENTIFY = ("identify_order_number", "identify_proof", "identify_order_id")
OPEN_RETURN = (
    "open_return_items",
    "open_return_quantity",
    "open_return_reason",
    "open_return_description",
    "open_return_photos",
    "open_return_photos_state",
    "open_return_seal",
    "open_return_outcome",
    "open_return_change",
    "open_return_confirmed",
    "open_return_run",
    "open_return_tracking_told",
)
CASE_STATUS = ("case_status_topic", "case_status_confirmed", "case_status_report")
# Without the proof, which may fit another order.
IDENTIFY_ORDER = ("identify_order_number", "identify_order_id")
REPAIR = (
    "repair_slot",
    "repair_failures",
    "repair_photos",
    "repair_misunderstood",
    "repair_said",
    "repair_meaning",
    "repair_topic",
)


class Memory:
    """A view of the slots during one action. What is written is seen at once and becomes events at the end."""

    def __init__(self, slots: Mapping[str, Any]) -> None:
        self._slots = dict(slots)
        self._changed: dict[str, Any] = {}

    def get(self, name: str) -> Any:
        return self._slots.get(name)

    def text(self, name: str) -> str | None:
        value = self._slots.get(name)
        return value if isinstance(value, str) and value else None

    def items(self, name: str) -> list[Any]:
        value = self._slots.get(name)
        return list(value) if isinstance(value, list) else []

    def count(self, name: str) -> int:
        value = self._slots.get(name)
        return int(value) if isinstance(value, int | float) else 0

    def set(self, name: str, value: Any) -> None:
        """Write a slot. Writing what is there already is no change."""
        if self._slots.get(name) != value:
            self._slots[name] = value
            self._changed[name] = value

    def forget(self, names: Iterable[str]) -> None:
        for name in names:
            self.set(name, None)

    def events(self) -> list[EventType]:
        return [SlotSet(name, value) for name, value in self._changed.items()]
