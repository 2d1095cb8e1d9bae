"""What the console needs, put together once by the program that serves it."""

from __future__ import annotations

from dataclasses import dataclass, field

from actions.runtime import Runtime
from console.words import Words, load


@dataclass(frozen=True)
class ConsoleContext:
    """`runtime` brings database, clock, settings, policy and phrases; `words` are the console's own."""

    runtime: Runtime
    words: dict[str, Words] = field(default_factory=load)

    @property
    def secure(self) -> bool:
        """Whether browsers reach us by HTTPS, which decides about the cookie."""
        return self.runtime.settings.public_url.startswith("https://")
