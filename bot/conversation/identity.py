"""Who a shopper is, as somebody has proven it who can: the shop's own server, a signed link, or the channel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Identity:
    """What is proven, as far as it is: an e-mail address, a phone number, and an order that is this shopper's.

    It belongs to a conversation and holds as long as that does, like a proof that was typed.
    """

    email: str | None = None
    phone: str | None = None
    order: str | None = None

    @classmethod
    def of(cls, kept: Mapping[str, Any] | None) -> Identity:
        """From the column of the conversation; nothing proven when it is empty.

        What was proven by an answer is not in it: that is Rasa's to remember.
        """
        return cls(**{key: str(kept[key]) for key in ("email", "phone", "order") if kept and kept.get(key)})

    @classmethod
    def asked(cls, kept: Mapping[str, Any] | None) -> Identity:
        """From the same column: whose order was proven by an answer."""
        return cls.of((kept or {}).get("asked"))

    def as_json(self) -> dict[str, str]:
        """For the column: what is proven, nothing else."""
        return {key: value for key, value in asdict(self).items() if value}

    def as_metadata(self) -> dict[str, str | None]:
        """For Rasa: the keys are always there, so that a turn without proof says so."""
        return {"verified_email": self.email, "verified_phone": self.phone, "verified_order": self.order}

    def is_surely(self, other: Identity) -> bool:
        """Whether both are one person beyond doubt. Two different orders may be of two people."""
        if self.email and other.email:
            return self.email.casefold() == other.email.casefold()
        if self.phone and other.phone:
            return self.phone == other.phone
        return self.order is not None and _bare(self.order) == _bare(other.order or "")


def _bare(order: str) -> str:
    return order.strip().lstrip("#").casefold()
