"""How much one shopper, one address may ask for. In memory: a restart forgives."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

_REMEMBERED = 50_000


@dataclass(frozen=True)
class Rate:
    """`burst` at once, then `per_minute` in the long run."""

    burst: int
    per_minute: float


@dataclass(frozen=True)
class Rates:
    """What a person never reaches and a program soon does."""

    messages: Rate = Rate(burst=20, per_minute=30)
    photos: Rate = Rate(burst=20, per_minute=10)
    # By shopper, on channels that bring us events: each photo of a gallery is one.
    events: Rate = Rate(burst=60, per_minute=30)
    # By address. A shop's visitors may share one behind a company's or a phone operator's router.
    conversations: Rate = Rate(burst=60, per_minute=6)
    requests: Rate = Rate(burst=300, per_minute=600)
    streams_per_conversation: int = 20


class Buckets:
    """One token bucket for each key; the least recently used are forgotten first."""

    def __init__(self, rate: Rate, *, now: Callable[[], float] = time.monotonic) -> None:
        self._rate = rate
        self._now = now
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, key: str) -> float:
        """0 when the request may go on, else the seconds after which it may ask again."""
        return self._take(key, in_line=False)

    def line_up(self, key: str) -> float:
        """The seconds after which it is one's turn; nobody who comes later gets an earlier one."""
        return self._take(key, in_line=True)

    def give_back(self, key: str) -> None:
        """What was taken was not used."""
        tokens, at = self._buckets.get(key, (float(self._rate.burst), self._now()))
        self._buckets[key] = (min(float(self._rate.burst), tokens + 1.0), at)

    def _take(self, key: str, *, in_line: bool) -> float:
        now = self._now()
        tokens, at = self._buckets.pop(key, (float(self._rate.burst), now))
        per_second = self._rate.per_minute / 60.0
        tokens = min(float(self._rate.burst), tokens + (now - at) * per_second)
        wait = 0.0 if tokens >= 1.0 else (1.0 - tokens) / per_second
        self._buckets[key] = (tokens - 1.0 if in_line or wait == 0.0 else tokens, now)
        if len(self._buckets) > _REMEMBERED:
            self._buckets.popitem(last=False)
        return wait


class Limits:
    """The buckets of one server."""

    def __init__(self, rates: Rates, *, now: Callable[[], float] = time.monotonic) -> None:
        self.rates = rates
        self.messages = Buckets(rates.messages, now=now)
        self.photos = Buckets(rates.photos, now=now)
        self.events = Buckets(rates.events, now=now)
        # A shopper who is too fast is told so, and not by a message for each.
        self.warnings = Buckets(Rate(burst=1, per_minute=1), now=now)
        self.conversations = Buckets(rates.conversations, now=now)
        self.requests = Buckets(rates.requests, now=now)
